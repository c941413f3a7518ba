// One attention layer to scale: an area for each learned number; and the counts as bars, exact and as on the board.

const SVG = "http://www.w3.org/2000/svg";
const GAP = 14;
const MOST_LINES = 64; // heads that are still told apart by lines

export default ahead(receive);

function receive({ parentElement, data }) {
  return followSizes(parentElement, data, draw).stop;
}

function draw({ root, sizes, counts }) {
  const colours = palette(root);
  const { s, d, m, l, n } = sizes;
  const { w_q, w_v, w_o } = counts;
  const matrices = [
    { name: "W_Q", rows: s * m, columns: d, count: w_q, cuts: "rows", colour: colours.q, of: "s·m × d" },
    { name: "W_K", rows: s * m, columns: d, count: w_q, cuts: "rows", colour: colours.k, of: "s·m × d" },
    { name: "W_V", rows: s * l, columns: d, count: w_v, cuts: "rows", colour: colours.v, of: "s·l × d" },
    { name: "W_O", rows: n, columns: l * s, count: w_o, cuts: "columns", colour: colours.muted, of: "n × l·s" },
  ];
  root.replaceChildren(drawMatrices(root, matrices, s, colours), drawBars(sizes, counts, colours));
}

function drawMatrices(root, matrices, s, colours) {
  const width = Math.max(root.clientWidth, 240);
  const perRow = width < 420 ? 2 : 4;
  const labels = 62;
  const [across, down] = [Math.max(...matrices.map((x) => x.columns)), Math.max(...matrices.map((x) => x.rows))];
  const room = (width - GAP * (perRow - 1)) / perRow;
  const scale = Math.min(room / across, 170 / down);
  const high = Math.max(down * scale, 4) + labels;
  const rows = Math.ceil(matrices.length / perRow);
  const svg = element("svg", { width, height: rows * (high + 10), role: "img" });
  svg.append(text("title", 0, 0, `The four matrices to scale: ${matrices.map(describe).join("; ")}`));
  matrices.forEach((matrix, i) => {
    const x = (i % perRow) * (room + GAP);
    const y = Math.floor(i / perRow) * (high + 10);
    const group = element("g", { transform: `translate(${x},${y})` });
    const [w, h] = [Math.max(matrix.columns * scale, 1.5), Math.max(matrix.rows * scale, 1.5)];
    group.append(text("title", 0, 0, describe(matrix)));
    group.append(element("rect", { x: 0, y: labels, width: w, height: h, fill: matrix.colour, "fill-opacity": 0.85 }));
    if (s <= MOST_LINES) group.append(cuts(matrix, s, w, h, labels, colours));
    const name = text("text", 0, 16, "W", "matrix");
    const below = element("tspan", { dy: 4, "font-size": "70%" });
    below.textContent = matrix.name.slice(2);
    name.append(below);
    group.append(name, text("text", 0, 35, matrix.of, "quiet"));
    group.append(text("text", 0, 54, matrix.count.toLocaleString("en"), "count"));
    svg.append(group);
  });
  return svg;
}

// Thin lines between the heads.
function cuts(matrix, s, w, h, top, colours) {
  const path = [];
  for (let head = 1; head < s; head++) {
    if (matrix.cuts === "rows") path.push(`M0 ${top + (h * head) / s}H${w}`);
    else path.push(`M${(w * head) / s} ${top}V${top + h}`);
  }
  return element("path", { d: path.join(""), stroke: colours.background, "stroke-width": 1 });
}

function drawBars({ s, n }, { w_q, w_v, w_o, exact, board }, colours) {
  const queries = { words: "W_Q: s·d·m", count: w_q, colour: colours.q };
  const keys = { words: "W_K: s·d·m", count: w_q, colour: colours.k };
  const values = { words: "W_V: s·d·l", count: w_v, colour: colours.v };
  const out = { words: "W_O: l·s·n", count: w_o, colour: colours.muted };
  const bars = [
    { name: "exact", total: exact, formula: "s(2dm + dl) + l s n", parts: [queries, keys, values, out] },
    {
      name: "board",
      total: board,
      formula: "s(n² + dm + dl)",
      parts: [
        { ...queries, words: "W_Q and W_K, counted once: s·d·m" },
        values,
        { ...out, words: "W_O, with l = n: s·n²", count: s * n * n },
      ],
    },
  ];
  const largest = Math.max(...bars.map((bar) => bar.total));
  const list = make("div", "bars");
  for (const { name, formula, parts, total } of bars) {
    const row = make("div", "bar");
    const track = make("span", "track");
    for (const part of parts) {
      const piece = make("span", "piece");
      piece.style.cssText = `background:${part.colour};width:${(100 * part.count) / largest}%`;
      piece.title = `${part.words} = ${part.count.toLocaleString("en")}`;
      track.append(piece);
    }
    row.append(make("b", "", name), make("span", "formula", formula), track);
    row.append(make("span", "total", total.toLocaleString("en")));
    list.append(row);
  }
  return list;
}

function describe(matrix) {
  const product = `${matrix.rows.toLocaleString("en")} × ${matrix.columns.toLocaleString("en")}`;
  return `${matrix.name}: ${matrix.of} = ${product} = ${matrix.count.toLocaleString("en")}`;
}

function element(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function text(tag, x, y, words, className = "") {
  const made = element(tag, { x, y, class: className });
  made.textContent = words;
  return made;
}
