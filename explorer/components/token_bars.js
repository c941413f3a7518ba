// A list of tokens, each with a bar as long as its probability; a full bar is certainty.

export default ahead(receive);

function receive({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const paint = () => root.style.setProperty("--weight", palette(root).weight);
  const view = stateOf(parentElement, () => ({ stop: onTheme(root, paint) }));
  view.pick = (group, bar) => setTriggerValue("pick", { group, bar });
  paint();
  const shown = JSON.stringify(data);
  if (shown !== view.shown) {
    const at = view.shown && placeOfFocus(root);
    root.replaceChildren(...data.groups.flatMap((group, n) => drawGroup(view, data, group, n)));
    if (at) root.querySelector(`[data-place="${at}"]`)?.focus(); // the same row of the new list
    view.shown = shown;
  }
  return view.stop;
}

function placeOfFocus(root) {
  return root.getRootNode().activeElement?.dataset.place;
}

function drawGroup(view, data, group, n) {
  const ranked = group.bars.some((bar) => bar.rank !== null);
  const framed = data.picks || group.marked !== null;
  const list = make("ol", ["bars", ranked && "ranked", framed && "framed"].filter(Boolean).join(" "));
  let rank = 0;
  group.bars.forEach((bar, i) => {
    if (bar.rank !== null && bar.rank > rank + 1) list.append(drawGap(rank, bar.rank));
    rank = bar.rank ?? rank + 1;
    list.append(drawBar(view, data, bar, bar.token_id === group.marked, [n, i]));
  });
  if (group.tail) list.append(drawTail(...group.tail));
  return group.heading ? [make("p", "heading", group.heading), list] : [list];
}

function drawBar(view, data, { label, token_id, probability, rank }, marked, [group, i]) {
  const item = make("li", marked ? "marked" : "");
  const row = make(data.picks ? "button" : "div", "row");
  row.title = [`token ${token_id}: p = ${probability}`, rank !== null && `rank ${rank}`, marked && "taken"]
    .filter(Boolean)
    .join(", ");
  if (data.picks) {
    row.type = "button";
    row.dataset.place = `${group} ${i}`;
    if (data.pick_title) row.title += `. ${data.pick_title}`;
    row.addEventListener("click", () => view.pick(group, i));
  }
  const name = make("span", "name");
  name.append(make("span", "token", label));
  if (marked) name.append(make("span", "spoken", " taken"));
  row.append(make("span", "rank", rank === null ? "" : `${rank}`), name, drawTrack(probability));
  row.append(make("span", "number", significant(probability)));
  item.append(row);
  return item;
}

function drawTrack(probability) {
  const track = make("span", "track");
  const bar = make("span", "bar");
  bar.style.width = `${100 * probability}%`;
  track.append(bar);
  return track;
}

// Nothing is left out silently: "…" stands for the ranks that are.
function drawGap(before, after) {
  const gap = make("li", "gap", "…");
  const count = after - before - 1;
  gap.title = count === 1 ? "1 token is left out here" : `${count.toLocaleString("en")} tokens are left out here`;
  gap.append(make("span", "spoken", gap.title));
  return gap;
}

function drawTail(label, probability) {
  const item = make("li", "tail");
  const row = make("div", "row");
  row.title = `${label}: p = ${probability}`;
  row.append(make("span", "rank"), make("span", "name", label), drawTrack(probability));
  row.append(make("span", "number", significant(probability)));
  item.append(row);
  return item;
}
