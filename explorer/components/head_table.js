// One row per head, one column per statistic. Sorting happens here and stays when the numbers change.

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const colours = palette(view.root);
  const shown = JSON.stringify([meta.columns, colours, arrays.values.shape, Array.from(arrays.values.data)]);
  Object.assign(view, { meta, values: arrays.values, selected: meta.selected, colours });
  view.choose = (layer, head) => {
    view.selected = [layer, head];
    mark(view);
    announce("head", [layer, head]);
    setTriggerValue("select", { layer, head });
  };
  if (shown === view.shown) {
    mark(view); // another head of the same table: nothing else has changed, and the focus stays where it is
    return;
  }
  view.shown = shown;
  if (view.sort.column >= meta.columns.length) view.sort = { column: -1, down: false };
  writeHeadings(view);
  writeRows(view);
}

function createView(root) {
  const table = make("table");
  const scroll = make("div", "scroll");
  const view = { root, sort: { column: -1, down: false } };
  view.head = make("thead");
  view.body = make("tbody");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Statistics of every head; arrow keys move between rows, Enter chooses a head");
  table.append(view.head, view.body);
  scroll.append(table);
  root.append(scroll);
  view.body.addEventListener("click", (event) => chooseRow(view, event.target.closest("tr")));
  view.body.addEventListener("keydown", (event) => onKey(view, event));
  return view;
}

function chooseRow(view, row) {
  if (row) view.choose(Number(row.dataset.layer), Number(row.dataset.head));
}

function onKey(view, event) {
  const row = event.target.closest("tr");
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling };
  if (event.key in next) next[event.key]?.focus();
  else if (event.key === "Enter" || event.key === " ") chooseRow(view, row);
  else return;
  event.preventDefault();
}

function writeHeadings(view) {
  const row = make("tr");
  [{ title: "Head", unit: "", sentence: "In the order of the layers" }, ...view.meta.columns].forEach((column, i) => {
    const heading = make("th");
    const button = make("button", "", column.title);
    const { sort } = view;
    const mine = sort.column === i - 1;
    heading.scope = "col";
    heading.setAttribute("aria-sort", mine ? (sort.down ? "descending" : "ascending") : "none");
    button.title = `${column.sentence} Click to sort.`;
    button.append(make("small", "", `${column.unit} ${mine ? (sort.down ? "▼" : "▲") : ""}`.trim() || " "));
    button.addEventListener("click", () => {
      // Largest first, since that is what one looks for; the order of the layers from the first on.
      view.sort = { column: i - 1, down: mine ? !sort.down : i > 0 };
      writeHeadings(view);
      writeRows(view);
      view.head.querySelectorAll("button")[i].focus();
    });
    heading.append(button);
    row.append(heading);
  });
  view.head.replaceChildren(row);
}

function writeRows(view) {
  const [layers, heads, count] = view.values.shape;
  const numbers = view.values.data;
  const { column, down } = view.sort;
  const order = Array.from({ length: layers * heads }, (_, i) => i);
  order.sort((a, b) => {
    if (column < 0) return down ? b - a : a - b;
    const [x, y] = [numbers[a * count + column], numbers[b * count + column]];
    // What is not there comes last either way; equal values keep the order of the layers.
    return Number.isNaN(x) - Number.isNaN(y) || (down ? y - x : x - y) || a - b;
  });
  view.body.replaceChildren(
    ...order.map((i) => writeRow(view, i, numbers.subarray(i * count, (i + 1) * count))),
  );
  mark(view);
}

function writeRow(view, i, numbers) {
  const row = make("tr");
  const heads = view.values.shape[1];
  row.dataset.layer = Math.floor(i / heads);
  row.dataset.head = i % heads;
  row.append(make("td", "", `layer ${Math.floor(i / heads) + 1} · head ${(i % heads) + 1}`));
  numbers.forEach((value, j) => {
    const cell = make("td");
    const bar = make("span", "bar");
    bar.append(make("i"));
    const share = Math.min(1, value / view.meta.columns[j].limit || 0);
    bar.firstChild.style.cssText = `width:${100 * share}%;background:${view.colours.weight}`;
    cell.append(bar, make("span", "number", Number.isNaN(value) ? "–" : significant(value)));
    cell.title = Number.isNaN(value) ? "there is none" : exact(value);
    row.append(cell);
  });
  return row;
}

function mark(view) {
  for (const row of view.body.children) {
    const chosen = Number(row.dataset.layer) === view.selected[0] && Number(row.dataset.head) === view.selected[1];
    row.setAttribute("aria-selected", String(chosen));
    row.tabIndex = chosen ? 0 : -1;
  }
}
