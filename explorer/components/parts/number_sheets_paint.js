// How a sheet of numbers is laid out, and how the part of it that is in view is painted.

const LARGE = { line: 24, font: 13, label: 13, gap: 8, most: 110, header: 18 };

// Sizes a sheet: `style` is LARGE or smallStyle(); `named` says whether its rows are named at the left.
function layOut(view, sheet, style, named = true) {
  const pen = (layOut.pen ??= document.createElement("canvas").getContext("2d"));
  const [rows, columns] = sheet.shape;
  pen.font = `${style.label}px monospace`;
  const longest = named ? Math.max(0, ...sheet.rows.map((label) => pen.measureText(label).width)) : 0;
  sheet.style = style;
  sheet.named = named;
  sheet.left = named ? Math.min(style.most, Math.ceil(longest)) + 6 : 0;
  sheet.gap = sheet.groups > 1 ? style.gap : 0;
  const share = Math.floor((view.root.clientWidth - sheet.left - 2 - (sheet.groups - 1) * sheet.gap) / columns);
  sheet.cell = style.cell ?? clamp(share, 43, 64);
  if (sheet.role === "count") sheet.cell += 14;
  if (sheet.cells.length) sheet.cell = 84;
  sheet.line = sheet.cells.length ? 40 : style.line;
  const hasNames = sheet.columns.length > 1 || (!sheet.columns.length && columns > 1 && !sheet.cells.length);
  sheet.names = !style.small && hasNames;
  sheet.top = (sheet.names ? style.header : 0) + (!style.small && sheet.groups > 1 ? style.header : 0);
  const width = sheet.left + columns * sheet.cell + (sheet.groups - 1) * sheet.gap + 2;
  sheet.size = [width, sheet.top + rows * sheet.line + 2];
  sheet.wide = style.small ? Math.max(width, sheet.left + captionWidth(pen, sheet)) : width;
}

// The left edge of a column, before scrolling.
function edgeOf(sheet, column) {
  return sheet.left + column * sheet.cell + Math.floor(column / sheet.perGroup) * sheet.gap;
}

// Where a cell's upper left corner is on the canvas.
function cornerOf(sheet, [row, column]) {
  return [edgeOf(sheet, column) - sheet.frame.scrollLeft, sheet.top + row * sheet.line - sheet.frame.scrollTop];
}

function cellAt(sheet, event) {
  if (event.offsetX < sheet.left || event.offsetY < sheet.top) return null;
  const x = event.offsetX + sheet.frame.scrollLeft - sheet.left;
  const wide = sheet.perGroup * sheet.cell + sheet.gap;
  const group = Math.floor(x / wide);
  const inside = Math.floor((x - group * wide) / sheet.cell);
  const row = Math.floor((event.offsetY + sheet.frame.scrollTop - sheet.top) / sheet.line);
  if (inside >= sheet.perGroup || group >= sheet.groups || row >= sheet.shape[0]) return null;
  return [row, group * sheet.perGroup + inside];
}

// Scrolls until a cell is in view.
function reveal(sheet, cell) {
  const { frame } = sheet;
  const [x, y] = cornerOf(sheet, cell);
  if (x < sheet.left) frame.scrollLeft -= sheet.left - x;
  if (x + sheet.cell > frame.clientWidth) frame.scrollLeft += x + sheet.cell - frame.clientWidth + 4;
  if (y < sheet.top) frame.scrollTop -= sheet.top - y;
  if (y + sheet.line > frame.clientHeight) frame.scrollTop += y + sheet.line - frame.clientHeight + 4;
}

function draw(view, sheet) {
  const { frame } = sheet;
  const { colours } = view;
  const size = [Math.min(sheet.size[0], frame.clientWidth), Math.min(sheet.size[1], frame.clientHeight)];
  if (!size[0] || !size[1]) return;
  const pen = fitCanvas(sheet.canvas, ...size);
  const [rows, columns] = sheet.shape;
  const first = { row: Math.floor(frame.scrollTop / sheet.line), column: firstColumn(sheet) };
  const last = {
    row: Math.min(rows, first.row + Math.ceil((size[1] - sheet.top) / sheet.line) + 1),
    column: Math.min(columns, first.column + Math.ceil((size[0] - sheet.left) / sheet.cell) + 1),
  };
  const look = { pen, fillOf: fills(view, sheet), pattern: sheet.mask && hatching(pen, colours), colours };
  for (let row = first.row; row < last.row; row++) {
    for (let column = first.column; column < last.column; column++) drawCell(sheet, [row, column], look);
  }
  for (const [cell, colour, thickness] of [[sheet.hovered, colours.muted, 2], [pickedIn(view, sheet), colours.text, 3]]) {
    if (!cell) continue;
    Object.assign(pen, { strokeStyle: colour, lineWidth: thickness });
    const [x, y] = cornerOf(sheet, cell);
    pen.strokeRect(x + 0.5, y + 0.5, sheet.cell - 1, sheet.line - 1);
  }
  drawLabels(sheet, pen, colours, size, first, last);
  tellView(view, sheet, size, first.column);
}

