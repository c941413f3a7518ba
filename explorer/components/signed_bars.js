// A list of signed numbers, each with a bar from the middle.

export default ahead(receive);

function receive({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const view = themed(parentElement, (view) => draw(root, view));
  view.pick = (bar) => setTriggerValue("pick", { bar });
  drawIfNew(view, data);
  return view.stop;
}

function draw(root, view) {
  const { title, bars, ends } = view.data;
  const colours = palette(root);
  const focused = root.getRootNode().activeElement?.dataset.bar;
  const list = make("ol", "list");
  list.setAttribute("aria-label", title);
  bars.forEach((bar, n) => list.append(drawBar(view, bar, n, colours)));
  ends.forEach((end) => list.append(drawEnd(end)));
  root.replaceChildren(list);
  if (focused !== undefined) root.querySelector(`[data-bar="${focused}"]`)?.focus();
}

function drawBar(view, { label, value }, n, colours) {
  const number = Number(value);
  const item = make("li");
  const row = make("button", n === view.data.picked ? "line picked" : "line");
  row.type = "button";
  row.dataset.bar = n;
  row.title = `${label}: ${allDigits(number)}`;
  if (n === view.data.picked) row.setAttribute("aria-pressed", "true");
  row.append(make("span", "label", label), signedTrack(number, view.data.limit, colours), make("span", "number", significant(number)));
  row.addEventListener("click", () => view.pick(n));
  item.append(row);
  return item;
}

function drawEnd({ label, value }) {
  const item = make("li", "end");
  const row = make("div", "line");
  row.title = `${label}: ${allDigits(Number(value))}`;
  row.append(make("span", "label", label), make("span"), make("span", "number", significant(Number(value))));
  item.append(row);
  return item;
}
