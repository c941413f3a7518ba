// The factors of p(y | x), one row each. Stepping happens here, at once; the server hears where it ended up.

const EVERY = 1200; // milliseconds between two steps of Play
const LN10 = Math.log(10);
const UNITS = {
  nats: { size: 1, log_p: ["natural", "The natural logarithm of p"] },
  bits: { size: Math.LN2, log_p: ["base 2", "The base-2 logarithm of p"] },
};
const BUTTONS = {
  back: ["Back", "One factor back (left arrow)"],
  next: ["Next", "Multiply by the next factor (right arrow)"],
  play: ["Play", "One factor after the other"],
  all: ["All", "To the end (End)"],
  start: ["Start over", "Before the first factor (Home)"],
};
const HEADINGS = {
  p: ["p", "given all before", "The probability of this token, given everything before it"],
  p_alone: ["p", "given all others", "The probability of this token, given all that can be seen"],
  log_p: ["log p"],
  rank: ["rank", "1: first choice", "One more than the number of tokens that the model finds more probable"],
  entropy: ["entropy", "", "How undecided the model is here: the entropy of its whole distribution"],
  running_p: ["product", "so far", "All factors up to here, multiplied; written from the sum of the logs, so it is never 0"],
  running_log_p: ["Σ log p", "so far", "The logs of all factors up to here, added"],
};
// What has the focus while it needs the arrow keys for itself.
const USES_KEYS =
  "input:not([type=checkbox]), textarea, select, canvas, iframe, [contenteditable]:not([contenteditable=false]), [role=slider], " +
  "[role=radiogroup], [role=tablist], [role=listbox], [role=combobox], [role=menu], [role=grid], [role=dialog]";

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { step, ...content } = data;
  const [shown, text] = [JSON.stringify(content), JSON.stringify(data.rows.map((row) => [row.token_id, row.label]))];
  const other = text !== view.text;
  view.send = () => {
    view.sending = null;
    view.awaited = view.step;
    setTriggerValue("step", { step: view.step });
  };
  // An answer to an earlier step, while a later one is on its way, is not what the visitor sees any more.
  const ahead = !other && (view.sending || (view.awaited !== null && view.awaited !== step));
  if (!ahead) view.awaited = null;
  if (other) {
    pause(view);
    clearTimeout(view.sending);
    view.sending = null;
  }
  if (shown !== view.shown) {
    Object.assign(view, { data: content, shown, text });
    writeTable(view);
  }
  show(view, ahead ? view.step : step);
  return view.stop;
}

function createView(root) {
  const view = { root, buttons: {}, awaited: null, sending: null, playing: null };
  const bar = make("div", "buttons");
  for (const [name, [label, title]] of Object.entries(BUTTONS)) {
    const button = (view.buttons[name] = make("button", name, label));
    Object.assign(button, { type: "button", title });
    button.addEventListener("click", () => press(view, name));
    bar.append(button);
  }
  view.count = make("span", "count");
  bar.append(view.count);
  view.table = make("table");
  view.table.setAttribute("role", "grid");
  view.scroll = make("div", "scroll");
  view.scroll.append(view.table);
  view.totals = make("div", "totals");
  view.totals.setAttribute("aria-live", "polite");
  root.append(bar, view.scroll, view.totals);
  view.table.addEventListener("click", (event) => chooseRow(view, event.target.closest("tr.factor")));
  view.table.addEventListener("keydown", (event) => onRowKey(view, event));
  const onKey = (event) => onPageKey(view, event);
  window.addEventListener("keydown", onKey);
  const paint = () => root.style.setProperty("--weight", palette(root).weight);
  paint();
  const stopTheme = onTheme(root, paint);
  view.stop = () => {
    stopTheme();
    window.removeEventListener("keydown", onKey);
    clearTimeout(view.sending);
    pause(view);
  };
  return view;
}

function press(view, name) {
  if (name === "play") {
    if (view.playing) pause(view);
    else play(view);
    return;
  }
  const last = view.data.rows.length;
  goTo(view, { back: view.step - 1, next: view.step + 1, all: last, start: 0 }[name]);
}

