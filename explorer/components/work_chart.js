// Multiply-adds of one layer by the length of the text, both axes logarithmic. The pointer reads out the values at one n.

const HIGH = 300;
const SIDE = 64; // room for the powers of ten along the left side
const CURVES = [
  { field: "matrices", name: "matrices: n d²", colour: "text", dash: [] },
  { field: "attention", name: "attention: n² d", colour: "weight", dash: [9, 6] },
];

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const shown = JSON.stringify(data);
  if (shown !== view.shown) {
    Object.assign(view, { data, shown });
    view.panel.marks.setAttribute("aria-label", `${data.title}. Arrow keys read the values.`);
    draw(view);
  }
  return view.stop;
}

function createView(root) {
  const view = { root, panel: makePanel("", ""), legend: make("div", "names"), readout: make("div", "readout"), at: null };
  view.readout.setAttribute("aria-live", "polite");
  view.panel.heading.remove();
  root.append(view.legend, view.panel.element, view.readout);
  readOutAmong(view, ({ data }) => data.lengths, mark);
  view.stop = redrawing(view, draw);
  return view;
}

function draw(view) {
  const { root, panel, data } = view;
  if (!data || !root.clientWidth) return;
  const colours = (view.colours = palette(root));
  sizePanel(panel, HIGH);
  const { plot } = panel;
  Object.assign(plot, { x: SIDE, width: panel.width - SIDE - 26, height: plot.height - 16 });
  const all = CURVES.flatMap(({ field }) => data[field].map(Number));
  const [low, high] = [Math.log10(Math.min(...all)) - 0.1, Math.log10(Math.max(...all)) + 0.1];
  const [first, last] = [data.lengths[0], data.lengths.at(-1)].map(Math.log10);
  view.x = (n) => plot.x + (plot.width * (Math.log10(n) - first)) / (last - first);
  view.y = (value) => plot.y + plot.height * (1 - (Math.log10(value) - low) / (high - low));
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  drawGrid(pen, view, [first, last], [low, high]);
  for (const { field, colour, dash } of CURVES) {
    Object.assign(pen, { strokeStyle: colours[colour], lineWidth: 3 });
    pen.setLineDash(dash);
    pen.beginPath();
    data[field].forEach((value, n) => pen.lineTo(view.x(data.lengths[n]), view.y(Number(value))));
    pen.stroke();
  }
  drawCrossing(pen, view, first, last);
  nameCurves(view);
  mark(view);
}

// A line at each power of ten; where they are many, a number at every second or third.
function drawGrid(pen, { colours, panel: { plot, width, height } }, across, down) {
  Object.assign(pen, { strokeStyle: colours.grid, lineWidth: 1 });
  const powers = ([low, high]) => Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => Math.ceil(low) + i);
  for (const power of powers(across)) {
    const x = plot.x + (plot.width * (power - across[0])) / (across[1] - across[0]);
    pen.strokeRect(x, plot.y, 0, plot.height);
    axisText(pen, colours, (10 ** power).toLocaleString("en"), x, plot.y + plot.height + 13);
  }
  const every = Math.ceil((powers(down).length * 24) / plot.height);
  for (const power of powers(down)) {
    const y = plot.y + plot.height * (1 - (power - down[0]) / (down[1] - down[0]));
    pen.strokeRect(plot.x, y, plot.width, 0);
    if (power % every === 0) axisText(pen, colours, `10${raised(power)}`, plot.x - 6, y, "right");
  }
  axisText(pen, colours, "tokens n", plot.x + plot.width / 2, height - 9);
  pen.save();
  pen.translate(12, plot.y + plot.height / 2);
  pen.rotate(-Math.PI / 2);
  axisText(pen, colours, "multiply-adds of one layer", 0, 0);
  pen.restore();
}

function raised(power) {
  return Array.from(String(power), (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
}

function drawCrossing(pen, { colours, data, x, panel: { plot } }, first, last) {
  const at = Math.log10(data.crossing);
  if (!(at >= first && at <= last)) return;
  const where = x(data.crossing);
  Object.assign(pen, { strokeStyle: colours.muted, lineWidth: 1 });
  pen.setLineDash([2, 3]);
  pen.strokeRect(where, plot.y, 0, plot.height);
  pen.setLineDash([]);
  const words = `n = ${Math.round(data.crossing).toLocaleString("en")}`;
  const right = where > plot.x + plot.width - 90;
  axisText(pen, colours, words, where + (right ? -6 : 6), plot.y + plot.height - 12, right ? "right" : "left");
}

function nameCurves({ root, legend, colours }) {
  root.style.setProperty("--weight", colours.weight);
  if (legend.childNodes.length) return;
  legend.append(
    ...CURVES.map(({ field, name }) => {
      const item = make("span");
      item.append(make("i", `line ${field}`), name);
      return item;
    }),
  );
}

function mark(view) {
  const { panel, at, data, colours, readout, x, y } = view;
  if (!x) return;
  const pen = fitCanvas(panel.marks, panel.width, panel.height);
  if (at === null) {
    if (!view.asked) readout.replaceChildren(make("span", "small", "Point at a curve to read its values."));
    view.asked = true;
    return;
  }
  view.asked = false;
  const n = data.lengths[at];
  pen.strokeStyle = colours.muted;
  pen.strokeRect(x(n), panel.plot.y, 0, panel.plot.height);
  const facts = CURVES.map(({ field, name, colour }) => {
    pen.beginPath();
    pen.arc(x(n), y(Number(data[field][at])), 4.5, 0, 2 * Math.PI);
    pen.fillStyle = colours[colour];
    pen.fill();
    const fact = make("span", "", `${name} `);
    fact.append(make("b", "", BigInt(data[field][at]).toLocaleString("en")));
    return fact;
  });
  readout.replaceChildren(make("span", "", `n = ${n.toLocaleString("en")}`), ...facts);
}
