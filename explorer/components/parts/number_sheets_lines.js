// How small sheets stand in lines: as large as they may be while all of them fit the window, if they can.

const SMALL = { small: true, label: 10, gap: 3, most: 34, header: 0 };
const BETWEEN = 7; // from one table to the next
const CAPTION = 14; // the line above each table
const LEGEND = { width: 330, height: 18 };
const CELL = { least: 21, usual: 30, most: 38 };
const LINE = { least: 11, usual: 13, most: 15 };

// The lines of sheets, each of which gets its size.
function arrange(view) {
  const width = view.root.clientWidth;
  const height = window.innerHeight - view.top - 4;
  const usual = Math.max(1, Math.floor((width - 40) / (8 * CELL.usual + BETWEEN)));
  const cellOf = (beside) => Math.min(CELL.most, Math.floor(((width - 40) / beside - BETWEEN - 2) / 8));
  for (let beside = usual; cellOf(beside) >= CELL.least; beside++) {
    for (let line = LINE.most; line >= LINE.least; line--) {
      const lines = setInLines(view, smallStyle(cellOf(beside), line), width);
      if (heightOf(lines, width) <= height) return lines;
    }
  }
  return setInLines(view, smallStyle(CELL.usual, LINE.usual), width);
}

// Where the element begins on its page when nothing is scrolled.
function topOf(root) {
  let top = root.getBoundingClientRect().top;
  for (let node = root; node; node = node.parentElement ?? node.getRootNode().host) top += node.scrollTop ?? 0;
  return top;
}

function smallStyle(cell, line) {
  return { ...SMALL, cell, line, font: Math.min(11, line - 1, cell / 2.1) };
}

// The rows of a table are named where a line begins, and where they are not those of the table before it.
function setInLines(view, style, width) {
  const lines = [];
  let [line, end] = [[], Infinity];
  for (const sheet of view.sheets) {
    const before = line.at(-1);
    layOut(view, sheet, style, !before || String(before.rows) !== String(sheet.rows));
    if (end + BETWEEN + sheet.wide > width) {
      layOut(view, sheet, style, true);
      lines.push((line = []));
      end = -BETWEEN;
    }
    line.push(sheet);
    end += BETWEEN + sheet.wide;
  }
  return lines;
}

function heightOf(lines, width) {
  const last = lines.at(-1).reduce((sum, sheet) => sum + sheet.wide + BETWEEN, 0);
  const tall = (line) => CAPTION + Math.max(...line.map((sheet) => sheet.size[1]));
  return lines.reduce((sum, line) => sum + tall(line), last + LEGEND.width > width ? LEGEND.height : 0);
}

// What the caption of a small sheet needs, whose table may be narrower.
function captionWidth(pen, { section, heading, label }) {
  const plain = label.replace(/[_^{}]/g, "");
  pen.font = '11px "Source Sans", sans-serif';
  const words = pen.measureText(heading).width + 14;
  pen.font = '600 11px "Source Sans", sans-serif';
  const bold = section ? pen.measureText(section).width + 4 : 0;
  pen.font = "italic 12px KaTeX_Math, serif";
  return Math.ceil(bold + words + pen.measureText(plain).width);
}
