// Probabilities over the temperature, which is logarithmic. Beside the legend's lines stand the values at the chosen T,
// or at the one where the pointer or the arrow keys are.

const HIGH = 250;
const ABOVE = 22; // room for the chosen temperature, where no curve runs through it
const SIDE = 62; // room for the numbers along the left side, and for what they are
const TICKS = [0.1, 0.2, 0.5, 1, 2, 3];
const DASHES = [[], [9, 6], [2, 4], [9, 4, 2, 4]]; // as many as LINES in temperature_curves.py

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const shown = JSON.stringify(data);
  if (shown !== view.shown) {
    Object.assign(view, { data, shown, at: null, rest: data.chosen });
    view.panel.marks.setAttribute("aria-label", `${data.title} Arrow keys read the values.`);
    draw(view);
  }
  return view.stop;
}

function createView(root) {
  const view = { root, panel: makePanel("", ""), readout: make("div", "values"), at: null };
  view.panel.heading.remove();
  root.append(view.readout, view.panel.element);
  readOutAmong(view, ({ data }) => data.temperatures, mark);
  view.stop = redrawing(view, draw);
  return view;
}

function draw(view) {
  const { root, panel, data } = view;
  if (!data || !root.clientWidth) return;
  const colours = (view.colours = palette(root));
  sizePanel(panel, HIGH);
  const { plot } = panel;
  const height = plot.height + plot.y - ABOVE - 18;
  Object.assign(plot, { x: SIDE, y: ABOVE, width: panel.width - SIDE - 14, height });
  const [first, last] = [data.temperatures[0], data.temperatures.at(-1)].map(Math.log);
  view.x = (t) => plot.x + (plot.width * (Math.log(t) - first)) / (last - first);
  view.y = (p) => plot.y + plot.height * (1 - p);
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  drawGrid(pen, view);
  data.probabilities.forEach((values, n) => {
    dashed(pen, colours, n);
    pen.beginPath();
    values.forEach((p, at) => pen.lineTo(view.x(data.temperatures[at]), view.y(p)));
    pen.stroke();
  });
  pen.setLineDash([]);
  drawChosen(pen, view);
  view.samples = data.labels.map((_, n) => sampleOf(colours, n));
  mark(view);
}

function dashed(pen, colours, n) {
  Object.assign(pen, { strokeStyle: colours.weight, lineWidth: 2.2 });
  pen.setLineDash(DASHES[n]);
}

function drawGrid(pen, { colours, x, y, panel: { plot, height } }) {
  Object.assign(pen, { strokeStyle: colours.grid, lineWidth: 1 });
  for (const p of [0, 0.5, 1]) {
    pen.strokeRect(plot.x, y(p), plot.width, 0);
    axisText(pen, colours, String(p), plot.x - 6, y(p), "right");
  }
  for (const t of TICKS) {
    pen.strokeRect(x(t), plot.y, 0, plot.height);
    axisText(pen, colours, String(t), x(t), plot.y + plot.height + 13);
  }
  axisText(pen, colours, "temperature T (logarithmic)", plot.x + plot.width / 2, height - 9);
  pen.save();
  pen.translate(12, plot.y + plot.height / 2);
  pen.rotate(-Math.PI / 2);
  axisText(pen, colours, "probability p", 0, 0);
  pen.restore();
}

function drawChosen(pen, { colours, data, x, panel: { plot, width } }) {
  const t = data.temperatures[data.chosen];
  Object.assign(pen, { strokeStyle: colours.text, lineWidth: 1.4 });
  pen.strokeRect(x(t), plot.y - 4, 0, plot.height + 4);
  axisText(pen, colours, `T = ${t}`, Math.min(x(t), width - 24), 9);
}

// A piece of the curve itself: the legend's line looks like it.
function sampleOf(colours, n) {
  const sample = make("canvas");
  const pen = fitCanvas(sample, 32, 10);
  dashed(pen, colours, n);
  pen.beginPath();
  pen.moveTo(0, 5);
  pen.lineTo(32, 5);
  pen.stroke();
  return sample;
}

function mark(view) {
  const { panel, data, colours, readout, samples, x, y } = view;
  if (!x) return;
  const at = view.at ?? data.chosen;
  const t = data.temperatures[at];
  const pen = fitCanvas(panel.marks, panel.width, panel.height);
  if (view.at !== null) {
    pen.strokeStyle = colours.muted;
    pen.strokeRect(x(t), panel.plot.y, 0, panel.plot.height);
  }
  pen.fillStyle = colours.weight;
  for (const values of data.probabilities) {
    pen.beginPath();
    pen.arc(x(t), y(values[at]), 4, 0, 2 * Math.PI);
    pen.fill();
  }
  // What a control has changed is said by the control: only what was asked for here is read aloud.
  readout.setAttribute("aria-live", view.at === null ? "off" : "polite");
  const rows = data.labels.map((label, n) => [
    samples[n],
    Object.assign(make("span", "token", label), { title: label }),
    make("b", "", significant(data.probabilities[n][at])),
    make("span", "small", String(data.probabilities[n][at]).replaceAll("-", "−")),
  ]);
  readout.replaceChildren(make("span", "heading", `p at T = ${t}`), ...rows.flat());
}
