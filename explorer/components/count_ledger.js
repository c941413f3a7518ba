// From the board's number of an attention layer to the exact one, line by line, and the same as Python.

export default ahead(receive);

function receive({ parentElement, data }) {
  return followSizes(parentElement, data, draw).stop;
}

function draw(view) {
  view.lines ??= build(view);
  const { s, d, m, l, n } = Object.fromEntries(Object.entries(view.sizes).map(([name, value]) => [name, write(value)]));
  const { board, once, as_n, exact } = view.counts;
  const good = board + once - as_n === exact;
  const sign = as_n < 0 ? "+" : "−"; // where l is larger than n, the board has too little
  const put = (name, formula, value) => {
    setMaths(view.lines[name].formula, formula);
    setText(view.lines[name].value, value);
  };
  put("board", `s(n^2 + dm + dl) | = ${s}(${n}^2 | + ${d}·${m} | + ${d}·${l})`, write(board));
  put("once", `s d m | = ${s}·${d}·${m}`, `+ ${write(once)}`);
  put("as_n", `s n(n − l) | = ${s}·${n} | ·(${n} − ${l})`, `${sign} ${write(Math.abs(as_n))}`);
  put("exact", `s(2dm + dl) + l s n | = ${s}(2·${d}·${m} | + ${d}·${l}) | + ${l}·${s}·${n}`, write(exact));
  const sum = `${write(board)} + ${write(once)} ${sign} ${write(Math.abs(as_n))} = `;
  setText(view.sum.firstChild, sum);
  setText(view.sum.lastChild, `${write(exact)} ${good ? "✓" : "✗"}`);
  const given = ["s", "d", "m", "l", "n"].map((name) => view.sizes[name]).join(", ");
  setText(view.code, `s, d, m, l, n = ${given}\ns * (2 * d * m + d * l) + l * s * n  # ${exact}`);
}

function build(view) {
  const words = {
    board: "the board",
    once: "W_K, left out",
    as_n: "W_O with l = n",
    exact: "exact, no biases",
  };
  const lines = {};
  const table = make("table");
  table.append(make("caption", "spoken", "From the board's number of parameters to the exact one"));
  for (const [name, title] of Object.entries(words)) {
    const row = make("tr", name);
    const head = make("th");
    head.scope = "row";
    head.append(...title.split(/(W_\w|l = n)/).map((part, i) => (i % 2 ? inMaths(part) : part)));
    lines[name] = { formula: make("td", "formula"), value: make("td", "value") };
    row.append(head, lines[name].formula, lines[name].value);
    table.append(row);
  }
  view.sum = make("p", "sum");
  view.sum.append(make("span"), make("b"));
  const frame = make("pre");
  view.code = make("code");
  frame.append(view.code);
  frame.tabIndex = 0; // so that the arrow keys scroll it where it is too wide
  view.root.replaceChildren(table, view.sum, frame);
  return lines;
}

function inMaths(source) {
  const made = make("span");
  setMaths(made, source);
  return made;
}

function write(value) {
  return value.toLocaleString("en");
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
