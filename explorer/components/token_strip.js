// Each strip: its title, the token that looks, and the tokens that are looked at, each as dark as its weight is large.

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  Object.assign(view, unpack(data));
  view.pick = (strip, key) => {
    view.meta.picked = [strip, key];
    mark(view);
    setTriggerValue("pick", { strip, key });
  };
  const { picked, ...content } = view.meta;
  const numbers = Object.values(view.arrays).map(({ data: values }) => Array.from(values));
  const shown = JSON.stringify([content, numbers]);
  if (shown !== view.shown) build(view);
  view.shown = shown;
  mark(view);
  return view.stop;
}

function createView(root) {
  const view = { root, strips: make("div"), legend: make("div", "below") };
  root.append(view.strips, view.legend);
  view.strips.addEventListener("click", (event) => pickChip(view, event.target.closest("button.chip")));
  view.strips.addEventListener("keydown", (event) => onKey(view, event));
  view.stop = onTheme(root, () => {
    build(view);
    mark(view);
  });
  return view;
}

function pickChip(view, chip) {
  if (chip) view.pick(Number(chip.dataset.strip), Number(chip.dataset.key));
}

function build(view) {
  const colours = palette(view.root);
  const active = view.root.getRootNode().activeElement?.dataset;
  view.shades = weightColours(colours);
  view.root.style.setProperty("--muted", colours.muted);
  view.root.style.setProperty("--grid", colours.grid);
  view.strips.replaceChildren(...view.meta.strips.map((strip, n) => drawStrip(view, colours, strip, n)));
  const masks = view.meta.strips.map((_, n) => view.arrays[`mask${n}`].data);
  const masked = masks.some((mask) => mask.includes(0)) && ((context) => hatching(context, colours));
  view.legend.replaceChildren(weightLegend(colours, masked));
  if (active?.key) chipAt(view, active.strip, active.key)?.focus();
}

function drawStrip(view, colours, { title, query, query_id, keys }, n) {
  const strip = make("div", "strip");
  const line = make("div", "line");
  const head = make("div", "title", title);
  if (query) {
    const looks = make("span", "query");
    looks.append(make("span", "token", query), " looks at");
    looks.firstChild.title = `query ${query} (id ${query_id})`;
    line.append(looks);
  }
  line.append(...keys.map((label, j) => drawChip(view, colours, label, [n, j])));
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", `${title} ${query}`.trim());
  if (title) strip.append(head);
  strip.append(line);
  return strip;
}

function drawChip({ meta, arrays, shades }, colours, label, [n, j]) {
  const weight = arrays[`weights${n}`].data[j];
  const seen = arrays[`mask${n}`].data[j] === 1;
  const chip = make(meta.picks && seen ? "button" : "span", seen ? "chip" : "chip masked");
  const token = make("span", "token", label);
  if (meta.picks && seen) {
    chip.type = "button";
    chip.tabIndex = -1;
    Object.assign(chip.dataset, { strip: n, key: j });
  }
  chip.append(token);
  if (meta.numbers) chip.append(make("span", "number", seen ? significant(weight) : "masked"));
  const about = `key ${j + 1} ${label} (id ${arrays[`ids${n}`].data[j]})`;
  chip.title = seen ? `${about}: weight ${exact(weight)}` : `${about}: masked, weight exactly 0`;
  if (seen) {
    const shade = shades[Math.round(255 * Math.max(0, Math.min(1, weight || 0)))];
    token.style.background = shade;
    token.style.color = readable(shade);
  }
  return chip;
}

function chipAt(view, strip, key) {
  return view.strips.querySelector(`.chip[data-strip="${strip}"][data-key="${key}"]`);
}

// Tab reaches one chip of each strip, the arrow keys the others.
function mark(view) {
  const [strip, key] = view.meta.picked ?? [-1, -1];
  for (const line of view.strips.children) {
    const chips = [...line.querySelectorAll("button.chip")];
    const mine = chips.find((chip) => Number(chip.dataset.strip) === strip && Number(chip.dataset.key) === key);
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(chip === mine));
      chip.tabIndex = chip === (mine ?? chips[0]) ? 0 : -1;
    }
  }
}

function onKey(view, event) {
  const chip = event.target.closest("button.chip");
  if (!chip) return;
  const chips = [...chip.parentElement.querySelectorAll("button.chip")];
  const at = chips.indexOf(chip);
  const above = event.key === "ArrowUp" || event.key === "ArrowDown";
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: chips.length - 1 }[event.key];
  const to = above ? neighbour(view, chip, event.key === "ArrowDown" ? 1 : -1) : chips[next];
  if (!above && next === undefined) return;
  event.preventDefault();
  event.stopPropagation(); // the same arrow keys may step through the page when no chip has the focus
  if (!to) return;
  chip.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

// The same key in the strip above or below.
function neighbour(view, chip, step) {
  const line = view.strips.children[Number(chip.dataset.strip) + step];
  const chips = line ? [...line.querySelectorAll("button.chip")] : [];
  return chips.find((each) => each.dataset.key === chip.dataset.key) ?? chips.at(-1);
}
