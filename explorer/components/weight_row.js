// A row of attention weights as bars. Dragging one moves the others at once; letting go is told to the server.

const SLIP = 3; // pixels that a pointer may move before a click becomes a drag
const STEPS = { ArrowUp: 0.01, ArrowRight: 0.01, ArrowDown: -0.01, ArrowLeft: -0.01, PageUp: 0.1, PageDown: -0.1 };
const ENDS = { Home: 0, End: 1 };
const ALL_ZERO = "At least one weight of a row must be above 0.";

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  view.send = () => setTriggerValue("edit", { name: view.name, weights: [...view.given] });
  const same = view.name === meta.name && view.columns?.length === meta.labels.length;
  if (same && view.held) return view.stop; // the bar stays in the hand
  Object.assign(view, { meta, name: meta.name, own: arrays.own.data, mask: arrays.mask.data });
  view.given = new Map(meta.given);
  view.frame.setAttribute("aria-label", meta.title);
  if (!same || String(meta.labels) !== view.shown) build(view);
  view.shown = String(meta.labels);
  view.problem.textContent = meta.problem || view.wrong || "";
  show(view, arrays.edited.data);
  return view.stop;
}

function createView(root) {
  const view = { root, frame: make("div", "frame"), problem: make("p", "problem"), sum: make("div", "sum") };
  view.problem.setAttribute("role", "alert");
  view.frame.setAttribute("role", "group");
  root.append(view.frame, view.sum, view.problem);
  const paint = () => {
    const colours = palette(root);
    for (const name of ["weight", "muted", "grid"]) root.style.setProperty(`--${name}`, colours[name]);
  };
  paint();
  view.stop = onTheme(root, paint);
  return view;
}

function build(view) {
  view.wrong = "";
  view.columns = view.meta.labels.map((label, key) => buildColumn(view, label, key));
  view.frame.replaceChildren(...view.columns.map((column) => column.element));
  const scrolls = view.columns.find(({ key }) => view.given.has(key)) ?? view.columns[strongest(view)];
  view.frame.scrollLeft = scrolls.element.offsetLeft - view.frame.clientWidth / 2;
}

function strongest({ own }) {
  return own.indexOf(Math.max(...own));
}

function buildColumn(view, label, key) {
  const column = { key, element: make("div", "column"), well: make("div", "well"), box: make("input"), back: make("button", "back", "×") };
  column.before = make("div", "before");
  column.now = make("div", "now");
  column.asked = make("div", "asked");
  column.well.append(column.before, column.now, column.asked);
  const name = make("span", "token", label);
  name.title = `key ${key + 1}: ${label} (id ${view.meta.ids[key]})`;
  Object.assign(column.box, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
  column.box.setAttribute("aria-label", `weight of key ${key + 1} as a number`);
  column.back.setAttribute("aria-label", `give key ${key + 1} back`);
  column.back.title = "Give this key back: it takes its share of what is left";
  column.element.append(column.well, column.box, column.back, name, make("small", "", `${key + 1}`));
  if (view.mask[key]) listen(view, column);
  else lock(view, column);
  return column;
}

function lock(view, column) {
  column.element.classList.add("locked");
  column.element.title = view.meta.locked;
  column.box.disabled = true;
  column.back.hidden = true;
  column.well.setAttribute("role", "img");
  column.well.setAttribute("aria-label", `key ${column.key + 1}: ${view.meta.locked}`);
}

function listen(view, column) {
  const { well, box, back, key } = column;
  well.tabIndex = 0;
  well.setAttribute("role", "slider");
  well.setAttribute("aria-orientation", "vertical");
  well.setAttribute("aria-label", `weight of key ${key + 1}, ${view.meta.labels[key]}`);
  Object.entries({ min: 0, max: 1 }).forEach(([end, value]) => well.setAttribute(`aria-value${end}`, value));
  well.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    well.setPointerCapture(event.pointerId);
    view.held = { key, y: event.clientY, before: new Map(view.given), moved: false };
  });
  well.addEventListener("pointermove", (event) => drag(view, column, event));
  well.addEventListener("pointerup", () => letGo(view));
  well.addEventListener("pointercancel", () => letGo(view));
  well.addEventListener("dblclick", () => giveBack(view, key));
  well.addEventListener("keydown", (event) => onKey(view, column, event));
  well.addEventListener("keyup", (event) => {
    if (event.key in STEPS || event.key in ENDS) letGo(view);
  });
  well.addEventListener("blur", () => {
    if (view.held?.key === key) letGo(view); // not where the pointer has taken another bar already
  });
  box.addEventListener("change", () => type(view, column));
  back.addEventListener("click", () => giveBack(view, key));
}

