// A badge: the browser's own position code beside the server's, number by number.

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const { data: halves, shape } = arrays.codes;
  // Each float64 came as two int32, since that is what the message carries.
  const theirs = new Float64Array(halves.buffer, halves.byteOffset, halves.length / 2);
  const ours = codeMatrix(meta.length, meta.d, meta.base);
  let largest = ours.length === theirs.length ? 0 : NaN;
  for (let n = 0; n < ours.length; n++) largest = Math.max(largest, Math.abs(ours[n] - theirs[n]));
  const agrees = largest <= meta.tolerance;
  view.meta = meta;
  view.root.dataset.agrees = agrees;
  const count = (shape[0] * shape[1]).toLocaleString("en");
  view.root.replaceChildren(
    make("b", "", agrees ? "✓ checked " : "✗ not the same "),
    `The ${count} numbers of this picture, computed here, beside those of the NumPy reference: `,
    `the largest difference is ${significant(largest)}.`,
  );
  return view.stop;
}

function createView(root) {
  const view = { root };
  root.setAttribute("role", "status");
  view.stop = onAnnounced("position-code", ({ d, length, base }) => {
    const { meta } = view;
    if (d === meta.d && length === meta.length && base === meta.base) return;
    root.dataset.agrees = "";
    root.replaceChildren("Checked against the NumPy reference when you let go.");
  });
  return view;
}