function play(view) {
  goTo(view, view.step < view.data.rows.length ? view.step + 1 : 0);
  view.playing = setInterval(() => {
    if (isSeen(view)) goTo(view, view.step + 1, true);
    else pause(view);
    if (view.step === view.data.rows.length) pause(view);
  }, EVERY);
  view.buttons.play.textContent = "Pause";
}

function pause(view) {
  clearInterval(view.playing);
  view.playing = null;
  view.buttons.play.textContent = "Play";
}

function goTo(view, step, playing = false) {
  if (!playing) pause(view);
  if (step < 0 || step > view.data.rows.length || step === view.step) return;
  show(view, step);
  sendSoon(view, () => view.send());
}

function chooseRow(view, row) {
  if (row) goTo(view, view.rows.indexOf(row) + 1);
}

function onRowKey(view, event) {
  const row = event.target.closest("tr.factor");
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) view.rows[view.rows.indexOf(row) + moves[event.key]]?.focus();
  else if (event.key === "Enter" || event.key === " ") chooseRow(view, row);
  else return;
  event.preventDefault();
}

function onPageKey(view, event) {
  const moves = { ArrowLeft: view.step - 1, ArrowRight: view.step + 1, Home: 0, End: view.data.rows.length };
  if (!(event.key in moves) || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.shiftKey || !isSeen(view) || isUsedElsewhere(view, event.composedPath()[0])) return;
  event.preventDefault();
  goTo(view, moves[event.key]);
}

// Not in an unseen half of Streamlit's page, nor while another view is shown and this one stands by.
function isSeen({ root }) {
  return root.getClientRects().length > 0 && getComputedStyle(root).visibility === "visible";
}

function isUsedElsewhere({ root }, target) {
  if (!(target instanceof Element) || root.contains(target)) return false;
  return target.getRootNode() !== document || target.closest(USES_KEYS) !== null; // in another component, or in a field
}

function writeTable(view) {
  const { columns, rows, title } = view.data;
  view.table.setAttribute("aria-label", `${title} Left and right arrows step, Enter goes to a row.`);
  const head = make("tr");
  head.append(heading("i", "", "Its place in the text"), heading("token", "", "The token of this factor"));
  head.lastChild.lastChild.replaceChildren("y", make("sub", "", "i"));
  for (const name of columns) {
    let [words, unit, sentence] = HEADINGS[name === "p" && !view.data.has_product ? "p_alone" : name];
    if (name === "entropy") unit = view.data.entropy_unit;
    if (name === "log_p") [unit, sentence] = UNITS[view.data.log_unit].log_p;
    head.append(heading(words, unit, sentence));
  }
  const thead = make("thead");
  thead.append(head);
  const body = make("tbody");
  let group = "";
  view.rows = rows.map((row, i) => {
    if (row.group && row.group !== group) body.append(divider(row.group, columns.length + 2));
    group = row.group;
    return body.appendChild(writeRow(view, row, i));
  });
  view.table.replaceChildren(thead, body);
}

function heading(words, unit, title) {
  const cell = make("th", "", words);
  cell.scope = "col";
  cell.title = title;
  cell.append(make("small", "", unit || "\u00a0"));
  return cell;
}

function divider(words, span) {
  const row = make("tr", "divider");
  const cell = make("th", "", words);
  cell.colSpan = span;
  cell.scope = "rowgroup";
  row.append(cell);
  return row;
}

function writeRow({ data }, row, i) {
  const line = make("tr", "factor");
  const token = make("td");
  token.append(make("span", "token", row.label));
  token.title = `token ${row.token_id}: ${row.label}`;
  line.append(make("td", "", i + 1), token);
  for (const name of data.columns) {
    const cell = make("td", name);
    const content = make("div");
    if (name === "p") {
      content.append(make("span", "bar"));
      content.firstChild.append(make("i"));
    }
    content.append(make("span", "number"));
    cell.append(content);
    line.append(cell);
  }
  return line;
}

