"""What is written on canvases has the page's own font, though the font may come later than the words."""

from __future__ import annotations

from tests.browser.test_attention_heads import cells_of, middle, open_heads

_LABELS = """
(root) => ['top', 'left'].map((name) => {
  const canvas = root.querySelector(`canvas.${name}`);
  return canvas.toDataURL();
})
"""


def test_labels_are_in_their_own_font_on_a_first_visit(fresh_page, app_url):
    """The font may come after they were first written: hovering, which writes them anew, then changes nothing."""
    page = fresh_page
    run = open_heads(page, app_url)
    root = page.locator(".st-key-head_map .root")
    first_written = root.evaluate(_LABELS)
    cells_of(page).scroll_into_view_if_needed()
    cells_of(page).hover(position=middle(page, run, "decoder", 0, 0))
    assert root.evaluate(_LABELS) != first_written
    page.mouse.move(2, 2)
    page.wait_for_function(
        "([root, wanted]) => (" + _LABELS.strip() + ")(root).join() === wanted.join()",
        arg=[root.element_handle(), first_written],
    )
