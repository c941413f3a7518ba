// The tree of a beam search. Only the columns that can be seen are drawn: a wide beam has thousands of nodes.

const FATES = ["root", "live", "ended", "dropped"];
const WORDS = { root: "the beginning", ended: "ended", dropped: "dropped" }; // what is live has a name of the caller's
const FEW = 120; // so many nodes can all be seen at once
const WAIT = 120; // milliseconds after the last of several quick arrow keys until the server hears of it

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const shown = JSON.stringify([meta.title, meta.labels, Array.from(arrays.whole.data), Array.from(arrays.real.data)]);
  view.send = () => {
    view.sending = null;
    if (meta.picks) setTriggerValue("select", { node: view.selected.index });
  };
  if (shown !== view.shown) {
    clearTimeout(view.sending);
    const words = { ...WORDS, live: meta.live };
    Object.assign(view, { shown, sending: null, hover: null, words, nodes: readNodes(meta, arrays) });
    view.dropped = view.nodes.filter((node) => node.fate === "dropped").length;
    view.toggle.firstChild.checked = view.chosen ?? view.nodes.length <= FEW;
  }
  if (!view.sending) view.selected = view.nodes[meta.selected] ?? null;
  if (view.selected?.fate === "dropped") view.toggle.firstChild.checked = true;
  view.toggle.hidden = view.dropped === 0;
  view.toggle.lastChild.textContent = ` show the ${view.dropped.toLocaleString("en")} dropped ones`;
  writeLegend(view);
  view.scroll.setAttribute("aria-label", `${meta.title} Arrow keys move along the tree, Home and End to its ends.`);
  layOut(view);
  if (meta.follows && view.selected) showNode(view, view.selected);
  return view.stop;
}

function createView(root) {
  const view = { root, readout: make("div", "readout"), scroll: make("div", "scroll"), sending: null };
  view.svg = drawn("svg");
  view.scroll.append(view.svg);
  view.scroll.tabIndex = 0;
  view.scroll.setAttribute("role", "group");
  view.readout.setAttribute("aria-live", "polite");
  view.toggle = make("label", "toggle");
  view.toggle.append(Object.assign(make("input"), { type: "checkbox" }), make("span"));
  view.legend = make("div", "legend");
  root.append(view.readout, view.scroll, view.legend);
  view.toggle.firstChild.addEventListener("change", (event) => showDropped(view, event.target.checked));
  view.scroll.addEventListener("scroll", () => drawColumns(view), { passive: true });
  view.scroll.addEventListener("keydown", (event) => onKey(view, event));
  view.svg.addEventListener("click", (event) => nodeOf(view, event) && select(view, nodeOf(view, event)));
  view.svg.addEventListener("pointermove", (event) => point(view, nodeOf(view, event)));
  view.svg.addEventListener("pointerleave", () => point(view, null));
  const paint = () => {
    const colours = palette(root);
    for (const name of ["weight", "muted", "grid"]) root.style.setProperty(`--${name}`, colours[name]);
  };
  paint();
  const stops = [onTheme(root, paint), onWidth(root, () => drawColumns(view)), () => clearTimeout(view.sending)];
  view.stop = () => stops.forEach((stop) => stop());
  return view;
}

// Only what this tree has.
function writeLegend({ legend, nodes, words, toggle }) {
  const entries = [["winner", "on the best path"], ...["live", "ended", "dropped"].map((fate) => [fate, words[fate]])];
  const looks = new Set(nodes.map((node) => (node.winning && node.fate !== "ended" ? "winner" : node.fate)));
  const there = ([name]) => looks.has(name);
  const written = entries.filter(there).map(([name, said]) => {
    const entry = make("span", "entry");
    entry.append(make("span", `key ${name}`), said);
    return entry;
  });
  legend.replaceChildren(...written, toggle);
}

