// Queries on the left, keys on the right, a line per weight. One token can be singled out, by pointer or by keys.

const TOP = 26;

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  Object.assign(view, { meta, arrays, colours: palette(view.root), alone: null, held: null });
  view.picture.setAttribute(
    "aria-label",
    `${meta.title}: lines from ${meta.queries.length} queries to ${meta.keys.length} keys, as wide as their weights. ` +
      "Arrow keys single out a token, Escape shows all.",
  );
  view.words = [addWords(view, "queries"), addWords(view, "keys")];
  view.note.textContent = explain(view);
  draw(view);
  return view.stop;
}

function createView(root) {
  const view = { root, picture: make("div", "picture"), note: make("div", "note"), spoken: make("div", "spoken") };
  view.canvas = make("canvas");
  view.canvas.setAttribute("aria-hidden", "true");
  view.picture.tabIndex = 0;
  view.picture.setAttribute("role", "group");
  view.spoken.setAttribute("aria-live", "polite");
  root.append(view.picture, view.note, view.spoken);
  view.picture.addEventListener("keydown", (event) => onKey(view, event));
  view.stop = onWidth(root, () => draw(view));
  return view;
}

function addWords(view, side) {
  if (side === "queries") view.picture.replaceChildren(view.canvas);
  view.picture.append(make("div", `heading ${side}`, side === "queries" ? "query: who looks" : "key: who is looked at"));
  const ids = view.arrays[side === "queries" ? "query_ids" : "key_ids"].data;
  return view.meta[side].map((label, i) => {
    const word = make("div", `word ${side}`);
    word.append(make("span", "token", label), make("span", "number"));
    word.firstChild.title = `${side === "queries" ? "query" : "key"} ${i + 1}: ${label} (id ${ids[i]})`;
    word.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && single(view, [side, i]));
    word.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && single(view, view.held));
    word.addEventListener("click", () => {
      view.held = String(view.held) === String([side, i]) ? null : [side, i];
      single(view, view.held ?? null);
    });
    view.picture.append(word);
    return word;
  });
}

function explain({ arrays, meta }) {
  let [count, few, lost, total] = [0, 0, 0, 0];
  arrays.weights.data.forEach((weight, i) => {
    if (!arrays.mask.data[i]) return;
    count += 1;
    total += weight;
    if (weight < meta.threshold) [few, lost] = [few + 1, lost + weight];
  });
  const words = "Width and strength of a line: its weight. Point at a token to see its weights alone, as numbers; a click holds it.";
  if (!few) return `${words} All ${count} weights are drawn.`;
  const share = significant((100 * lost) / total, 2);
  return `${words} Not drawn: ${few} of ${count} weights, those below ${meta.threshold}; together ${share} % of the attention.`;
}

function onKey(view, event) {
  const [side, i] = view.held ?? ["queries", -1];
  const count = view.meta[side].length;
  const other = side === "queries" ? "keys" : "queries";
  const moves = {
    ArrowDown: [side, Math.min(i + 1, count - 1)],
    ArrowUp: [side, Math.max(i - 1, 0)],
    ArrowLeft: [other, Math.max(0, Math.min(i, view.meta[other].length - 1))],
    ArrowRight: [other, Math.max(0, Math.min(i, view.meta[other].length - 1))],
    Escape: null,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  view.held = moves[event.key];
  single(view, view.held);
  view.spoken.textContent = view.held ? view.words[view.held[0] === "keys" ? 1 : 0][view.held[1]].firstChild.title : "all";
}

function single(view, token) {
  view.alone = token;
  mark(view);
}

function layOut(view) {
  const { root, meta, picture } = view;
  const count = Math.max(meta.queries.length, meta.keys.length);
  const step = count <= 12 ? 34 : count <= 24 ? 27 : 20;
  const width = Math.min(root.clientWidth, 760);
  const font = Math.min(width < 480 ? 13 : 16, step - 7);
  picture.style.width = `${width}px`;
  picture.style.height = `${TOP + count * step}px`;
  const words = [...view.words[0], ...view.words[1]];
  for (const word of words) {
    word.style.fontSize = `${font}px`;
    word.style.height = `${step}px`;
    word.firstChild.style.maxWidth = `${Math.floor(width * 0.27)}px`;
  }
  const widest = (side) => Math.max(...view.words[side].map((word) => word.firstChild.offsetWidth));
  const number = width < 480 ? 44 : 54;
  Object.assign(view, { step, width, from: number + widest(0) + 4, to: width - number - widest(1) - 4 });
  view.words[0].forEach((word, i) => {
    word.style.top = `${TOP + i * step}px`;
    word.style.right = `${width - view.from}px`;
    word.style.left = "0";
    word.style.justifyContent = "flex-start";
  });
  view.words[1].forEach((word, i) => {
    word.style.top = `${TOP + i * step}px`;
    word.style.left = `${view.to}px`;
    word.style.right = "0";
  });
  const [left, right] = picture.querySelectorAll(".heading");
  left.style.right = `${width - view.from}px`;
  right.style.left = `${view.to}px`;
}

function draw(view) {
  if (!view.arrays || !view.root.clientWidth) return;
  layOut(view);
  mark(view);
}

// The lines of all tokens, or of the one that is singled out, and beside the tokens its numbers.
function mark(view) {
  const { alone, meta, arrays, canvas, colours, from, to, step, width } = view;
  const keys = meta.keys.length;
  const context = fitCanvas(canvas, width, TOP + step * Math.max(meta.queries.length, keys));
  context.strokeStyle = colours.weight;
  const shown = (query, key) => !alone || alone[1] === (alone[0] === "queries" ? query : key);
  const order = Array.from(arrays.weights.data.keys()).filter((i) => {
    return arrays.weights.data[i] >= meta.threshold && shown(Math.floor(i / keys), i % keys);
  });
  order.sort((a, b) => arrays.weights.data[a] - arrays.weights.data[b]); // the strongest on top
  for (const i of order) {
    const weight = arrays.weights.data[i];
    const [y1, y2] = [Math.floor(i / keys), i % keys].map((n) => TOP + (n + 0.5) * step);
    context.globalAlpha = 0.12 + 0.88 * weight;
    context.lineWidth = 0.6 + weight * Math.min(12, step * 0.4);
    context.beginPath();
    context.moveTo(from, y1);
    context.bezierCurveTo((from * 2 + to) / 3, y1, (from + to * 2) / 3, y2, to, y2);
    context.stroke();
  }
  view.words.forEach((words, side) => words.forEach((word, i) => markWord(view, word, side ? "keys" : "queries", i)));
}

function markWord({ alone, arrays, meta }, word, side, i) {
  const lit = alone && alone[0] === side && alone[1] === i;
  word.classList.toggle("lit", Boolean(lit));
  word.lastChild.textContent = "";
  word.lastChild.title = "";
  if (!alone || alone[0] === side) {
    word.classList.toggle("far", Boolean(alone) && !lit);
    return;
  }
  const cell = side === "keys" ? alone[1] * meta.keys.length + i : i * meta.keys.length + alone[1];
  const allowed = arrays.mask.data[cell];
  word.classList.toggle("far", !allowed || arrays.weights.data[cell] < meta.threshold);
  word.lastChild.textContent = allowed ? significant(arrays.weights.data[cell]) : "masked";
  word.lastChild.title = allowed ? exact(arrays.weights.data[cell]) : "may not be looked at";
}
