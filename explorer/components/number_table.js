// A table: tokens as chips, numbers with three digits and all of them on hover, shares with a bar, signed ones coloured.

export default ahead(receive);

function receive({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  const view = stateOf(parentElement, () => {
    const fresh = { root, lines: [], draw };
    const stops = [onTheme(root, () => draw(fresh)), onWidth(root, () => reachIfScrolled(root))];
    fresh.stop = () => stops.forEach((stop) => stop());
    return fresh;
  });
  drawIfNew(view, data);
  return view.stop;
}

function draw(view) {
  const { root, data } = view;
  const { title, columns } = data;
  const colours = palette(root);
  root.style.setProperty("--weight", colours.weight);
  root.style.setProperty("--muted", colours.muted);
  const frame = JSON.stringify([title, columns, colours.dark]);
  if (frame !== view.frame) root.replaceChildren(buildTable(view, title, columns));
  view.frame = frame;
  drawRows(view, data, (cell, c, total) => drawCell(cell, columns[c], colours, total));
  reachIfScrolled(root);
}

function drawCell(cell, column, colours, total) {
  if (cell === null) return make("td", column.kind);
  if (Array.isArray(cell)) return drawToken(...cell);
  const { kind, title, digits, limit } = column;
  const value = Number(cell);
  const isNumber = typeof cell === "number" || ["Infinity", "-Infinity", "NaN"].includes(cell);
  if (!isNumber || kind === "text") return make("td", isNumber ? kind : "text", `${cell}`);
  const drawn = make("td", kind);
  drawn.append(make("span", "", write(value, kind, digits)));
  drawn.title = `${title}: ${kind === "log" ? `exp(${exactly(value)})` : exactly(value)}`;
  if (kind === "share" && !total) drawn.append(track(value));
  if (kind === "signed" && !total) {
    const share = limit > 0 ? Math.min(1, Math.abs(value) / limit) : 0;
    // Pale, so that the number stays readable on it.
    drawn.style.background = mix(colours.background, value < 0 ? colours.negative : colours.positive, 0.45 * share);
  }
  return drawn;
}

function drawToken(label, id) {
  const cell = make("td", "token-cell");
  cell.append(make("span", "token", label));
  cell.title = `${label} (id ${id})`;
  return cell;
}

function write(value, kind, digits) {
  if (kind === "count") return value.toLocaleString("en");
  return kind === "log" ? fromLogarithm(value, digits) : significant(value, digits);
}

// exp(value): where a float64 would underflow to 0, the power of ten is taken from the logarithm itself.
function fromLogarithm(value, digits) {
  if (value > -700 || !Number.isFinite(value)) return significant(Math.exp(value), digits);
  const power = Math.floor(value / Math.LN10);
  const mantissa = 10 ** (value / Math.LN10 - power);
  return `${mantissa.toFixed(digits - 1)}·10⁻${Array.from(`${-power}`, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
}

function track(share) {
  const whole = make("span", "track");
  const bar = make("span", "bar");
  bar.style.width = `${100 * share}%`;
  whole.append(bar);
  return whole;
}

function exactly(value) {
  return String(value).replaceAll("-", "−");
}