function drag(view, { well, key }, event) {
  if (view.held?.key !== key) return;
  view.held.moved ||= Math.abs(event.clientY - view.held.y) >= SLIP;
  if (!view.held.moved) return;
  const { top, height } = well.getBoundingClientRect();
  set(view, key, hundredths(1 - (event.clientY - top) / height));
}

function onKey(view, { key }, event) {
  if (event.key === "Delete" || event.key === "Backspace") giveBack(view, key);
  else if (event.key in STEPS || event.key in ENDS) {
    view.held ??= { key, before: new Map(view.given), moved: true };
    const now = view.given.get(key) ?? view.weights[key];
    set(view, key, ENDS[event.key] ?? hundredths(now + STEPS[event.key]));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function hundredths(value) {
  return Math.round(100 * Math.min(1, Math.max(0, value))) / 100;
}

// Draws the row with one weight set; where that cannot be, says why, and leaves it as it was.
function set(view, key, weight) {
  const given = new Map(view.given).set(key, weight);
  const row = editedRow(view.own, view.mask, [...given]);
  view.wrong = row ? "" : ALL_ZERO;
  view.problem.textContent = view.wrong;
  if (!row) return false;
  view.given = given;
  view.columns[key].typed = "";
  show(view, row);
  return true;
}

function letGo(view) {
  const { held } = view;
  view.held = null;
  if (held?.moved && String([...held.before]) !== String([...view.given])) view.send();
}

function giveBack(view, key) {
  view.held = null;
  const column = view.columns[key];
  view.problem.textContent = view.wrong = column.typed = "";
  if (view.given.delete(key)) view.send();
  show(view, view.given.size ? editedRow(view.own, view.mask, [...view.given]) : view.own);
}

function type(view, column) {
  const { box, key } = column;
  const text = box.value.trim().replace(",", ".");
  column.typed = box.value; // what is wrong stays, to be corrected
  if (!/^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) || Number(text) > 1) {
    view.wrong = `A weight is a number from 0 to 1, and “${Array.from(box.value).slice(0, 20).join("")}” is none: key ${key + 1} stays as it was.`;
    view.problem.textContent = view.wrong;
    return;
  }
  if (set(view, key, Number(text))) view.send();
}

// Three digits, as they can be typed again.
function typeable(weight) {
  return weight > 0 && weight < 1e-3 ? weight.toExponential(2) : significant(weight);
}

function show(view, weights) {
  view.weights = weights;
  for (const column of view.columns) {
    const { key, well, box } = column;
    const [weight, asked] = [weights[key], view.given.get(key)];
    const named = asked !== undefined;
    column.element.classList.toggle("named", named);
    column.back.hidden = !named;
    column.before.style.height = `${100 * view.own[key]}%`;
    column.now.style.height = `${100 * weight}%`;
    column.asked.hidden = !named;
    column.asked.style.bottom = `${100 * (asked ?? 0)}%`;
    if (!view.mask[key]) continue;
    const words = `now ${exact(weight)}, before ${exact(view.own[key])}${named ? `, set to ${asked}` : ""}`;
    well.setAttribute("aria-valuenow", weight.toFixed(6)); // a decimal: no power of ten is allowed there
    well.setAttribute("aria-valuetext", words);
    well.title = box.title = words;
    if (!column.typed) box.value = typeable(weight);
  }
  const total = [...view.given.values()].reduce((sum, weight) => sum + weight, 0);
  view.sum.textContent = total > 1 + 1e-6 ? `What you set adds up to ${significant(total)}: each is divided by it, and nothing is left for the others.` : "";
}
