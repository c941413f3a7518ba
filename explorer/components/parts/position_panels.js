// The four pictures of a position code: the matrix, curves over positions, one position's clock hands, wavelengths.

function drawMatrix(panel, { colours, code, values: { length, d } }) {
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  drawImage(pen, matrixImage(code, length, d, 1, signedPixels(colours)), panel.plot);
  drawAxes(pen, colours, panel, ["", "", ""], [0, length - 1]);
}

// Under an axis: its ends, and at its place what is chosen; an end gives way where the two would meet.
function nameChosen(pen, colours, { plot: { x, y, width, height } }, [first, chosen, last], at) {
  const [half, under] = [pen.measureText(chosen).width / 2 + 4, y + height + 11];
  const middle = Math.min(Math.max(at, x + half), x + width - half);
  axisText(pen, colours, chosen, middle, under);
  if (middle - half > x + 42) axisText(pen, colours, first, x, under, "left");
  if (middle + half < x + width - 30) axisText(pen, colours, last, x + width, under, "right");
}

function markMatrix(panel, { colours, values: { length, d, pos, dim }, hover }) {
  const pen = fitCanvas(panel.marks, panel.width, panel.height);
  const { x, y, width, height } = panel.plot;
  const frame = (row, column, colour, thickness) => {
    pen.strokeStyle = colour;
    pen.lineWidth = thickness;
    pen.strokeRect(x - 1, y + (row * height) / length - 0.5, width + 2, Math.max(height / length, 2) + 1);
    const pair = column - (column % 2);
    pen.strokeRect(x + (pair * width) / d - 0.5, y - 1, Math.max((2 * width) / d, 2) + 1, height + 2);
  };
  frame(pos, dim, colours.text, 1.5);
  if (hover) frame(...hover, colours.muted, 1);
  const pair = dim - (dim % 2);
  nameChosen(pen, colours, panel, ["dim 0", `dim ${pair}, ${pair + 1}`, d - 1], x + ((pair + 1) * width) / d);
}

function curve(pen, { plot }, length, f) {
  pen.beginPath();
  for (let px = 0; px <= plot.width; px += 0.5) {
    const y = plot.y + (plot.height * (1 - f((px / plot.width) * (length - 1)))) / 2;
    if (px) pen.lineTo(plot.x + px, y);
    else pen.moveTo(plot.x + px, y);
  }
  pen.stroke();
}

// The chosen pair strong, those that were kept thin; a sine is solid and a cosine dashed.
function drawCurves(panel, { colours, kept, by, values: { length, pos, dim } }) {
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  drawAxes(pen, colours, panel, ["", "", ""], ["1", "−1"]);
  const { plot } = panel;
  const chosen = Math.floor(dim / 2);
  pen.lineJoin = "round";
  for (const i of [...kept.filter((i) => i !== chosen), chosen]) {
    Object.assign(pen, { strokeStyle: i === chosen ? colours.text : colours.muted, lineWidth: i === chosen ? 2.2 : 1.1 });
    pen.setLineDash([]);
    curve(pen, panel, length, (at) => Math.sin(at / by[i]));
    pen.setLineDash([6, 4]);
    curve(pen, panel, length, (at) => Math.cos(at / by[i]));
  }
  pen.setLineDash([]);
  const x = plot.x + (length > 1 ? (plot.width * pos) / (length - 1) : 0);
  pen.lineWidth = 1;
  pen.strokeStyle = colours.muted;
  pen.strokeRect(x, plot.y, 0, plot.height);
  for (const [f, filled] of [[Math.sin, true], [Math.cos, false]]) {
    pen.beginPath();
    pen.arc(x, plot.y + (plot.height * (1 - f(pos / by[chosen]))) / 2, 5, 0, 2 * Math.PI);
    pen.fillStyle = filled ? colours.text : colours.background;
    pen.fill();
    pen.strokeStyle = colours.text;
    pen.lineWidth = 2;
    pen.stroke();
  }
  nameChosen(pen, colours, panel, ["pos 0", `pos ${pos}`, length - 1], x);
}

// How large the clocks are, so that all of them fit: the largest size at which rows times columns is enough.
function clockSize(width, height, n) {
  let size = Math.min(96, width, height);
  while (size > 8 && Math.floor(width / size) * Math.floor(height / size) < n) size -= 1;
  return size;
}

// The hand of pair i starts upright and has turned by pos / base^(2i/d): across it reaches the sine, upwards the cosine.
function drawClocks(panel, { colours, by, values: { pos, dim } }) {
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  const size = (panel.size = clockSize(panel.width, panel.height, by.length));
  const radius = size / 2 - (size > 30 ? 5 : 1.5);
  panel.per = Math.floor(panel.width / size);
  by.forEach((divisor, i) => {
    const [x, y] = [((i % panel.per) + 0.5) * size, (Math.floor(i / panel.per) + 0.5) * size];
    const chosen = i === Math.floor(dim / 2);
    pen.strokeStyle = chosen ? colours.text : colours.grid;
    pen.lineWidth = chosen ? 2 : 1;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
    const angle = pos / divisor;
    pen.strokeStyle = colours.text;
    pen.lineWidth = size > 30 ? 2.5 : 1.3;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
    pen.stroke();
  });
}

// Wavelengths on a logarithmic axis, from 2 pi to base * 2 pi; a line at the text's length: longer waves do not fit in.
function drawWavelengths(panel, { colours, by, values: { base, length, dim } }) {
  const pen = fitCanvas(panel.canvas, panel.width, panel.height);
  const { x, y, width, height } = panel.plot;
  const height_of = (value) => y + height * (1 - Math.log(value / (2 * Math.PI)) / Math.log(base));
  const across = (i) => x + (by.length > 1 ? (width * i) / (by.length - 1) : width / 2);
  drawAxes(pen, colours, panel, ["", "", ""], ["", ""]);
  axisText(pen, colours, "b·2π", x - 5, y + 6, "right");
  axisText(pen, colours, "2π", x - 5, y + height - 6, "right");
  const line = height_of(length);
  if (line > y && line < y + height) {
    pen.strokeStyle = colours.muted;
    pen.setLineDash([3, 4]);
    pen.strokeRect(x, line, width, 0);
    pen.setLineDash([]);
    axisText(pen, colours, `length ${length}`, x + width - 6, line - 9, "right");
  }
  pen.fillStyle = colours.muted;
  by.forEach((divisor, i) => pen.fillRect(across(i) - 1.5, height_of(2 * Math.PI * divisor) - 1.5, 3, 3));
  const chosen = Math.floor(dim / 2);
  pen.fillStyle = colours.text;
  pen.beginPath();
  pen.arc(across(chosen), height_of(2 * Math.PI * by[chosen]), 6, 0, 2 * Math.PI);
  pen.fill();
  nameChosen(pen, colours, panel, ["pair 0", `pair ${chosen}`, by.length - 1], across(chosen));
}
