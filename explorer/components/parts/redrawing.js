// Draws a view anew when its width or the theme has changed. Returns what stops that.
function redrawing(view, draw) {
  return [onWidth(view.root, () => draw(view)), onTheme(view.root, () => draw(view))];
}
