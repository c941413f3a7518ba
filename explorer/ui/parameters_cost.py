"""What a model costs: memory in three formats, the key/value cache, multiply-adds and how they grow with the text."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.analysis.costs import (
    BYTES,
    cache_cost,
    crossing_length,
    layer_work,
    memory_bytes,
    work_per_token,
)
from explorer.figures.work_by_length import work_by_length
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters
from explorer.ui.charts import current_palette, show
from explorer.ui.lessons import lesson
from explorer.ui.parameters_attention import n
from explorer.ui.shape import Shape

PAGE = "parameters"
LENGTHS = np.unique(np.logspace(0, 5.2, 60).astype(int))


def show_cost(shape: Shape) -> None:
    config = shape.config
    st.markdown(lesson(PAGE, "cost"))
    st.markdown(_memory(config))
    st.markdown(_cache(config))
    _growth(config)


def size_words(n_bytes: int) -> str:
    """Bytes as a person says them, in powers of 1,000.

    >>> size_words(12), size_words(498_000_000)
    ('12 bytes', '498 MB')
    """
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if n_bytes >= 1000**power:
            value = n_bytes / 1000**power
            return f"{value:,.{max(0, 3 - len(str(int(value))))}f} {unit}"
    return f"{n_bytes:,} bytes"


def _memory(config: TransformerConfig) -> str:
    count = count_parameters(config)
    rows = [f"| {dtype} | {size} | {size_words(memory_bytes(count, dtype))} |" for dtype, size in BYTES.items()]
    head = ["| format | bytes per number | all parameters |", "|---|---:|---:|"]
    return "\n".join([f"**Memory.** {lesson(PAGE, 'cost memory')} There are {count:,}.", "", *head, *rows])


def _cache(config: TransformerConfig) -> str:
    cost = cache_cost(config)
    if not cost.per_token:
        return "**Key/value cache.** This model does not write, so it has no use for one."
    layers, s, m, l = config.n_decoder_layers, config.n_heads, config.d_k, config.d_v  # noqa: E741
    formula = rf"L_y\,s\,(m + l) = {n(layers)}\cdot{n(s)}\cdot({n(m)} + {n(l)}) = {n(cost.per_token)}"
    full = cost.per_token * config.max_len + cost.per_source_token * config.max_len
    lines = [
        f"**Key/value cache.** {lesson(PAGE, 'cost cache')}",
        f"${formula}$ numbers per token, {size_words(memory_bytes(cost.per_token, 'float32'))} in float32"
        + (", and as many once for each token of the source." if cost.per_source_token else "."),
        f"With all {config.max_len:,} positions filled: {size_words(memory_bytes(full, 'float32'))}.",
    ]
    return "\n\n".join(lines)


def _growth(config: TransformerConfig) -> None:
    crossing = crossing_length(config)
    works = [layer_work(config, int(length)) for length in LENGTHS]
    one = layer_work(config, 1)
    st.markdown(
        f"**Multiply-adds.** {lesson(PAGE, 'cost growth')} "
        rf"$n = \frac{{s(2dm + dl) + l\,s\,d + 2\,d f}}{{s\,(m + l)}} = "
        rf"\frac{{{n(one.projections + one.feed_forward)}}}{{{n(one.attention)}}} = {crossing:,.0f}$ tokens."
        f"\n\nAll layers and the logits, for one more token with a cache: "
        f"**{work_per_token(config, 1):,}** for the first, **{work_per_token(config, config.max_len):,}** for the last "
        f"of {config.max_len:,}. :small[Norms, softmax and activations are left out.]"
    )
    figure = work_by_length(
        LENGTHS,
        np.array([work.projections + work.feed_forward for work in works]),
        np.array([work.attention for work in works]),
        crossing=crossing,
        palette=current_palette(),
    )
    show(
        figure, key="work", alt=f"Multiply-adds of one layer by length; the two curves cross at {crossing:,.0f} tokens"
    )