// The ledger after `step` factors: only the rows between the old and the new step change.
function show(view, step) {
  const { rows } = view.data;
  rows.forEach((row, i) => {
    const state = i === step - 1 ? "now" : i < step ? "done" : "quiet";
    if (view.rows[i].dataset.state !== state) showRow(view, view.rows[i], row, state);
    view.rows[i].tabIndex = i === Math.max(step - 1, 0) ? 0 : -1;
  });
  view.step = step;
  view.count.textContent = `${step} of ${rows.length}`;
  for (const name of ["back", "start"]) view.buttons[name].disabled = step === 0;
  for (const name of ["next", "all"]) view.buttons[name].disabled = step === rows.length;
  view.buttons.play.disabled = rows.length === 0;
  showTotals(view);
  keepInView(view.scroll, view.rows[step - 1]);
}

function showRow({ data }, line, row, state) {
  line.dataset.state = state;
  line.setAttribute("aria-selected", String(state === "now"));
  data.columns.forEach((name, j) => {
    const cell = line.children[j + 2];
    const size = name.endsWith("log_p") ? UNITS[data.log_unit].size : 1;
    const value = state === "quiet" || row[name] === null ? null : Number(row[name]) / size;
    cell.querySelector(".number").textContent = value === null ? "·" : written(name, value, row);
    cell.title = value === null ? "" : inFull(name, value, row);
    if (name === "p") cell.querySelector("i").style.width = `${100 * (value ?? 0)}%`;
  });
}

function written(name, value, row) {
  if (name === "rank") return value.toLocaleString("en");
  return name === "running_p" ? fromLog(Number(row.running_log_p), 3) : significant(value);
}

function inFull(name, value, row) {
  const text = allDigits(value);
  if (name !== "running_p") return `${name === "rank" ? "rank" : HEADINGS[name][0]} ${text}`;
  const log = Number(row.running_log_p);
  if (value > 0 || log === -Infinity) return `product ${text}`;
  return `product ${fromLog(log, 12)}: too small for a 64-bit number, so it is written from its logarithm`;
}

function allDigits(value) {
  return Number.isFinite(value) ? String(value).replaceAll("-", "−") : significant(value);
}

// exp(log) to so many digits, written from its logarithm: however small it is, it does not become 0.
function fromLog(log, digits) {
  if (!Number.isFinite(log) || Math.abs(log) < 600) return significant(Math.exp(log), digits);
  let power = Math.floor(log / LN10);
  let mantissa = Math.exp(log - power * LN10).toFixed(digits - 1);
  if (Number(mantissa) >= 10) [power, mantissa] = [power + 1, (1).toFixed(digits - 1)];
  const raised = Array.from(String(power), (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
  return `${mantissa}·10${raised}`;
}

function showTotals({ totals, data, step }) {
  if (step === data.rows.length && data.totals.length) {
    totals.replaceChildren(
      ...data.totals.map(({ label, value, title, is_log }) => {
        const [number, digits] = [Number(value), allDigits(Number(value))];
        const text = is_log ? fromLog(number, 3) : significant(number);
        const full = is_log ? `${fromLog(number, 12)}, its natural logarithm is ${digits}` : digits;
        return fact(label, text, [title, full].filter(Boolean).join(" "));
      }),
    );
    return;
  }
  const soFar = `after ${step} of ${data.rows.length} factors`;
  if (!data.has_product) {
    totals.replaceChildren(make("span", "fact", `${step} of ${data.rows.length} tokens`));
    return;
  }
  const log = step ? Number(data.rows[step - 1].running_log_p) : 0;
  const inUnit = log / UNITS[data.log_unit].size;
  totals.replaceChildren(
    fact("product so far", fromLog(log, 3), `${soFar}: ${fromLog(log, 12)}`),
    fact("Σ log p so far", significant(inUnit), `${soFar}: ${allDigits(inUnit)}`),
  );
}

function fact(label, text, title) {
  const element = make("span", "fact", `${label} `);
  element.append(make("b", "", text));
  element.title = title;
  return element;
}

// Scrolls the ledger, never the page, just so far that the row is seen below its heading.
function keepInView(scroll, row) {
  if (!row) return scroll.scrollTo({ top: 0 });
  const top = row.offsetTop - scroll.querySelector("thead").offsetHeight;
  const bottom = row.offsetTop + row.offsetHeight - scroll.clientHeight;
  scroll.scrollTop = Math.min(top, Math.max(scroll.scrollTop, bottom));
}
