// Curves over whole numbers. The pointer reads out the values at one x.

const HEIGHT = 230;
const DASHES = { solid: [], dashed: [7, 4], dotted: [2, 3] };

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const numbers = (list) => list && list.map(Number);
  view.data = data;
  view.curves = data.curves.map((each) => ({
    ...each, values: numbers(each.values), low: numbers(each.low), high: numbers(each.high),
  }));
  view.n = view.curves[0]?.values.length ?? 0;
  view.at = null;
  view.panel.marks.setAttribute("aria-label", `${data.title}. Arrow keys read the values.`);
  draw(view);
  return view.stop;
}

function createView(root) {
  const view = { root, panel: makePanel("", ""), legend: make("div", "names"), readout: make("div", "readout") };
  view.readout.setAttribute("aria-live", "polite");
  view.panel.heading.remove();
  root.append(view.legend, view.panel.element, view.readout);
  readOut(view, ({ n, panel: { plot } }, x) => Math.round(((x - plot.x) / plot.width) * (n - 1)), point);
  view.stop = redrawing(view, draw);
  return view;
}

function point(view, at) {
  view.at = at === null ? null : Math.min(Math.max(at, 0), view.n - 1);
  mark(view);
}

// From the smallest to the largest number of all curves and bands; never of no height.
function range({ curves, data }) {
  const all = curves.flatMap((each) => [...each.values, ...(each.low ?? []), ...(each.high ?? [])]).filter(Number.isFinite);
  if (data.from_zero) all.push(0);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return all.length === 0 ? [0, 1] : high > low ? [low, high] : [low - 1, high + 1];
}

function draw(view) {
  if (!view.data || !view.root.clientWidth) return;
  const colours = (view.colours = palette(view.root));
  const { panel, data, n } = view;
  sizePanel(panel, HEIGHT + (data.labels.length ? 46 : 0));
  panel.plot.x = 58;
  panel.plot.width = panel.width - 58 - 8;
  if (data.labels.length) panel.plot.height -= 46;
  const { plot } = panel;
  const [low, high] = range(view);
  view.x = (at) => plot.x + (n > 1 ? (plot.width * at) / (n - 1) : plot.width / 2);
  view.y = (value) => plot.y + plot.height * (1 - (value - low) / (high - low));
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  const words = data.labels.length ? ["", "", ""] : [data.first, data.x_name, data.first + n - 1];
  drawAxes(pen, colours, panel, words, [significant(high), significant(low)]);
  if (low < 0 && high > 0) {
    pen.strokeRect(plot.x, view.y(0), plot.width, 0);
    axisText(pen, colours, "0", plot.x - 5, view.y(0), "right");
  }
  writeLabels(pen, view);
  for (const each of view.curves) drawCurve(pen, view, each);
  nameCurves(view);
  mark(view);
}

function drawCurve(pen, { x, y, colours, n }, { values, style, quiet, low, high }) {
  if (low && high) {
    pen.beginPath();
    low.forEach((value, at) => pen.lineTo(x(at), y(value)));
    for (let at = n - 1; at >= 0; at--) pen.lineTo(x(at), y(high[at]));
    pen.fillStyle = mix(colours.background, colours.muted, 0.3);
    pen.fill();
  }
  Object.assign(pen, { strokeStyle: quiet ? colours.muted : colours.text, lineWidth: quiet ? 1.4 : 2.2 });
  pen.setLineDash(DASHES[style]);
  pen.beginPath();
  let broken = true;
  values.forEach((value, at) => {
    if (!Number.isFinite(value)) broken = true;
    else {
      if (broken) pen.moveTo(x(at), y(value));
      else pen.lineTo(x(at), y(value));
      broken = false;
    }
  });
  pen.stroke();
  pen.setLineDash([]);
  if (n > 64) return;
  pen.fillStyle = quiet ? colours.muted : colours.text;
  values.forEach((value, at) => Number.isFinite(value) && pen.fillRect(x(at) - 2.5, y(value) - 2.5, 5, 5));
}

function writeLabels(pen, { data, panel: { plot }, colours, x, n }) {
  if (!data.labels.length) return;
  const step = plot.width / Math.max(1, n - 1);
  const every = Math.ceil(12 / step);
  pen.fillStyle = colours.muted;
  pen.font = "12px monospace";
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  data.labels.forEach((label, at) => {
    if (at % every) return;
    pen.save();
    pen.translate(x(at), plot.y + plot.height + 6);
    pen.rotate(-Math.PI / 2);
    pen.fillText(fitText(pen, label, 64), 0, 0);
    pen.restore();
  });
}

function nameCurves({ legend, curves }) {
  legend.replaceChildren(...curves.map(({ name, style, quiet }) => {
    const item = make("span", quiet ? "name quiet" : "name");
    item.append(make("i", `line ${style}`), name);
    return item;
  }));
}

function mark(view) {
  const { panel, at, curves, readout, data, colours, x, y } = view;
  if (!x) return;
  const pen = fitCanvas(panel.marks, panel.width, panel.height);
  if (at === null) {
    readout.replaceChildren(make("span", "small", "Point at a curve to read its values."));
    return;
  }
  pen.strokeStyle = colours.muted;
  pen.strokeRect(x(at), panel.plot.y, 0, panel.plot.height);
  const place = make("span", "", `${data.x_name} ${data.first + at} `);
  if (data.labels.length) place.append(make("span", "token", data.labels[at]));
  readout.replaceChildren(place, ...curves.map((each) => fact(pen, view, each, y)));
}

function fact(pen, { at, colours, x }, { name, values, low, high }, y) {
  if (Number.isFinite(values[at])) {
    pen.beginPath();
    pen.arc(x(at), y(values[at]), 4.5, 0, 2 * Math.PI);
    pen.fillStyle = colours.text;
    pen.fill();
  }
  const span = make("span", "fact", `${name} `);
  span.append(make("b", "", significant(values[at])), make("span", "small", ` ${String(values[at]).replaceAll("-", "−")}`));
  if (low && high) span.append(make("span", "small", ` from ${significant(low[at])} to ${significant(high[at])}`));
  return span;
}
