"""The first page, and what the sidebar and the row of pages do from there."""

from playwright.sync_api import Page

from benchmarks.hands import BERT, GPT, LENGTHS, PAIR, Control, select, write
from benchmarks.texts import text_of


def _visit(page: Page, i: int) -> None:
    """From this page to the heads, and back."""
    page.get_by_test_id("stTopNavLink").filter(has_text=("Heads", "Home")[i % 2]).first.click()


def texts(model: str, n_tokens: int, key: str = "text") -> dict:
    """A new text for each move."""
    return write(key, *(text_of(model, n_tokens, n)[key] for n in range(1, 18)))


CONTROLS = (
    Control("from page to page", _visit),
    *(
        Control("another text", **texts(model, 64, key), passes=True, models=(model,))
        for model, key in ((GPT, "text"), (BERT, "text"), (PAIR, "source"))
    ),
    Control("another text", **texts(GPT, 16), passes=True, lengths=(16,)),
    Control("another model", **select("_model"), lengths=LENGTHS),
)
