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
from explorer.components.number_table import Column, number_table
from explorer.components.number_words import number_words
from explorer.components.work_chart import work_chart
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters
from explorer.ui.lessons import lesson
from explorer.ui.shape import Shape

PAGE = "parameters"
LENGTHS = np.unique(np.logspace(0, 5.2, 60).astype(int))


def show_cost(shape: Shape) -> None:
    config = shape.config
    st.markdown(lesson(PAGE, "cost"))
    # What stays the same stands by itself: then the browser sets only the numbers anew.
    st.markdown(f"**Memory.** {lesson(PAGE, 'cost memory')}")
    _memory(config)
    _cache(config)
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


def _memory(config: TransformerConfig) -> None:
    count = count_parameters(config)
    number_words([f"There are {count:,}."], key="memory_words")
    columns = [Column("format", "text"), Column("bytes per number", "count"), Column("all parameters", "text")]
    rows = [(dtype, size, size_words(memory_bytes(count, dtype))) for dtype, size in BYTES.items()]
    number_table(columns, rows, key="memory_table", title="Memory that all parameters take in each format")


def _cache(config: TransformerConfig) -> None:
    cost = cache_cost(config)
    if not cost.per_token:
        st.markdown("**Key/value cache.** This model does not write, so it has no use for one.")
        return
    st.markdown(f"**Key/value cache.** {lesson(PAGE, 'cost cache')}")
    layers, s, m, l = config.n_decoder_layers, config.n_heads, config.d_k, config.d_v  # noqa: E741
    full = cost.per_token * config.max_len + cost.per_source_token * config.max_len
    per_token = size_words(memory_bytes(cost.per_token, "float32"))
    once = ", and as many once for each token of the source." if cost.per_source_token else "."
    lines = [
        f"$L_y s (m + l) | = {layers:,}·{s:,}·({m:,} + {l:,}) | = {cost.per_token:,}$ numbers per token, "
        f"{per_token} in float32{once}",
        f"With all {config.max_len:,} positions filled: {size_words(memory_bytes(full, 'float32'))}.",
    ]
    number_words(lines, key="cache_words")


def _growth(config: TransformerConfig) -> None:
    crossing = crossing_length(config)
    works = [layer_work(config, int(length)) for length in LENGTHS]
    one = layer_work(config, 1)
    st.markdown(f"**Multiply-adds.** {lesson(PAGE, 'cost growth')}")
    lines = [
        f"$n = {{s(2dm + dl) + l s d + {3 if config.ff_gate else 2} d f}}/{{s(m + l)}} | = "
        f"{{{one.projections + one.feed_forward:,}}}/{{{one.attention:,}}} | = {crossing:,.0f}$ tokens.",
        "All layers and the logits, for one more token with a cache: "
        f"**{work_per_token(config, 1):,}** for the first, **{work_per_token(config, config.max_len):,}** for the last "
        f"of {config.max_len:,}. ~Norms, softmax and activations are left out.~",
    ]
    number_words(lines, key="growth_words")
    title = f"Multiply-adds of one layer by length; the two curves cross at {crossing:,.0f} tokens"
    work_chart(LENGTHS, works, key="work", title=title, crossing=crossing)