function drawn(tag, attributes = {}, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function readNodes({ labels }, arrays) {
  const { buffer, byteOffset, length } = arrays.real.data;
  const real = new Float64Array(buffer, byteOffset, length / 8);
  const nodes = [];
  labels.forEach((label, index) => {
    const [parent, step, id, fate, winning] = arrays.whole.data.subarray(5 * index, 5 * index + 5);
    const [logP, logProbability, score] = real.subarray(3 * index, 3 * index + 3);
    const node = { index, label, parent: nodes[parent] ?? null, step, id, fate: FATES[fate], winning: winning === 1 };
    nodes.push(Object.assign(node, { logP, logProbability, score, number: significant(logProbability), children: [] }));
    node.parent?.children.push(node);
  });
  return nodes;
}

function isShown(view, node) {
  return node.fate !== "dropped" || view.toggle.firstChild.checked;
}

function showDropped(view, shows) {
  view.chosen = shows;
  if (!shows && view.selected?.fate === "dropped") select(view, view.selected.parent);
  const seen = view.layout.columns.find((column) => column.x >= view.scroll.scrollLeft)?.nodes ?? [];
  layOut(view);
  showNode(view, view.selected ?? seen.find((node) => node.winning) ?? view.nodes[0]); // it stands elsewhere now
}

function layOut(view) {
  const state = `${view.shown} ${view.toggle.firstChild.checked}`;
  if (view.laidOut !== state) {
    const pen = (layOut.pen ??= document.createElement("canvas").getContext("2d"));
    const font = `${getComputedStyle(view.root).getPropertyValue("--st-code-font")}, monospace`;
    const measure = (text, size) => {
      pen.font = `${size}px ${font}`;
      return pen.measureText(text).width;
    };
    view.fit = (node, text) => {
      pen.font = `${node.font}px ${font}`;
      return fitText(pen, text, WIDEST);
    };
    view.layout = layOutTree(view.nodes, (node) => isShown(view, node), measure);
    view.svg.replaceChildren();
    view.svg.setAttribute("width", view.layout.width);
    view.svg.setAttribute("height", view.layout.height);
    if (!view.laidOut) showNode(view, view.nodes[0]);
    view.laidOut = state;
  }
  drawColumns(view);
  mark(view);
}

// Draws the columns that are in view, with one more on each side, and takes away the others.
function drawColumns(view) {
  if (!view.layout) return;
  const [left, right] = [view.scroll.scrollLeft, view.scroll.scrollLeft + view.scroll.clientWidth];
  for (const column of view.layout.columns) {
    const near = column.x + column.width > left - 2 * WIDEST && column.x - BETWEEN < right + 2 * WIDEST;
    if (!near) column.element?.remove();
    else if (!column.element) view.svg.append((column.element = drawColumn(view, column)));
    else if (!column.element.isConnected) view.svg.append(column.element);
  }
}

function drawColumn(view, { nodes }) {
  const group = drawn("g");
  const order = (node) => (node.fate === "dropped" ? 0 : node.winning ? 2 : 1);
  const behind = [...nodes].sort((a, b) => order(a) - order(b));
  group.append(...behind.filter((node) => node.parent).map(drawEdge), ...nodes.map((node) => drawNode(view, node)));
  return group;
}

function classOf(node) {
  return [node.fate, node.winning && "winner"].filter(Boolean).join(" ");
}

function drawEdge(node) {
  const { parent, x, y } = node;
  const [from, clear] = [parent.x + parent.width, x - BETWEEN]; // straight past the wider tokens of its column
  const half = (clear + x) / 2;
  const path = `M${from},${parent.y} H${clear} C${half},${parent.y} ${half},${y} ${x},${y}`;
  return (node.edge = drawn("path", { d: path, class: `edge ${classOf(node)}` }));
}

function drawNode(view, node) {
  const { x, y, width, height, fate } = node;
  const group = (node.element = drawn("g", { class: `node ${classOf(node)}`, "data-node": node.index }));
  const box = (inset) =>
    drawn("rect", {
      x: x + inset,
      y: y - height / 2 + inset,
      width: width - 2 * inset,
      height: height - 2 * inset,
      rx: 5 - inset / 2,
    });
  group.append(box(0));
  if (fate === "ended") group.append(box(3.5));
  const middle = x + width / 2;
  const text = view.fit(node, node.label);
  const up = fate === "dropped" ? 0 : -8;
  group.append(drawn("text", { x: middle, y: y + up, class: "label", "font-size": node.font }, text));
  if (fate !== "dropped") group.append(drawn("text", { x: middle, y: y + 11, class: "number" }, node.number));
  return group;
}

function nodeOf(view, event) {
  const element = event.target.closest?.("[data-node]");
  return element ? view.nodes[Number(element.dataset.node)] : null;
}

function point(view, node) {
  if (node === view.hover) return;
  view.hover = node;
  mark(view);
}

function select(view, node) {
  view.selected = node;
  view.hover = null;
  sendSoon(view, () => view.send(), WAIT);
  mark(view);
}

function onKey(view, event) {
  const node = view.selected ?? view.nodes[0];
  const column = view.layout.columns[node.step].nodes;
  const at = column.indexOf(node);
  const steps = { ArrowLeft: node.parent, ArrowUp: column[at - 1], ArrowDown: column[at + 1], Home: view.nodes[0] };
  if (event.key === "ArrowRight") steps.ArrowRight = bestChild(view, node);
  if (event.key === "End") steps.End = view.nodes.findLast((each) => each.winning);
  if (event.key === "Enter" || event.key === " ") steps[event.key] = node;
  if (!(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation(); // the same arrow keys may step through the page when the tree has no focus
  const next = view.selected ? steps[event.key] : node;
  if (!next) return;
  showNode(view, next);
  select(view, next);
}

function bestChild(view, { children }) {
  const rank = (node) => (node.winning ? 2 : node.fate === "dropped" ? 0 : 1);
  const shown = children.filter((node) => isShown(view, node));
  return shown.sort((a, b) => rank(b) - rank(a) || b.logProbability - a.logProbability)[0];
}

// Scrolls the tree, never the page, just so far that the node is seen, with some of its surroundings.
function showNode({ scroll }, { x, y, width, height }) {
  const [across, down] = [BETWEEN, height];
  scroll.scrollLeft = Math.min(x - across, Math.max(scroll.scrollLeft, x + width + across - scroll.clientWidth));
  scroll.scrollTop = Math.min(y - down, Math.max(scroll.scrollTop, y + down - scroll.clientHeight));
}

// What follows the pointer and the choice: the framed node, the lit path to it, and the words above.
function mark(view) {
  const told = view.hover ?? view.selected;
  for (const element of view.svg.querySelectorAll(".chosen, .lit")) element.classList.remove("chosen", "lit");
  view.selected?.element?.classList.add("chosen");
  for (let node = told; node; node = node.parent) node.edge?.classList.add("lit");
  readOut(view, told);
}

function readOut({ readout, words: said }, node) {
  if (!node) {
    readout.replaceChildren(make("span", "quiet", "Point at a token, or choose one, to see its numbers."));
    return;
  }
  const words = make("div", "path");
  const path = [];
  for (let each = node; each; each = each.parent) path.unshift(each);
  words.append(...path.map((each) => make("span", "token", each.label)));
  const facts = make("div", "facts");
  facts.append(make("span", "", `${said[node.fate]}${node.winning ? ", on the best path" : ""}`));
  readout.replaceChildren(words, facts);
  words.scrollLeft = words.scrollWidth; // a long path: its end is what is asked about
  if (node.fate === "root") return;
  facts.append(make("span", "quiet", `id ${node.id}`));
  const numbers = [["log p of this token", node.logP], ["log p of the whole", node.logProbability], ["score", node.score]];
  for (const [name, value] of numbers.filter(([, value]) => !Number.isNaN(value))) {
    const fact = make("span", "fact", `${name} `);
    fact.append(make("b", "", significant(value)), make("span", "quiet", ` ${String(value).replaceAll("-", "−")}`));
    facts.append(fact);
  }
}
