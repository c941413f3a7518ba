// A chart whose curves are read out at one place, chosen by the pointer or by the arrow keys: `nearest(view, x)` is the place
// below a pointer at x, `point(view, place)` reads it out.
function readOut(view, nearest, point) {
  const { marks } = view.panel;
  marks.tabIndex = 0;
  marks.addEventListener("pointermove", (event) => point(view, nearest(view, event.offsetX)));
  marks.addEventListener("pointerleave", () => point(view, null));
  marks.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    point(view, view.at === null ? 0 : view.at + step);
  });
}
