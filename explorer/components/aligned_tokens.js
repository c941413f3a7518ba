// Texts with their tokens in columns: the common start quiet, the token where they part framed, p under each.

const ROUNDING = 1e-4; // nats: what float32 leaves of two equal sums, computed in batches of different shapes

export default ahead(receive);

function receive({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  const view = stateOf(parentElement, () => ({ stop: onTheme(root, () => draw(root, view.data)) }));
  const shown = JSON.stringify(data);
  if (shown !== view.shown) {
    Object.assign(view, { data, shown });
    draw(root, data);
  }
  return view.stop;
}

function draw(root, { title, rows }) {
  const colours = palette(root);
  root.style.setProperty("--weight", colours.weight);
  root.style.setProperty("--muted", colours.muted);
  const grid = make("div", "grid");
  grid.tabIndex = 0; // so that the arrow keys scroll it
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", title);
  const leads = rows.flatMap((row) => row.tokens.map((token) => Math.abs(Number(token.lead)))).filter(Number.isFinite);
  const about = { colours, limit: Math.max(0, ...leads), many: rows.length > 1 };
  rows.forEach((row, r) => {
    const name = make("div", row.is_best ? "name best" : "name", row.name);
    Object.assign(name.style, { gridRow: r + 1, gridColumn: 1 });
    grid.append(name);
    row.tokens.forEach((token, i) => {
      const cell = drawToken(token, i, row, about);
      Object.assign(cell.style, { gridRow: r + 1, gridColumn: i + 2 });
      grid.append(cell);
    });
  });
  root.replaceChildren(grid);
}

function drawToken(token, i, { is_best: isBest, common }, { colours, limit, many }) {
  const state = common === null || i > common ? "" : i < common ? " quiet" : " parts";
  const cell = make("div", `cell${state}`);
  const name = make("span", "token", token.label);
  name.title = `token ${i + 1}: ${token.label} (id ${token.token_id}), p = ${token.p}`;
  const bar = make("span", "bar");
  bar.style.width = `${100 * token.p}%`;
  const track = make("span", "track");
  track.append(bar);
  const p = make("span", "p", significant(token.p));
  p.title = `p = ${token.p}`;
  cell.append(name, track, p);
  if (many && !isBest) cell.append(drawLead(Number(token.lead), colours, limit));
  return cell;
}

function drawLead(lead, colours, limit) {
  const even = Math.abs(lead) < ROUNDING;
  const mark = make("span", "lead", even ? "±0" : `${lead > 0 ? "+" : ""}${significant(lead)}`);
  const share = limit > 0 ? Math.min(1, Math.abs(lead) / limit) : 0;
  mark.style.background = mix(colours.background, lead < 0 ? colours.negative : colours.positive, 0.45 * share);
  mark.title = `log p so far, less the other's: ${String(lead).replaceAll("-", "−")}`;
  return mark;
}
