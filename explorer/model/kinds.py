"""The kinds of attention: encoder self-attention, masked self-attention, cross-attention. Needs no torch."""

from __future__ import annotations

from explorer.model.config import TransformerConfig

KIND_TITLES = {
    "encoder": "Encoder self-attention",
    "decoder": "Masked self-attention",
    "cross": "Cross-attention (decoder looks at encoder)",
}


def attention_kinds(config: TransformerConfig) -> tuple[str, ...]:
    """The kinds of attention an architecture has, in the order of the lecture: keys of ``KIND_TITLES``."""
    if config.architecture == "encoder-decoder":
        return ("encoder", "decoder", "cross")
    return (config.architecture,)


def n_layers(config: TransformerConfig, kind: str) -> int:
    """How many layers hold attention of ``kind``."""
    return config.n_encoder_layers if kind == "encoder" else config.n_decoder_layers
