// How a block of the number board is painted on its canvas: cells, numbers, labels, frames.

// What moves over a block lies over a copy of it, so that only the copy is drawn again; most blocks never need one.
function draw(view, block) {
  const lines = block.dims === 1 ? Math.ceil(block.shape[1] / block.per) : block.shape[0];
  const size = [block.left + block.per * block.width + 2, block.top + lines * block.height + 2];
  const picked = view.picked[0] === block.n;
  if (!block.base && !block.hovered && !picked) {
    paint(view, block, block.canvas, lines, size);
    return;
  }
  block.base ??= paint(view, block, make("canvas"), lines, size);
  const pen = fitCanvas(block.canvas, ...size);
  pen.drawImage(block.base, 0, 0, ...size);
  if (block.hovered) outline(pen, block, block.hovered, view.colours.muted, 2);
  if (picked) outline(pen, block, view.picked.slice(1), view.colours.text, 3);
}

function paint(view, block, canvas, lines, size) {
  const pen = fitCanvas(canvas, ...size);
  const { colours } = view;
  const fillOf = fills(view, block);
  const pattern = hatching(pen, colours);
  const withNumbers = block.width >= NUMBER && block.height >= 20;
  block.values.forEach((value, at) => {
    const cell = [Math.floor(at / block.shape[1]), at % block.shape[1]];
    const hidden = value === -Infinity || (block.role === "mask" && value === 0);
    const fill = hidden ? pattern : fillOf(value);
    drawCell(pen, block, value, fill, hidden ? colours.text : null, corner(block, cell), withNumbers);
  });
  drawLabels(pen, block, colours);
  frame(pen, block, colours, lines);
  return canvas;
}

// The scales of blocks that are not this step's: paler, while their numbers stay as readable as any.
function quietShades({ colours, shades }) {
  return (shades.quiet ??= Object.fromEntries(
    ["weight", "up", "down"].map((name) => [name, shades[name].map((shade) => mix(colours.background, shade, 0.7))]),
  ));
}

// The function from a value to its colour, for this block's role.
function fills(view, block) {
  const { colours } = view;
  const shades = block.lit ? view.shades : quietShades(view);
  if (["plain", "count", "mask"].includes(block.role)) return () => colours.background;
  if (block.role === "weight") return (value) => shades.weight[Math.round(clamp(value, 0, 1) * 255)];
  const limit = block.limit || 1;
  return (value) => (value < 0 ? shades.down : shades.up)[Math.round(clamp(Math.abs(value) / limit, 0, 1) * 255)];
}

function drawCell(pen, block, value, fill, ink, [x, y], withNumbers) {
  const gap = block.width > 9 && block.height > 9 ? 1 : 0;
  pen.fillStyle = fill;
  pen.fillRect(x, y, block.width - gap, block.height - gap);
  if (!withNumbers) return;
  pen.fillStyle = ink ?? readable(fill);
  const size = block.dims === 0 ? 22 : block.width >= 54 ? 14 : 12;
  pen.font = `${block.dims === 0 ? 600 : 400} ${size}px "Source Sans", sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(numberText(value, block), x + (block.width - gap) / 2, y + block.height / 2, block.width - 4);
}

function drawLabels(pen, block, colours) {
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const size = clamp(block.height - 4, 7, 13);
  block.rows.forEach((label, row) => {
    const marked = row === block.mark[0];
    pen.font = `${marked ? "bold " : ""}${size}px monospace`;
    pen.fillStyle = marked ? colours.text : colours.muted;
    pen.fillText(fitText(pen, label, block.left - 9), block.left - 6, block.top + 1 + (row + 0.5) * block.height);
  });
  if (!block.top) return;
  pen.textAlign = "left";
  block.columns.forEach((label, column) => {
    const marked = column === block.mark[1];
    pen.save();
    pen.translate(block.left + (column + 0.5) * block.width, block.top - 4);
    pen.rotate(-Math.PI / 3);
    pen.font = `${marked ? "bold " : ""}${clamp(block.width, 9, 13)}px monospace`;
    pen.fillStyle = marked ? colours.text : colours.muted;
    pen.fillText(fitText(pen, label, (block.top - 12) / 0.86), 0, 0);
    pen.restore();
  });
}

// The block's border, in its colour where it has one, and the marked row and column.
function frame(pen, block, colours, lines) {
  const own = "qkv".includes(block.role) && block.lit;
  pen.strokeStyle = own ? colours[block.role] : colours.grid;
  pen.lineWidth = own ? 2 : 1;
  const width = block.per * block.width;
  const height = lines * block.height;
  pen.strokeRect(block.left + 1, block.top + 1, width - 0.5, height - 0.5);
  pen.strokeStyle = colours.text;
  pen.lineWidth = 1.5;
  const [row, column] = block.mark;
  if (row >= 0) pen.strokeRect(block.left + 1, block.top + 1 + row * block.height, width - 0.5, block.height - 0.5);
  if (column >= 0) pen.strokeRect(block.left + 1 + column * block.width, block.top + 1, block.width - 0.5, height - 0.5);
}

function outline(pen, block, cell, colour, thickness) {
  const [x, y] = corner(block, cell);
  pen.strokeStyle = colour;
  pen.lineWidth = thickness;
  pen.strokeRect(x - 0.5, y - 0.5, block.width, block.height);
}

// Where a cell's upper left corner is.
function corner(block, [row, column]) {
  const [down, across] = block.dims === 1 ? [Math.floor(column / block.per), column % block.per] : [row, column];
  return [block.left + 1 + across * block.width, block.top + 1 + down * block.height];
}