function firstColumn(sheet) {
  const wide = sheet.perGroup * sheet.cell + sheet.gap;
  const group = Math.floor(sheet.frame.scrollLeft / wide);
  const inside = Math.floor((sheet.frame.scrollLeft - group * wide) / sheet.cell);
  return Math.max(0, group * sheet.perGroup + Math.min(inside, sheet.perGroup - 1));
}

function pickedIn({ picked }, { n }) {
  return picked && picked[0] === n ? picked.slice(1) : null;
}

function fills({ colours, shades }, { role, limit }) {
  if (["plain", "count", "mask"].includes(role)) return () => colours.background;
  if (role === "weight") return (value) => shades.weight[Math.round(clamp(value, 0, 1) * 255)];
  return (value) => (value < 0 ? shades.down : shades.up)[Math.round(clamp(Math.abs(value) / (limit || 1), 0, 1) * 255)];
}

function drawCell(sheet, cell, { pen, fillOf, pattern, colours }) {
  const value = sheet.values[cell[0] * sheet.shape[1] + cell[1]];
  const hidden = isHidden(sheet, cell);
  const [x, y] = cornerOf(sheet, cell);
  const fill = hidden ? pattern : fillOf(value);
  pen.fillStyle = fill;
  pen.fillRect(x, y, sheet.cell - 1, sheet.line - 1);
  pen.fillStyle = hidden ? colours.text : readable(fill);
  Object.assign(pen, { textAlign: "center", textBaseline: "middle", font: `${sheet.style.font}px "Source Sans", sans-serif` });
  const label = sheet.cells.length ? sheet.cells[cell[0]][cell[1]] : null;
  const middle = x + (sheet.cell - 1) / 2;
  pen.fillText(shortText(value, sheet), middle, y + sheet.line * (label === null ? 0.5 : 0.72) + 0.5, sheet.cell - 3);
  if (label === null) return;
  pen.font = '600 12px "Source Code Pro", monospace';
  pen.fillText(fitText(pen, label, sheet.cell - 6), middle, y + sheet.line * 0.3);
}

// In a small cell a number with a power of ten has room for one digit; pointing at it gives them all.
function shortText(value, sheet) {
  const text = numberText(value, sheet);
  return sheet.style.small && text.includes("·10") ? value.toExponential(0).replaceAll("-", "−") : text;
}

// Row labels at the left, column names and heads at the top; they stay where they are while the numbers scroll.
function drawLabels(sheet, pen, colours, [width, height], first, last) {
  const { frame, style } = sheet;
  pen.fillStyle = colours.background;
  if (sheet.named) pen.fillRect(0, 0, sheet.left - 1, height);
  if (sheet.top) pen.fillRect(0, 0, width, sheet.top);
  Object.assign(pen, { fillStyle: colours.muted, textBaseline: "middle", textAlign: "right", font: `${style.label}px monospace` });
  for (let row = first.row; sheet.named && row < last.row; row++) {
    const y = sheet.top + (row + 0.5) * sheet.line - frame.scrollTop;
    if (y > sheet.top && sheet.rows[row] !== undefined) pen.fillText(fitText(pen, sheet.rows[row], sheet.left - 5), sheet.left - 4, y);
  }
  pen.textAlign = "center";
  for (let column = first.column; sheet.names && column < last.column; column++) {
    const x = edgeOf(sheet, column) - frame.scrollLeft + sheet.cell / 2;
    const place = column % sheet.perGroup;
    if (x > sheet.left) pen.fillText(fitText(pen, sheet.columns[place] ?? String(place + 1), sheet.cell - 4), x, sheet.top - style.header / 2);
  }
  if (!sheet.top || sheet.groups === 1) return;
  pen.textAlign = "left";
  for (let group = 0; group < sheet.groups; group++) {
    const [start, end] = [group, group + 1].map((n) => edgeOf(sheet, n * sheet.perGroup) - frame.scrollLeft);
    const x = Math.max(start, sheet.left) + 2;
    if (end - sheet.gap - x > 50 && x < width) pen.fillText(`head ${group + 1}`, x, style.header / 2);
  }
}

// Says which part of a large sheet is in view.
function tellView(view, sheet, size, first) {
  const [rows, columns] = sheet.shape;
  const limit = isSigned(sheet) ? `, ±${significant(sheet.limit)}` : "";
  const last = Math.min(columns, first + Math.floor((size[0] - sheet.left) / sheet.cell));
  const part = last - first < columns ? `; columns ${first + 1} to ${last} in view, scroll for the others` : "";
  sheet.view.textContent = view.meta.small ? "" : `${rows} × ${columns}${limit}${part}`;
}
