// The panels of the laboratory: the weights of one query as bars, and curves over m with the theory beside them.

const LINES = [{ width: 2.4, tone: "text", name: "with 1/√m" }, { width: 1.4, tone: "muted", name: "without" }];
const PANEL_HEIGHT = 158;
const ROOM_LEFT = 44;

function sizeScorePanel(panel) {
  sizePanel(panel, PANEL_HEIGHT);
  panel.plot.x = ROOM_LEFT;
  panel.plot.width = panel.width - ROOM_LEFT - 10;
}

function drawBars(panel, { colours, hoverKey }, weights) {
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  const { x, y, width, height } = panel.plot;
  drawAxes(pen, colours, panel, ["key 1", "", weights.length], ["1", "0"]);
  const step = width / weights.length;
  const gap = Math.min(3, step * 0.25);
  weights.forEach((weight, j) => {
    pen.fillStyle = colours.weight;
    pen.fillRect(x + j * step + gap / 2, y + height * (1 - weight), step - gap, height * weight);
    if (j !== hoverKey) return;
    pen.strokeStyle = colours.text;
    pen.strokeRect(x + j * step, y, step, height);
  });
}

// x by the logarithm of m; y by the value, or by its logarithm.
function placeCurves(panel, measure, sizes, values) {
  const { plot } = panel;
  const most = Math.log(sizes.at(-1));
  const known = values.filter(Number.isFinite);
  const top = measure.top ?? Math.max(...known) * (measure.ratio ? 1.25 : 1.04);
  const low = Math.min(...known) / 1.25;
  const share = measure.ratio ? (value) => Math.log(value / low) / Math.log(top / low) : (value) => value / top;
  panel.ends = measure.ratio ? ["", ""] : [measure.top_name || significant(top), "0"];
  panel.ticks = measure.ratio ? [1, 10, 100, 1000].filter((tick) => tick > low && tick < top) : [];
  panel.x = (at) => plot.x + (plot.width * Math.log(sizes[at])) / most;
  panel.y = (value) => plot.y + plot.height * (1 - share(value));
}

function drawCurves(panel, { colours }, measured, theory) {
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  drawAxes(pen, colours, panel, ["", "", ""], panel.ends);
  const { plot } = panel;
  for (const tick of panel.ticks) {
    pen.strokeRect(plot.x, panel.y(tick), plot.width, 0);
    axisText(pen, colours, tick.toLocaleString("en"), plot.x - 5, panel.y(tick), "right");
  }
  pen.save();
  pen.beginPath();
  pen.rect(plot.x, plot.y - 1, plot.width, plot.height + 2);
  pen.clip();
  LINES.forEach(({ width, tone }, way) => {
    Object.assign(pen, { strokeStyle: colours[tone], lineWidth: width, lineJoin: "round" });
    pen.setLineDash([]);
    stroke(pen, panel, measured[way]);
    pen.setLineDash([5, 5]);
    pen.lineWidth = 1.4;
    stroke(pen, panel, theory[way]);
  });
  pen.restore();
}

function stroke(pen, { x, y }, values) {
  pen.beginPath();
  let broken = true;
  values.forEach((value, at) => {
    if (Number.isFinite(value)) pen[broken ? "moveTo" : "lineTo"](x(at), y(value));
    broken = !Number.isFinite(value);
  });
  pen.stroke();
}

function markCurves(panel, { colours, sizes, at, hover }, measured) {
  const pen = fitCanvas(panel.marks, panel.width, panel.height);
  const { x, y, width, height } = panel.plot;
  if (hover !== null) {
    pen.strokeStyle = colours.grid;
    pen.strokeRect(panel.x(hover), y, 0, height);
  }
  pen.strokeStyle = colours.muted;
  pen.strokeRect(panel.x(at), y, 0, height);
  LINES.forEach(({ tone }, way) => {
    pen.beginPath();
    pen.arc(panel.x(at), panel.y(measured[way][at]), 4.5, 0, 2 * Math.PI);
    Object.assign(pen, { fillStyle: way ? colours.background : colours[tone], strokeStyle: colours[tone], lineWidth: 2 });
    pen.fill();
    pen.stroke();
  });
  nameSize(pen, colours, panel, sizes, at);
}

// Under the axis: its ends, and at its place the chosen m; an end gives way where the two would meet.
function nameSize(pen, colours, panel, sizes, at) {
  const { x, y, width, height } = panel.plot;
  const under = y + height + 11;
  const chosen = `m = ${sizes[at]}`;
  const half = pen.measureText(chosen).width / 2 + 8;
  const middle = Math.min(Math.max(panel.x(at), x + half), x + width - half);
  axisText(pen, colours, chosen, middle, under);
  if (middle - half > x + 10) axisText(pen, colours, "1", x, under, "left");
  if (middle + half < x + width - 36) axisText(pen, colours, sizes.at(-1), x + width, under, "right");
}

// The line of one way: a piece of its curve, its name, its number, and the theory's.
function wayLine(way, parts) {
  const line = make("div", "way");
  const sign = make("i", way ? "line thin" : "line");
  line.append(sign, make("span", "", `${LINES[way].name} `), ...parts);
  return line;
}

function digits(value, tag = "b") {
  const element = make(tag, "", significant(value));
  element.title = exact(value);
  return element;
}
