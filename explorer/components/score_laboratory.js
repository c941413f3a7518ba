// The laboratory of the scores: its slider chooses among the sizes m whose numbers have all been sent at once.

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  view.tell = (m) => setTriggerValue("size", m);
  const { meta, arrays } = unpack(data);
  Object.assign(view, { meta, ...read(arrays), painted: "" });
  // An answer to an earlier move, while a later one is under way, brings its numbers but not its m.
  if (!view.dragging && (!view.waiting || view.waiting === meta.m)) {
    view.waiting = null;
    view.m = meta.m;
    view.box.value = meta.m;
    view.problem.textContent = "";
  }
  view.at = nearest(view.sizes, view.m);
  Object.assign(view.range, { min: 0, max: view.sizes.length - 1, step: 1, value: view.at });
  drawAll(view);
  return view.stop;
}

function read({ sizes, measured, theory, scores, weights }) {
  const [n, keys] = [sizes.shape[0], scores.shape[2]];
  const rows = ({ data }, first, length) => Array.from(data.subarray(first, first + length));
  const curves = (array) => Array.from({ length: array.shape[0] }, (_, each) =>
    [0, 1].map((way) => rows(array, (2 * each + way) * n, n)));
  const ofQuery = (array) => [0, 1].map((way) => (at) => rows(array, (way * n + at) * keys, keys));
  return {
    sizes: Array.from(sizes.data), measured: curves(measured), theory: curves(theory),
    scores: ofQuery(scores), weights: ofQuery(weights),
  };
}

function createView(root) {
  const view = { root, hover: null, hoverKey: null, curves: [], range: make("input"), box: make("input") };
  view.problem = make("p", "problem");
  view.problem.setAttribute("role", "alert");
  view.bars = [0, 1].map((way) => makeScorePanel(`Weights of the first query, ${way ? "without" : "with 1/√m"}`));
  view.panels = make("div", "panels");
  view.spoken = make("div", "spoken");
  view.spoken.setAttribute("aria-live", "polite");
  root.append(sliderRow(view), view.problem, view.panels, legend(), view.spoken);
  view.bars.forEach((panel, way) => listenToBars(view, panel, way));
  view.stop = redrawing(view, drawAll);
  return view;
}

function makeScorePanel(title) {
  const panel = makePanel(title, `${title}. Arrow keys read the values.`);
  panel.facts = make("div", "facts");
  panel.heading.after(panel.facts);
  panel.marks.tabIndex = 0;
  return panel;
}

function sliderRow(view) {
  const row = make("div", "slider");
  view.range.type = "range";
  view.range.setAttribute("aria-label", "Size m of q and k");
  Object.assign(view.box, { type: "text", inputMode: "numeric", autocomplete: "off", spellcheck: false });
  view.box.setAttribute("aria-label", "Size m as a number");
  view.range.addEventListener("input", () => choose(view, Number(view.range.value), false));
  view.range.addEventListener("change", () => choose(view, Number(view.range.value), true));
  view.box.addEventListener("change", () => type(view));
  const name = make("span", "name");
  name.append("Size ", make("i", "", "m"), " of q and k");
  row.append(name, view.range, view.box);
  return row;
}

function legend() {
  const names = make("div", "names");
  const item = (sign, text) => {
    const span = make("span");
    span.append(make("i", `line ${sign}`), text);
    return span;
  };
  names.append(item("", "with 1/√m"), item("thin", "without"), item("dashed", "dashed: the theory, where there is one"));
  return names;
}

function listenToBars(view, panel, way) {
  const point = (j) => {
    const n = view.weights[way](view.at).length;
    view.hoverKey = j === null || j < 0 || j >= n ? null : j;
    drawMoving(view);
  };
  panel.marks.addEventListener("pointermove", ({ offsetX }) => {
    const { x, width } = panel.plot;
    point(Math.floor(((offsetX - x) / width) * view.weights[way](view.at).length));
  });
  panel.marks.addEventListener("pointerleave", () => point(null));
  onArrows(panel.marks, (step) => point(Math.max(0, (view.hoverKey ?? -1) + step)));
}

function listenToCurves(view, panel) {
  const point = (at) => {
    view.hover = at === null ? null : Math.min(Math.max(at, 0), view.sizes.length - 1);
    drawMoving(view);
  };
  const under = ({ offsetX }) => {
    const { x, width } = panel.plot;
    return nearest(view.sizes, view.sizes.at(-1) ** ((offsetX - x) / width));
  };
  panel.marks.addEventListener("pointermove", (event) => point(under(event)));
  panel.marks.addEventListener("pointerleave", () => point(null));
  panel.marks.addEventListener("click", (event) => choose(view, under(event), true));
  onArrows(panel.marks, (step) => point((view.hover ?? view.at) + step));
}

