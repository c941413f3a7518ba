// One row per token, one column per stage of sampling; under them the interval from 0 to 1 that the last column makes.

const CUT_OFF = " The other tokens together have more: a bar with a jagged end is cut off there.";

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const shown = JSON.stringify(data);
  if (shown === view.shown) return view.stop;
  Object.assign(view, { data, shown });
  const every = data.tail ? [...data.rows, data.tail] : data.rows;
  view.every = every;
  const largest = (rows) => Math.max(0, ...rows.flatMap((row) => row.probabilities.map((p) => p ?? 0)));
  view.fullBar = largest(data.rows) || 1; // of single tokens: the others together may be far more, and are cut off
  view.cuts = data.stages.map((stage, s) => cutOf(every, s));
  view.frame.setAttribute("aria-label", data.title);
  const body = make("tbody");
  body.append(...every.map((row, i) => writeRow(view, row, i)));
  view.table.replaceChildren(writeHead(data.stages), body);
  const cutOff = data.tail && largest([data.tail]) > view.fullBar;
  view.note.textContent = `All bars have one scale: a full bar is ${significant(view.fullBar)}.${cutOff ? CUT_OFF : ""}`;
  view.draw.replaceChildren(...(data.die ? drawDie(view) : []));
  placeLabels(view);
  return view.stop;
}

function createView(root) {
  const view = { root, table: make("table"), note: make("div", "note"), draw: make("div", "draw") };
  view.frame = make("div", "scroll");
  view.frame.tabIndex = 0; // the arrow keys scroll it
  view.frame.setAttribute("role", "region");
  view.frame.addEventListener("keydown", (event) => {
    const scrolls = view.frame.scrollWidth > view.frame.clientWidth;
    if (scrolls && ["ArrowLeft", "ArrowRight"].includes(event.key)) event.stopPropagation(); // they may step the page, too
  });
  view.frame.append(view.table);
  root.append(view.frame, view.note, view.draw);
  const paint = () => {
    const colours = palette(root);
    for (const name of ["weight", "muted", "grid"]) root.style.setProperty(`--${name}`, colours[name]);
  };
  paint();
  const stops = [onTheme(root, paint), onWidth(root, () => placeLabels(view))];
  view.stop = () => stops.forEach((stop) => stop());
  return view;
}

function writeHead(stages) {
  const row = make("tr");
  const token = make("th", "name", "token");
  token.scope = "col";
  row.append(token);
  for (const { title, setting, kept, mass } of stages) {
    const cell = make("th");
    cell.scope = "col";
    const tokens = `${kept.toLocaleString("en")} ${kept === 1 ? "token" : "tokens"}`;
    cell.append(make("div", "", title), make("div", "setting", setting || "\u00a0"), make("small", "", tokens));
    cell.append(make("small", "", `mass kept ${significant(mass)}`));
    cell.title = `${title}: ${tokens} left, with ${mass} of the probability before; then divided by it, so that all add up to 1`;
    row.append(cell);
  }
  const head = make("thead");
  head.append(row);
  return head;
}

function isDropped({ probabilities }, s) {
  return s > 0 && probabilities[s] === null && probabilities[s - 1] !== null;
}

// The row above which stage s draws its line: all that it keeps stand before, all that it drops stand after.
function cutOf(rows, s) {
  const there = rows.map((row, i) => i).filter((i) => s > 0 && rows[i].probabilities[s - 1] !== null);
  const first = there.findIndex((i) => isDropped(rows[i], s));
  return first >= 0 && there.slice(first).every((i) => isDropped(rows[i], s)) ? there[first] : null;
}

function writeRow(view, row, i) {
  const { data, cuts } = view;
  const isTail = row === data.tail;
  const line = make("tr", [isTail && "tail", data.die?.row === i && "drawn"].filter(Boolean).join(" "));
  const name = make("th", "name");
  name.scope = "row";
  name.append(isTail ? row.label : make("span", "token", row.label));
  name.title = isTail ? row.label : `token ${row.token_id}: ${row.label}`;
  line.append(name);
  if (data.stages.some((stage, s) => cuts[s] === i && stage.cut)) line.classList.add("below");
  data.stages.forEach((stage, s) => {
    const cell = writeCell(view, row, s);
    const inside = isTail && cuts[s] === null && s > 0 && stage.kept < data.stages[s - 1].kept;
    if (cuts[s] === i) cell.classList.add("cut");
    if (stage.cut && (cuts[s] === i || (inside && !anyDropped(view, s)))) {
      cell.append(make("span", "label", inside ? `${stage.cut}: in here` : stage.cut));
    }
    line.append(cell);
  });
  return line;
}

function anyDropped({ every }, s) {
  return every.some((row) => isDropped(row, s));
}

function writeCell(view, row, s) {
  const cell = make("td");
  const dropped = isDropped(row, s);
  const p = dropped ? row.probabilities[s - 1] : row.probabilities[s];
  if (p === null) return cell;
  const stage = view.data.stages[s];
  const bar = make("span", "bar");
  bar.append(make("i"));
  bar.firstChild.style.width = `${Math.min(100, (100 * p) / view.fullBar)}%`;
  if (p > view.fullBar) bar.classList.add("cut-off");
  const number = make(dropped ? "s" : "span", "number", significant(p));
  const content = make("div", dropped ? "content dropped" : "content");
  content.append(bar, number);
  if (dropped) content.append(make("span", "spoken", ` dropped by ${stage.title}`));
  cell.append(content);
  cell.title = dropped ? `dropped by ${stage.title}; before it p = ${p}` : `${stage.title}: p = ${p}`;
  return cell;
}

// Inverse transform sampling: the pieces lie one after the other from 0 to 1, and u falls into one of them.
function drawDie(view) {
  const { every, data } = view;
  const { u, row } = data.die;
  const line = make("div", "line");
  let from = 0;
  view.pieces = [];
  every.forEach((each, i) => {
    const p = each.probabilities.at(-1);
    if (!p) return;
    const piece = make("div", ["piece", i === row && "hit", each === data.tail && "rest"].filter(Boolean).join(" "));
    piece.style.width = `${100 * p}%`;
    piece.title = `${each.label}: from ${from} to ${from + p}`;
    piece.append(make("span", "", each.label));
    if (i === row) piece.style.justifyContent = u - from < p / 2 ? "flex-end" : "flex-start"; // not under the marker
    view.pieces.push(piece);
    line.append(piece);
    from += p;
  });
  const marker = make("div", "marker");
  marker.style.left = `${100 * u}%`;
  marker.title = `u = ${u}`;
  const words = make("div", "words", `u = ${significant(u)} falls on `);
  words.append(make("span", every[row] === data.tail ? "" : "token", every[row].label));
  words.title = `u = ${u}, one uniform number from 0 up to 1`;
  const axis = make("div", "axis");
  for (const end of ["0", "0.5", "1"]) axis.append(make("span", "", end));
  const bar = make("div", "stack");
  bar.append(line, marker);
  return [words, bar, axis];
}

// A piece too narrow for its token goes without a name: it has it on hover, and its row in the table.
function placeLabels({ pieces = [] }) {
  for (const piece of pieces) piece.firstChild.hidden = false;
  const narrow = pieces.filter((piece) => piece.firstChild.scrollWidth > piece.clientWidth - 2);
  for (const piece of narrow) piece.firstChild.hidden = true;
}
