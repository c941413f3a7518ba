// What pictures on a canvas are made of: a panel with two layers, axes, and a matrix as an image.

const LEFT = 40; // room for the numbers along a picture's left side
const BELOW = 30; // room for the numbers and the words under it

// A picture: its heading, a canvas that is painted when the code changes, and one above it for what follows the hand.
function makePanel(heading, label) {
  const panel = { element: make("div", "panel"), heading: make("div", "heading", heading) };
  const layers = make("div", "layers");
  panel.canvas = make("canvas");
  panel.marks = make("canvas", "marks");
  panel.marks.setAttribute("role", "img");
  panel.marks.setAttribute("aria-label", label);
  layers.append(panel.canvas, panel.marks);
  panel.element.append(panel.heading, layers);
  return panel;
}

function sizePanel(panel, height) {
  panel.width = panel.element.clientWidth;
  panel.height = height;
  panel.plot = { x: LEFT, y: 6, width: panel.width - LEFT - 8, height: height - BELOW - 6 };
}

function axisText(pen, colours, text, x, y, align = "center") {
  pen.fillStyle = colours.muted;
  pen.font = '13px "Source Sans", sans-serif';
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}

// The ends of an axis in numbers, and between them what it counts.
function drawAxes(pen, colours, { plot, height }, across, down) {
  pen.strokeStyle = colours.grid;
  pen.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  const under = plot.y + plot.height + 11;
  axisText(pen, colours, across[0], plot.x, under, "left");
  axisText(pen, colours, across[1], plot.x + plot.width / 2, under);
  axisText(pen, colours, across[2], plot.x + plot.width, under, "right");
  axisText(pen, colours, down[0], plot.x - 5, plot.y + 6, "right");
  axisText(pen, colours, down[1], plot.x - 5, plot.y + plot.height - 6, "right");
}

// 511 colours from -1 to 1, as pixels.
function signedPixels(colours) {
  return Uint32Array.from({ length: 511 }, (_, n) => pixel(signedColour(colours, n - 255, 255)));
}

// The scale of signed numbers: its colours between the ends in numbers.
function signedLegend(colours, limit, maskedFill) {
  const legend = make("div", "legend");
  const end = significant(limit);
  legend.append(make("span", "", `−${end}`), make("span", "scale"), make("span", "", `+${end}`));
  const ends = `${colours.negative}, ${colours.background}, ${colours.positive}`;
  legend.children[1].style.background = `linear-gradient(to right, ${ends})`;
  if (maskedFill) legend.append(maskedSwatch(maskedFill));
  return legend;
}

// A matrix of numbers between -limit and limit as an image with one pixel each.
function matrixImage(values, rows, columns, limit, pixels) {
  const canvas = new OffscreenCanvas(columns, rows);
  const image = canvas.getContext("2d").createImageData(columns, rows);
  const out = new Uint32Array(image.data.buffer);
  const factor = limit > 0 ? 255 / limit : 0;
  for (let n = 0; n < values.length; n++) {
    out[n] = pixels[Math.round(Math.min(510, Math.max(0, values[n] * factor + 255)))];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Sharp cells where they are larger than a pixel, and their mean where several share one.
function drawImage(pen, image, { x, y, width, height }) {
  pen.imageSmoothingEnabled = image.width > width || image.height > height;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, x, y, width, height);
}
