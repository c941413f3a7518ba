"""The page that counts parameters: its words and pictures follow the hand in the browser."""

from playwright.sync_api import Page

from benchmarks.hands import Control, canvas, drag, inside, radio, select

WHOLE = (("view", "The whole model"), ("preset", "gpt2"))
COSTS = (("view", "What it costs"), ("preset", "gpt2"))
BUILD = (("view", "Build it"), ("preset", "gpt-captions"))
BASE = select("_base")


def leave(page: Page, i: int) -> None:
    """Out of the part that the last click went into."""
    whole = page.locator(".st-key-parameter_map .crumbs button").first
    if whole.is_enabled():
        whole.click()


CONTROLS = tuple(
    Control(name, move, **more)
    for name, move, more in (
        ("one layer: number of heads", drag("number of heads, n_heads"), {}),
        ("one layer: d_model", drag("width of the residual stream, d_model"), {}),
        ("one layer: start from", BASE["move"], {"prepare": BASE["prepare"]}),
        ("whole model: d_ff", drag("width of the feed-forward network, d_ff"), {"query": WHOLE}),
        ("whole model: click on a part", canvas("parameter_map"), {"query": WHOLE, "prepare": leave}),
        ("whole model: options", inside("options", "summary", (0, 0)), {"query": WHOLE}),
        ("costs: layers", drag("layers of the decoder, n_decoder_layers"), {"query": COSTS}),
        ("build: layers", drag("layers of the decoder, n_decoder_layers"), {"query": BUILD}),
        ("one view, another view", radio("The whole model", "One attention layer"), {}),
    )
)
