// Formulas whose numbers change, as MathML: the browser sets them itself, at once. Written as on paper: letters stand for
// themselves, "n^2" and "W_Q" are raised and lowered, "{a}/{b}" is a fraction, "*7*" is bold; a line may break at "|".

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\*[\d,.]+\*|\d+(?:[,.]\d+)*(?:\^\d)?|[A-Za-z](?:_[A-Za-z]+)?(?:\^\d)?|\s+|\S/g;
const FONT = 'font-family: KaTeX_Main, "Times New Roman", serif; font-size: 1.15em';
const LETTER = 'font-family: KaTeX_Math, "Times New Roman", serif; font-style: italic';

// Sets an element's formula; what stands there already is left alone.
function setMaths(element, source) {
  if (element.mathsSource === source) return;
  element.mathsSource = source;
  const pieces = source.split("|").map((piece) => {
    const math = mathElement("math", { style: FONT });
    math.append(...mathsOf(piece.trim()));
    return math;
  });
  element.replaceChildren(...pieces.flatMap((piece, i) => (i ? [" ", piece] : [piece])));
}

function mathElement(tag, attributes = {}, words = "") {
  const made = document.createElementNS(MATHML, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (words) made.textContent = words;
  return made;
}

function mathsOf(source) {
  const [before, above, below, after] = source.match(/^(.*?)\{(.*?)\}\/\{(.*?)\}(.*)$/)?.slice(1) ?? [];
  if (above === undefined) return source.match(TOKEN)?.map(atom).filter(Boolean) ?? [];
  const fraction = mathElement("mfrac");
  for (const part of [above, below]) {
    const row = mathElement("mrow");
    row.append(...mathsOf(part));
    fraction.append(row);
  }
  return [...mathsOf(before), fraction, ...mathsOf(after)];
}

function atom(token, i, tokens) {
  if (token.startsWith("*")) return mathElement("mn", { style: "font-weight: 700" }, token.slice(1, -1));
  if (/^\s/.test(token)) {
    // Operators have room of their own; between two letters a space means: times.
    const between = [tokens[i - 1], tokens[i + 1]].every((each) => /^[\w(]|^\)$/.test(each ?? ""));
    return between ? mathElement("mspace", { width: "0.17em" }) : null;
  }
  const [, base, low, high] = token.match(/^([A-Za-z]|[\d,.]*\d)(?:_([A-Za-z]+))?(?:\^(\d))?$/) ?? [];
  if (!base) return operator(token);
  if (!low && !high) return leaf(base);
  const script = mathElement(low && high ? "msubsup" : low ? "msub" : "msup");
  script.append(...[base, low, high].filter(Boolean).map(leaf));
  return script;
}

function operator(token) {
  const stays = { stretchy: "false" };
  return mathElement("mo", /[=+−·]/.test(token) ? { ...stays, form: "infix" } : stays, token);
}

function leaf(text) {
  return /\d/.test(text) ? mathElement("mn", {}, text) : mathElement("mi", { mathvariant: "normal", style: LETTER }, text);
}
