"""Every control of every page that is timed: one module a page, each with its ``CONTROLS``."""

from benchmarks.controls import (
    attention_heads,
    attention_steps,
    break_it,
    compare,
    decoding,
    factorisation,
    forward_pass,
    home,
    models,
    parameters,
    positions,
)
from benchmarks.hands import Control

CONTROLS: dict[str, tuple[Control, ...]] = {
    page.__name__.rpartition(".")[2]: page.CONTROLS
    for page in (
        home,
        attention_heads,
        attention_steps,
        forward_pass,
        factorisation,
        decoding,
        parameters,
        positions,
        compare,
        break_it,
        models,
    )
}
"""The controls by the page's name in the URL."""
