"""The shape that the parameter page counts: a preset or a bundled model, and what the visitor has changed in it.

Session and URL hold the same three values: ``preset`` (a name), ``shape`` (what is changed: "d_model=64,n_heads=1") and
``n`` (the size of an attention layer's output, where it is not d).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import streamlit as st

from explorer.analysis.presets import PRESETS
from explorer.components.shape_sliders import Size
from explorer.model.config import TransformerConfig
from explorer.model.config_text import apply_changes, changes_text
from explorer.ui.cache import catalogue
from explorer.ui.literal import literal
from explorer.ui.notices import not_there, notice
from explorer.ui.url import has_gone_back, remember

SHAPE, PROBLEM, LINKED = "_shape", "_shape_problem", "_shape_linked"  # session keys
DEFAULT = "transformer-base"  # the board's own numbers
SIZES = {  # symbol, words, the largest that is counted
    "n_heads": ("s", "number of heads", 256),
    "d_model": ("d", "width of the residual stream", 32_768),
    "d_k": ("m", "size of each q and k", 8_192),
    "d_v": ("l", "size of each v", 8_192),
    "n": ("n", "size of the attention layer's output; in a stack it is d", 32_768),
    "d_ff": ("f", "width of the feed-forward network", 131_072),
    "n_encoder_layers": ("L_x", "layers of the encoder", 128),
    "n_decoder_layers": ("L_y", "layers of the decoder", 128),
    "vocab_size": ("V", "tokens in the vocabulary", 1_000_000),
    "max_len": ("N", "positions", 131_072),
}


@dataclass(frozen=True)
class Shape:
    """What is counted."""

    preset: str  # a key of ``bases()``
    config: TransformerConfig
    n: int | None = None  # None: d

    @property
    def output_size(self) -> int:
        return self.n or self.config.d_model

    @property
    def changed(self) -> bool:
        return self.config != bases()[self.preset]


def bases() -> dict[str, TransformerConfig]:
    """What one can start from: published models, and the bundled ones."""
    bundled = {name: entry.config for name, entry in catalogue()[0].items() if entry.trained}
    return {**{name: preset.config for name, preset in PRESETS.items()}, **bundled}


def base_title(name: str) -> str:
    return PRESETS[name].title if name in PRESETS else name


def current_shape() -> Shape:
    """The shape in the session; at first the one in the URL, or the default where that is none, which is said."""
    if SHAPE not in st.session_state:
        st.session_state[SHAPE] = _from_url()
    return st.session_state[SHAPE]


def set_shape(shape: Shape) -> None:
    st.session_state[SHAPE] = shape
    st.session_state.pop(PROBLEM, None)


def start_from(preset: str) -> None:
    """Take a preset as it is."""
    set_shape(Shape(preset, bases()[preset]))


def change(**values: object) -> None:
    """Change fields of the configuration (and ``n``), or say in one sentence why they cannot be changed so."""
    shape = current_shape()
    n = values.pop("n", shape.n)
    try:
        if architecture := values.get("architecture"):
            values |= _layers(shape.config, str(architecture))
        config = replace(shape.config, **values)
    except ValueError as error:
        st.session_state[PROBLEM] = f"{error}."
        return
    set_shape(Shape(shape.preset, config, None if n == config.d_model else n))


def put_shape_into_url() -> None:
    """The URL names what differs from the default."""
    shape = current_shape()
    texts = {
        "preset": shape.preset if shape.preset != DEFAULT else "",
        "shape": changes_text(bases()[shape.preset], shape.config),
        "n": str(shape.n or ""),
    }
    for key, text in texts.items():
        if text:
            if st.query_params.get(key) != text:
                st.query_params[key] = text
        elif key in st.query_params:
            del st.query_params[key]
        remember(key, shape)


def follow_address() -> None:
    """After Back or Forward, the shape is the one that the URL names."""
    shape = st.session_state.get(SHAPE)
    if any(has_gone_back(key, shape) for key in ("preset", "shape", "n")):
        del st.session_state[SHAPE]


def current_problem() -> str:
    """Why the last change was not taken; the empty text once one was."""
    return st.session_state.get(PROBLEM, "")


def sizes_of(shape: Shape, names: tuple[str, ...]) -> list[Size]:
    """The sliders of these sizes, without those that the architecture lacks."""
    found = []
    for name in names:
        symbol, words, largest = SIZES[name]
        value = shape.output_size if name == "n" else getattr(shape.config, name)
        if value:  # the layers of a stack that is not there are 0
            found.append(Size(name, symbol, words, value, max(largest, value)))
    return found


def _from_url() -> Shape:
    url = st.query_params
    preset = url.get("preset", DEFAULT)
    if preset not in bases():
        not_there("preset", base_title(DEFAULT))
        preset = DEFAULT
    try:
        config, n = _read(preset, url.get("shape", "")), url.get("n")
        if n is not None and not (n.isascii() and n.isdecimal() and len(n) < 10 and 1 <= int(n) <= SIZES["n"][2]):
            raise ValueError(f"n must be a whole number from 1 to {SIZES['n'][2]:,}")
        return Shape(preset, config, int(n) if n else None)
    except ValueError as error:
        notice(f"The address describes no model ({literal(str(error)[:200])}): showing {base_title(preset)}.")
        return Shape(preset, bases()[preset])


@lru_cache(maxsize=64)
def _read_changes(base: TransformerConfig, text: str) -> TransformerConfig:
    config = apply_changes(base, text)
    for name, (_, _, largest) in SIZES.items():
        if name != "n" and getattr(config, name) > max(largest, getattr(base, name)):
            raise ValueError(f"{name} must be at most {largest:,}")
    return config


def _read(preset: str, text: str) -> TransformerConfig:
    return _read_changes(bases()[preset], text)


def _layers(config: TransformerConfig, architecture: str) -> dict[str, object]:
    """What has to go along with another architecture."""
    layers = max(config.n_encoder_layers, config.n_decoder_layers)
    pair = architecture == "encoder-decoder"
    return {
        "n_encoder_layers": layers if architecture != "decoder" else 0,
        "n_decoder_layers": layers if architecture != "encoder" else 0,
        "source_vocab_size": config.source_vocab_size if pair else 0,
        "bottleneck": config.bottleneck and pair,
    }
