// A squarified treemap (Bruls, Huizing and van Wijk 2000) on a canvas: areas are numbers of parameters.

const HEIGHT = 430;
const HEAD = 18; // the strip with a group's name
const KINDS = {
  w_q: ["W_Q", "q"],
  w_k: ["W_K", "k"],
  w_v: ["W_V", "v"],
  w_o: ["W_O", "muted"],
  w_1: ["feed-forward", "negative"],
  w_2: ["feed-forward", "negative"],
  token: ["embedding", "weight"],
};

export default function ({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const shown = JSON.stringify(data);
  if (shown !== view.shown) {
    view.tree = treeOf(data);
    view.path = view.path.filter((_, depth) => findNode(view.tree, view.path.slice(0, depth + 1)));
    view.shown = shown;
  }
  draw(view);
  const stops = [onWidth(view.root, () => draw(view)), onTheme(view.root, () => draw(view))];
  return () => stops.forEach((stop) => stop());
}

function createView(root) {
  const view = { root, path: [], boxes: [] };
  view.crumbs = make("div", "crumbs");
  view.frame = make("div", "frame");
  view.canvas = make("canvas");
  view.canvas.setAttribute("role", "img");
  view.tip = make("div", "tip");
  view.tip.hidden = true;
  view.legend = make("div", "legend");
  view.frame.append(view.canvas, view.tip);
  root.append(view.crumbs, view.frame, view.legend);
  view.canvas.addEventListener("pointermove", (event) => hover(view, event));
  view.canvas.addEventListener("pointerleave", () => (view.tip.hidden = true));
  view.canvas.addEventListener("click", (event) => open(view, boxAt(view, event)));
  return view;
}

function treeOf({ title, arrays }) {
  const whole = { word: title, path: [], count: 0, children: [] };
  for (const [path, name, shape, count] of arrays) {
    let node = whole;
    node.count += count;
    path.forEach((word, depth) => {
      let child = node.children.find((each) => each.word === word);
      if (!child) {
        child = { word, path: path.slice(0, depth + 1), count: 0, children: [] };
        node.children.push(child);
      }
      child.count += count;
      node = child;
    });
    Object.assign(node, { name, shape });
  }
  return whole;
}

function findNode(tree, path) {
  return path.reduce((node, word) => node?.children.find((each) => each.word === word), tree);
}

function draw(view) {
  const { root, canvas, tree } = view;
  const colours = palette(root);
  const width = Math.max(root.clientWidth, 200);
  const context = fitCanvas(canvas, width, HEIGHT);
  const node = findNode(tree, view.path);
  view.boxes = [];
  lay(view, node, { x: 0, y: 0, w: width, h: HEIGHT });
  for (const box of view.boxes) drawBox(context, box, colours);
  canvas.setAttribute("aria-label", `${tree.word}: ${tree.count.toLocaleString("en")} parameters; the table has all numbers`);
  drawCrumbs(view);
  drawLegend(view, colours);
}

// Boxes of a node and of all that is in it, the outer ones first.
function lay(view, node, area) {
  view.boxes.push({ ...area, node });
  if (!node.children.length || area.w < 6 || area.h < 6) return;
  const head = area.h > 2.2 * HEAD && area.w > 34 ? HEAD : 1;
  const inside = { x: area.x + 1, y: area.y + head, w: area.w - 2, h: area.h - head - 1 };
  for (const [child, place] of squarify(node.children, inside)) lay(view, child, place);
}

// Rows of children along the shorter side, each row closed as soon as another child would make it less square.
function squarify(children, area) {
  const total = children.reduce((sum, child) => sum + child.count, 0);
  const placed = [];
  let { x, y, w, h } = area;
  let rest = [...children].sort((a, b) => b.count - a.count);
  let left = total;
  while (rest.length && w > 0 && h > 0) {
    const side = Math.min(w, h);
    const scale = (w * h) / left;
    let taken = 1;
    while (taken < rest.length && worst(rest, taken + 1, scale, side) <= worst(rest, taken, scale, side)) taken += 1;
    const row = rest.slice(0, taken);
    const count = row.reduce((sum, child) => sum + child.count, 0);
    const thick = Math.min((count * scale) / side, Math.max(w, h));
    let at = w >= h ? y : x;
    for (const child of row) {
      const long = (child.count / count) * side;
      placed.push([child, w >= h ? { x, y: at, w: thick, h: long } : { x: at, y, w: long, h: thick }]);
      at += long;
    }
    if (w >= h) [x, w] = [x + thick, w - thick];
    else [y, h] = [y + thick, h - thick];
    left -= count;
    rest = rest.slice(taken);
  }
  return placed;
}

function worst(children, n, scale, side) {
  const areas = children.slice(0, n).map((child) => child.count * scale);
  const thick = areas.reduce((sum, area) => sum + area, 0) / side;
  return Math.max(...areas.map((area) => Math.max(thick ** 2 / area, area / thick ** 2)));
}

function drawBox(context, { x, y, w, h, node }, colours) {
  const group = node.children.length > 0;
  const kind = KINDS[node.word];
  context.fillStyle = group ? mix(colours.background, colours.grid, 0.75) : kind ? colours[kind[1]] : colours.grid;
  context.fillRect(x, y, w, h);
  context.strokeStyle = colours.background;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, Math.max(w - 1, 0), Math.max(h - 1, 0));
  if (w < 30 || h < 14) return;
  context.font = `12px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textBaseline = "top";
  context.fillStyle = group || !kind ? colours.text : readable(context.fillStyle);
  context.fillText(fitText(context, node.word, w - 8), x + 4, y + 3);
  const count = node.count.toLocaleString("en");
  if (!group && h > 32 && context.measureText(count).width < w - 8) context.fillText(count, x + 4, y + 18);
}

// Black or white, whichever stands out more from a colour.
function readable(colour) {
  const [r, g, b] = parseColour(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 140 ? "#111114" : "#FFFFFF";
}

function boxAt(view, event) {
  const place = view.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - place.left, event.clientY - place.top];
  return view.boxes.findLast((box) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h);
}

function hover(view, event) {
  const box = boxAt(view, event);
  view.tip.hidden = !box;
  if (!box) return;
  const { node } = box;
  const lines = [node.name ?? (node.path.join(" · ") || node.word)];
  if (node.shape) lines.push(node.shape.map((size) => size.toLocaleString("en")).join(" × "));
  const share = significant((100 * node.count) / view.tree.count);
  lines.push(`${node.count.toLocaleString("en")} parameters, ${share} % of all`);
  view.tip.replaceChildren(...lines.map((line) => make("div", "", line)));
  const frame = view.frame.getBoundingClientRect();
  const x = Math.min(event.clientX - frame.left + 12, frame.width - view.tip.offsetWidth);
  const y = event.clientY - frame.top + 16;
  view.tip.style.transform = `translate(${Math.max(0, x)}px, ${y}px)`;
}

// The group that was hit, one level below what is shown now.
function open(view, box) {
  if (!box) return;
  const deeper = findNode(view.tree, box.node.path.slice(0, view.path.length + 1));
  if (!deeper?.children.length) return;
  view.path = deeper.path;
  view.tip.hidden = true;
  draw(view);
}

function drawCrumbs(view) {
  const words = [view.tree.word, ...view.path];
  view.crumbs.replaceChildren(
    ...words.map((word, depth) => {
      const crumb = make("button", "", word);
      crumb.disabled = depth === words.length - 1;
      crumb.addEventListener("click", () => {
        view.path = view.path.slice(0, depth);
        draw(view);
      });
      return crumb;
    }),
  );
}

function drawLegend(view, colours) {
  const kinds = new Map(Object.values(KINDS));
  view.legend.replaceChildren(
    ...[...kinds].map(([words, colour]) => {
      const entry = make("span", "entry");
      const swatch = make("i");
      swatch.style.background = colours[colour];
      entry.append(swatch, make("span", "", words));
      return entry;
    }),
  );
}
