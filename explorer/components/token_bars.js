// A list of tokens, each with a bar as long as its probability; a full bar is certainty.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  root.style.setProperty("--weight", palette(root).weight);
  root.replaceChildren(...data.flatMap(drawGroup));
  return onTheme(root, () => root.style.setProperty("--weight", palette(root).weight));
}

function drawGroup({ heading, bars }) {
  const list = make("ol", "bars");
  list.append(...bars.map(drawBar));
  return heading ? [make("p", "heading", heading), list] : [list];
}

function drawBar({ label, token_id, probability }) {
  const row = make("li", "row");
  row.title = `token ${token_id}: p = ${probability}`;
  const name = make("span", "name");
  name.append(make("span", "token", label));
  const track = make("span", "track");
  const bar = make("span", "bar");
  bar.style.width = `${100 * probability}%`;
  track.append(bar);
  row.append(name, track, make("span", "number", significant(probability)));
  return row;
}
