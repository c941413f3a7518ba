// A squarified treemap (Bruls, Huizing and van Wijk 2000) on a canvas: areas are numbers of parameters.

const HEIGHT = 430;
const HEAD = 18; // the strip with a group's name
const KEYS = "Arrow keys go from box to box, Enter opens one, Escape closes it.";
const KINDS = {
  w_q: ["W_Q", "q"],
  w_k: ["W_K", "k"],
  w_v: ["W_V", "v"],
  w_o: ["W_O", "muted"],
  w_1: ["feed-forward", "negative"],
  w_2: ["feed-forward", "negative"],
  w_3: ["feed-forward", "negative"],
  token: ["embedding", "weight"],
};

export default ahead(receive);

function receive({ parentElement, data }) {
  return followModel(parentElement, data, create, drawAll).stop;
}

function create(root) {
  const view = { path: [], boxes: [] };
  view.total = make("h3");
  view.live = make("p", "live");
  view.live.append(make("span"), make("code", "", "sum(p.numel())"), " of the live model: ", make("b"), ". ", make("small"));
  view.crumbs = make("div", "crumbs");
  view.frame = make("div", "frame");
  view.canvas = make("canvas");
  view.canvas.setAttribute("role", "img");
  view.canvas.tabIndex = 0;
  view.tip = make("div", "tip");
  view.tip.hidden = true;
  view.tip.setAttribute("aria-live", "polite");
  view.legend = make("div", "legend");
  view.frame.append(view.canvas, view.tip);
  root.append(view.total, view.live, view.crumbs, view.frame, view.legend);
  view.canvas.addEventListener("pointermove", (event) => hover(view, event));
  view.canvas.addEventListener("pointerleave", () => (view.tip.hidden = true));
  view.canvas.addEventListener("click", (event) => open(view, boxAt(view, event)));
  view.canvas.addEventListener("keydown", (event) => onKey(view, event));
  view.canvas.addEventListener("blur", () => reach(view, null));
  return view;
}

function drawAll(view) {
  const { data, dragged } = view;
  view.tree = treeOf(data.title, arraysOf(view));
  view.path = view.path.filter((_, depth) => findNode(view.tree, view.path.slice(0, depth + 1)));
  writeTotal(view, dragged ? view.tree.count : data.total);
  draw(view);
}

// The total, and the live model's, which only the server can count.
function writeTotal({ data, dragged, total, live }, count) {
  const [tick, , , number, , words] = live.childNodes;
  const put = (node, text) => node.textContent === text || (node.textContent = text);
  put(total, `${count.toLocaleString("en")} parameters`);
  put(tick, dragged ? "… " : count === data.live ? "✓ " : "✗ ");
  put(number, dragged ? "let go, and it is counted" : data.live.toLocaleString("en"));
  put(words, data.words);
}

function treeOf(title, arrays) {
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
  const reached = view.boxes.find((box) => box.node.path.join() === view.reached);
  if (reached) {
    Object.assign(context, { lineWidth: 4, strokeStyle: colours.text });
    context.strokeRect(reached.x + 2, reached.y + 2, reached.w - 4, reached.h - 4);
  }
  canvas.setAttribute("aria-label", `${tree.word}: ${tree.count.toLocaleString("en")} parameters; the table has all numbers. ${KEYS}`);
  drawCrumbs(view);
  if (view.legend.dark !== colours.dark) drawLegend(view, colours);
  view.legend.dark = colours.dark;
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

function boxAt(view, event) {
  const place = view.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - place.left, event.clientY - place.top];
  return view.boxes.findLast((box) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h);
}

function hover(view, event) {
  const place = view.canvas.getBoundingClientRect();
  tell(view, boxAt(view, event), event.clientX - place.left, event.clientY - place.top);
}

// The arrow keys go through the boxes of what is shown now, the largest first.
function onKey(view, event) {
  const boxes = view.boxes.filter(({ node }) => node.path.length === view.path.length + 1);
  const at = boxes.findIndex(({ node }) => node.path.join() === view.reached);
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step && boxes.length) reach(view, boxes[at < 0 ? 0 : clampIndex(at + step, boxes.length)]);
  else if (event.key === "Enter" || event.key === " ") open(view, boxes[at]);
  else if (event.key === "Escape" && view.path.length) close(view);
  else return;
  event.preventDefault();
}

function clampIndex(at, length) {
  return Math.min(Math.max(at, 0), length - 1);
}

// Back to the group around, with the one that was open in the frame.
function close(view) {
  const closed = view.path.join();
  view.path = view.path.slice(0, -1);
  draw(view);
  reach(view, view.boxes.find(({ node }) => node.path.join() === closed));
}

function reach(view, box) {
  view.reached = box?.node.path.join();
  draw(view);
  tell(view, box, box?.x, box?.y);
}

// What is known of a box, beside a place on the canvas.
function tell(view, box, left, top) {
  view.tip.hidden = !box;
  if (!box) return;
  const { node } = box;
  const lines = [node.name ?? (node.path.join(" · ") || node.word)];
  if (node.shape) lines.push(node.shape.map((size) => size.toLocaleString("en")).join(" × "));
  const share = significant((100 * node.count) / view.tree.count);
  lines.push(`${node.count.toLocaleString("en")} parameters, ${share} % of all`);
  view.tip.replaceChildren(...lines.map((line) => make("div", "", line)));
  const x = Math.min(left + 12, view.frame.clientWidth - view.tip.offsetWidth);
  view.tip.style.transform = `translate(${Math.max(0, x)}px, ${top + 16}px)`;
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
  if (words.join("/") === view.words) return;
  view.words = words.join("/");
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
