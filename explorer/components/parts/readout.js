// A chart whose curves are read out at one place, chosen by the pointer or by the arrow keys: `nearest(view, x)` is the
// place below a pointer at x, `point(view, place)` reads it out. The keys begin at the first place, or go from
// `view.rest` where that is set.
function readOut(view, nearest, point) {
  const { marks } = view.panel;
  marks.tabIndex = 0;
  marks.addEventListener("pointermove", (event) => point(view, nearest(view, event.offsetX)));
  marks.addEventListener("pointerleave", () => point(view, null));
  marks.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // the same arrow keys may step through the page when the chart has no focus
    const from = view.at ?? view.rest;
    point(view, from === undefined ? 0 : from + step);
  });
}

// The same for a chart that has values along its axis, `placesOf(view)`, at view.x(value): a place is one of them by its
// number in view.at, and `mark(view)` shows it.
function readOutAmong(view, placesOf, mark) {
  const nearest = ({ x }, offset) => {
    const places = placesOf(view);
    const far = (n) => Math.abs(x(places[n]) - offset);
    return places.reduce((best, _, n) => (far(n) < far(best) ? n : best), 0);
  };
  readOut(view, nearest, (_, at) => {
    view.at = at === null ? null : Math.min(Math.max(at, 0), placesOf(view).length - 1);
    mark(view);
  });
}
