// The skeleton of Figure 1, once for each model: what it keeps is drawn, what it leaves out is only hinted at.

const NARROW = 240; // a drawing is no narrower, or they stand one below the other
const GAP = 32; // as between Streamlit's columns
const [BOX, HIGH, STEP] = [134, 36, 48]; // of a box: width, height, and from one to the next
const [LEFT, RIGHT] = [34, 190]; // where the two stacks begin
const [WIDTH, HEIGHT] = [358, 262];
// From the bottom up: which stack, and which row.
const PLACES = {
  "encoder embedding": [LEFT, 0],
  "encoder self-attention": [LEFT, 1],
  "encoder feed-forward": [LEFT, 2],
  "decoder embedding": [RIGHT, 0],
  "decoder self-attention": [RIGHT, 1],
  "cross-attention": [RIGHT, 2],
  "decoder feed-forward": [RIGHT, 3],
};

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  const view = stateOf(parentElement, () => {
    const fresh = { root };
    const stops = [onWidth(root, () => build(fresh)), onTheme(root, () => build(fresh))];
    fresh.stop = () => stops.forEach((stop) => stop());
    return fresh;
  });
  view.skeletons = data.skeletons;
  build(view);
  return view.stop;
}

function build({ root, skeletons }) {
  if (!skeletons || !root.clientWidth) return;
  const across = Math.max(1, Math.min(skeletons.length, Math.floor((root.clientWidth + GAP) / (NARROW + GAP))));
  const width = Math.floor((root.clientWidth - GAP * (across - 1)) / across);
  const colours = palette(root);
  const grid = make("div", "skeletons");
  grid.style.gridTemplateColumns = `repeat(${across}, ${width}px)`;
  grid.append(...skeletons.map((each) => drawing(each, Math.min(width, WIDTH * 1.2), colours)));
  root.replaceChildren(grid);
}

function drawing({ title, words, encoder, decoder, parts }, width, colours) {
  const place = make("div", "skeleton");
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", words);
  const scale = width / WIDTH;
  const pen = fitCanvas(canvas, width, HEIGHT * scale);
  pen.scale(scale, scale);
  for (const [x, rows, layers] of [[LEFT, 2, encoder], [RIGHT, 3, decoder]]) drawFrame(pen, colours, x, rows, layers);
  const kept = Object.fromEntries(parts.map((part) => [part.name, part.kept]));
  const output = kept["decoder feed-forward"] ? [RIGHT, 4] : [LEFT, 3]; // above the stack that answers
  drawArrows(pen, colours, kept, output);
  for (const part of parts) drawPart(pen, colours, part, PLACES[part.name] ?? output);
  place.append(make("div", "heading", title), canvas);
  return place;
}

function top([, row]) {
  return HEIGHT - 3 - HIGH - row * STEP - (row > 0 ? 8 : 0);
}

function drawFrame(pen, colours, x, rows, layers) {
  const [above, below] = [top([x, rows]) - 6, top([x, 1]) + HIGH + 6];
  pen.setLineDash([2, 4]);
  pen.strokeStyle = layers ? colours.muted : colours.grid;
  pen.strokeRect(x - 8, above, BOX + 16, below - above);
  pen.setLineDash([]);
  if (!layers) return;
  if (x === LEFT) write(pen, `${layers} ×`, x - 13, (above + below) / 2, 14, colours.text, "right");
  else write(pen, `${layers} ×`, x + BOX + 13, (above + below) / 2, 14, colours.text, "left");
}

function drawArrows(pen, colours, kept, output) {
  const arrow = (from, to) => {
    pen.strokeStyle = pen.fillStyle = colours.muted;
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
    pen.beginPath();
    const [angle, [x, y]] = [Math.atan2(to[1] - from[1], to[0] - from[0]), to];
    for (const turn of [0, 2.6, -2.6]) pen.lineTo(x + (turn ? 6 * Math.cos(angle + turn) : 0), y + (turn ? 6 * Math.sin(angle + turn) : 0));
    pen.fill();
  };
  const up = (x, rows) => {
    const middle = x + BOX / 2;
    rows.slice(1).forEach((row, n) => arrow([middle, top([x, rows[n]])], [middle, top([x, row]) + HIGH]));
  };
  if (kept["encoder feed-forward"]) up(LEFT, output[0] === LEFT ? [0, 1, 2, 3] : [0, 1, 2]);
  if (kept["decoder feed-forward"]) up(RIGHT, kept["cross-attention"] ? [0, 1, 2, 3, 4] : [0, 1, 3, 4]);
  if (kept["cross-attention"]) arrow([LEFT + BOX, top([LEFT, 2]) + HIGH / 2], [RIGHT, top([RIGHT, 2]) + HIGH / 2]);
}

function drawPart(pen, colours, { name, title, kept, detail }, place) {
  const [x, y] = [place[0], top(place)];
  const attention = /attention/.test(name);
  pen.fillStyle = kept && attention ? mix(colours.background, colours.weight, 0.14) : colours.background;
  pen.strokeStyle = kept ? (attention ? colours.weight : colours.muted) : colours.grid;
  pen.setLineDash(kept ? [] : [4, 4]);
  pen.beginPath();
  pen.roundRect(x, y, BOX, HIGH, 5);
  pen.fill();
  pen.stroke();
  pen.setLineDash([]);
  const ink = kept ? colours.text : mix(colours.background, colours.muted, 0.6);
  write(pen, title, x + BOX / 2, y + (detail ? 12 : HIGH / 2), 12.5, ink, "center", kept ? 600 : 400);
  if (detail) write(pen, detail, x + BOX / 2, y + 26, 12.5, colours.muted, "center");
}

function write(pen, text, x, y, size, colour, align, weight = 400) {
  pen.font = `${weight} ${size}px "Source Sans", sans-serif`;
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}