function onArrows(element, move) {
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  });
}

// The stop that is nearest to m on the slider, whose steps are factors.
function nearest(sizes, m) {
  const far = (size) => Math.abs(Math.log(size / m));
  return sizes.reduce((best, size, at) => (far(size) < far(sizes[best]) ? at : best), 0);
}

// While the slider is held, the server hears nothing.
function choose(view, at, done) {
  view.at = at;
  view.m = view.sizes[at];
  view.box.value = view.m;
  view.problem.textContent = "";
  view.hover = null;
  view.dragging = !done;
  // Slider events can come faster than frames: one drawing a frame is enough.
  view.frame ??= requestAnimationFrame(() => drawMoving(view));
  if (done) send(view, view.m);
}

function send(view, m) {
  view.waiting = m;
  sendSoon(view, () => view.tell(m));
}

// Any whole number may be typed: where it is no stop yet, the answer brings its numbers.
function type(view) {
  const text = view.box.value.trim();
  const m = Number(text);
  if (!/^\d{1,9}$/.test(text) || m < 1 || m > view.meta.largest) {
    view.problem.textContent = `m must be a whole number from 1 to ${view.meta.largest.toLocaleString("en")}.`;
    return; // what was typed stays, to be corrected
  }
  const at = view.sizes.indexOf(m);
  if (at >= 0) choose(view, at, true);
  else send(view, m);
}

function drawAll(view) {
  if (!view.meta || !view.root.clientWidth) return;
  view.colours = palette(view.root);
  const { meta, measured, theory, sizes } = view;
  if (view.curves.length !== meta.measures.length) {
    view.curves = meta.measures.map(({ title }) => makeScorePanel(title));
    view.curves.forEach((panel) => listenToCurves(view, panel));
    view.panels.replaceChildren(...[...view.bars, ...view.curves].map((panel) => panel.element));
  }
  [...view.bars, ...view.curves].forEach(sizeScorePanel);
  view.bars.forEach((panel) => fitCanvas(panel.marks, panel.width, panel.height));
  view.curves.forEach((panel, each) => {
    panel.heading.title = meta.measures[each].hint;
    placeCurves(panel, meta.measures[each], sizes, [...measured[each].flat(), ...theory[each].flat()]);
    drawCurves(panel, view, measured[each], theory[each]);
  });
  drawMoving(view);
}

function drawMoving(view) {
  view.frame = undefined;
  const { measured, theory, sizes, meta, at, hover } = view;
  view.range.value = at;
  view.range.setAttribute("aria-valuetext", `m = ${sizes[at]}`);
  view.bars.forEach((panel, way) => {
    const weights = view.weights[way](at);
    drawBars(panel, view, weights);
    panel.facts.replaceChildren(barFacts(view, weights, view.scores[way](at)));
  });
  const shown = hover ?? at;
  view.curves.forEach((panel, each) => {
    markCurves(panel, view, measured[each]);
    const where = shown === at ? "" : ` at m = ${sizes[shown]}`;
    const facts = (way) => curveFacts(measured[each][way][shown], theory[each][way][shown], where);
    panel.facts.replaceChildren(...[0, 1].map((way) => wayLine(way, facts(way))));
  });
  view.spoken.textContent = [`m = ${sizes[at]}`, ...meta.measures.map(({ symbol }, each) =>
    `${symbol} ${significant(measured[each][0][at])}, without ${significant(measured[each][1][at])}`)].join("; ");
}

function curveFacts(value, theory, where) {
  const beside = make("span", "small", Number.isFinite(theory) ? " theory " : " no formula");
  if (Number.isFinite(theory)) beside.append(digits(theory, "span"));
  beside.append(where);
  return [digits(value), beside];
}

// The largest weight, or the one that is pointed at, with the score that it comes from.
function barFacts({ hoverKey }, weights, scores) {
  const line = make("div", "way");
  const largest = weights.reduce((best, weight, j) => (weight > weights[best] ? j : best), 0);
  const j = hoverKey !== null && hoverKey < weights.length ? hoverKey : largest;
  line.append(hoverKey === null ? `largest, key ${j + 1}: ` : `key ${j + 1}: `, digits(weights[j]));
  const from = make("span", "small", " from score ");
  from.append(digits(scores[j], "span"));
  line.append(from);
  return line;
}
