// The sizes of a whole model, as the sliders announce them, and the learned arrays that go with them. While a slider is
// dragged they are made here, from the formulas; once it is let go they are the server's, as it counted them.

const SYMBOLS = { n_heads: "s", d_model: "d", d_k: "m", d_v: "l", d_ff: "f", vocab_size: "V", max_len: "N" };
const LAYERS = { n_encoder_layers: "encoder", n_decoder_layers: "decoder" };

// The state of a component that draws `view.symbols` and `view.layers` by `draw(view)`, and follows the sliders;
// `view.dragged` says that the server has not answered yet.
function followModel(parentElement, data, create, draw) {
  const view = stateOf(parentElement, () => {
    const root = parentElement.querySelector(".root");
    const fresh = Object.assign(create(root), { root });
    fresh.stop = redrawing(fresh, draw, onAnnounced("shape", (values) => announced(fresh, values, draw)));
    return fresh;
  });
  // A run of the server begins with what it sent before: that would take the picture back from under the hand.
  const sent = JSON.stringify(data);
  if (sent !== view.sent) {
    Object.assign(view, { sent, data });
    show(view, data, false, draw);
  }
  return view;
}

function announced(view, values, draw) {
  const sizes = { symbols: { ...view.data.symbols }, layers: { ...view.data.layers } };
  for (const [name, symbol] of Object.entries(SYMBOLS)) if (name in values) sizes.symbols[symbol] = values[name];
  if ("max_len" in values) sizes.symbols.N += view.data.more_positions;
  for (const [name, stack] of Object.entries(LAYERS)) if (name in values) sizes.layers[stack] = values[name];
  const { symbols, layers } = view.data;
  const same = JSON.stringify(sizes) === JSON.stringify({ symbols, layers }); // back to what the server has counted
  show(view, sizes, !same, draw);
}

function show(view, { symbols, layers }, dragged, draw) {
  Object.assign(view, { symbols, layers, dragged });
  draw(view);
}

// The shape of an array from its formula: ["s m", "d"] is [s·m, d].
function shapeOf(dims, symbols) {
  return dims.map((dim) => dim.split(" ").reduce((product, symbol) => product * symbols[symbol], 1));
}

function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}
