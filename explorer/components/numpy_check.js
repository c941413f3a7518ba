// Lines of NumPy with a button that copies them, and a table: what they give, and what the model has.

const COPIED = 1500; // milliseconds for which the button says that it has copied

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const said = JSON.stringify(data);
  if (view.said === said) return view.stop;
  view.said = said;
  view.lines.replaceChildren(...data.code.map(([look, text]) => (look ? make("span", look, text) : text)));
  view.names.replaceChildren(...["These lines", data.whose, "Difference"].map((name) => make("th", "", name)));
  const difference = make("td", "", `${data.agrees ? "✓" : "✗"} ${significant(Number(data.difference))}`);
  view.values.replaceChildren(...[data.result, data.shown].map(number), difference);
  view.source.textContent = data.source;
  requestAnimationFrame(() => reachIfScrolled(view.code)); // it reads the layout: once, after all that changes in this frame
  return view.stop;
}

function createView(root) {
  const view = { lines: make("code"), code: make("pre"), names: make("tr"), values: make("tr"), source: make("p", "source") };
  const block = make("div", "block");
  const copy = make("button", "copy", "Copy");
  copy.type = "button";
  copy.addEventListener("click", () => copyLines(view, copy));
  view.code.append(view.lines);
  block.append(view.code, copy);
  const table = make("table");
  const [head, body] = [make("thead"), make("tbody")];
  head.append(view.names);
  body.append(view.values);
  table.append(head, body);
  const scroll = make("div", "scroll");
  scroll.append(table);
  root.append(block, scroll, view.source);
  view.stop = onWidth(root, () => reachIfScrolled(view.code));
  return view;
}

// As Python writes them, so that they can be taken over.
const number = (text) => make("td", "number", text);

// A page that comes over plain HTTP from another machine may not write into the clipboard: then the lines are selected.
async function copyLines({ lines }, button) {
  try {
    await navigator.clipboard.writeText(lines.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(lines);
    button.textContent = "Selected";
  }
  clearTimeout(button.saying);
  button.saying = setTimeout(() => { button.textContent = "Copy"; }, COPIED);
}
