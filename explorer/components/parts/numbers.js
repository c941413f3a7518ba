// How single numbers and symbols are written, wherever numbers stand in cells.

// "W_Q^{(2)}" with its index below and its head above the line; letters are italic, words upright.
function setSymbol(element, text) {
  for (const [, mark, braced, single, plain] of text.matchAll(/(?:([_^])(?:\{([^}]*)\}|(.)))|([^_^]+)/gu)) {
    if (!plain) element.append(make(mark === "_" ? "sub" : "sup", "", braced ?? single));
    for (const part of (plain ?? "").split(/([a-z]{2,})/)) {
      if (part) element.append(/^[a-z]{2,}$/.test(part) ? make("span", "upright", part) : document.createTextNode(part));
    }
  }
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

// The colours of all scales: 256 each, of weights, and of signed numbers from 0 up and from 0 down. A theme's are made once.
const ofThemes = {};
function shadesOf(colours) {
  const { background, weight, positive, negative } = colours;
  return (ofThemes[[background, weight, positive, negative]] ??= {
    weight: weightColours(colours),
    up: ramp(colours, 1),
    down: ramp(colours, -1),
  });
}

function ramp(colours, sign) {
  return Array.from({ length: 256 }, (_, i) => signedColour(colours, sign * i, 255));
}

function numberText(value, block) {
  if (block.role === "count") return value.toLocaleString("en");
  if (value === 0 || value === 1) return String(value);
  const text = significant(value);
  const power = /^(.*)·10\^(.*)$/.exec(text);
  return power ? `${power[1]}e${power[2]}` : text; // there is no room for a raised power in a cell
}

// Frames another number, (part, row, column) or none. Only the parts that have or had the frame are drawn again: each
// canvas that is drawn on takes the browser more than a millisecond.
function movePick(view, parts, picked) {
  if (String(picked) === String(view.picked)) return;
  const changed = new Set([view.picked, picked].filter(Boolean).map(([n]) => n));
  view.picked = picked;
  changed.forEach((n) => draw(view, parts[n]));
}
