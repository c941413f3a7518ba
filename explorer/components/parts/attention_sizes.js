// One attention layer's sizes s, d, m, l, n, as the sliders announce them, and its counts. While a slider is dragged the
// counts are made here; once it is let go they are the server's.

const SIZE_NAMES = { n_heads: "s", d_model: "d", d_k: "m", d_v: "l", n: "n" };

function countsOf({ s, d, m, l, n }) {
  const [w_q, w_v, w_o] = [s * d * m, s * d * l, l * s * n];
  const [once, as_n] = [w_q, s * n * (n - l)];
  return { w_q, w_v, w_o, once, as_n, exact: 2 * w_q + w_v + w_o, board: s * (n * n + d * m + d * l) };
}

// The state of a component that draws `view.sizes` and `view.counts` by `draw(view)`, and follows the sliders.
function followSizes(parentElement, data, draw) {
  const view = stateOf(parentElement, () => {
    const root = parentElement.querySelector(".root");
    const fresh = { root };
    fresh.stop = redrawing(fresh, draw, onAnnounced("shape", (values) => take(fresh, announcedSizes(values), draw)));
    return fresh;
  });
  // A run of the server begins with what it sent before: that would take the picture back from under the hand.
  const sent = JSON.stringify(data);
  if (sent !== view.sent) take(view, data.sizes, draw, data.counts);
  view.sent = sent;
  return view;
}

function announcedSizes(values) {
  const sizes = Object.fromEntries(Object.entries(SIZE_NAMES).map(([name, letter]) => [letter, values[name]]));
  return { ...sizes, n: sizes.n ?? sizes.d };
}

function take(view, sizes, draw, counts = countsOf(sizes)) {
  const same = JSON.stringify([sizes, counts]);
  if (same === view.same) return;
  Object.assign(view, { sizes, counts, same });
  draw(view);
}
