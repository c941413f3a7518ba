"""Published models as configurations of ours, beside what their authors say of their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters


@dataclass(frozen=True)
class Extra:
    """A part that the published model has and our modules do not."""

    words: str
    formula: str  # LaTeX
    count: int


@dataclass(frozen=True)
class Preset:
    """A published model."""

    title: str
    config: TransformerConfig
    published: int  # how many parameters, as published
    exact: bool  # whether that is a count to the last one, or a rounded figure
    source: str  # where it is published
    why: str = ""  # where ours differs, why
    extras: tuple[Extra, ...] = ()

    @property
    def total(self) -> int:
        """Our modules and the parts that they lack."""
        return count_parameters(self.config) + sum(extra.count for extra in self.extras)


def _transformer(d: int, s: int, f: int) -> TransformerConfig:
    """Vaswani et al. 2017: a shared vocabulary of about 37,000 pieces (section 5.1), one matrix for all embeddings."""
    return TransformerConfig(
        "encoder-decoder",
        vocab_size=37_000,
        d_model=d,
        n_heads=s,
        d_k=64,
        d_v=64,
        d_ff=f,
        n_encoder_layers=6,
        n_decoder_layers=6,
        max_len=512,
    )


def _gpt(d: int, s: int, layers: int, max_len: int = 1024) -> TransformerConfig:
    """GPT-2 and GPT-3: pre-norm with a final norm, learned positions, biases, the output tied to the embedding."""
    return TransformerConfig(
        "decoder",
        vocab_size=50_257,
        d_model=d,
        n_heads=s,
        d_k=d // s,
        d_v=d // s,
        d_ff=4 * d,
        n_decoder_layers=layers,
        max_len=max_len,
        norm_position="pre",
        final_norm=True,
        activation="gelu_tanh",
        attention_bias=True,
        positions="learned",
        embedding_scale=False,
    )


def _bert(d: int, s: int, layers: int) -> dict[str, Any]:
    """BERT: post-norm, learned positions, biases; and three parts that our encoder does not have."""
    config = TransformerConfig(
        "encoder",
        vocab_size=30_522,
        d_model=d,
        n_heads=s,
        d_k=d // s,
        d_v=d // s,
        d_ff=4 * d,
        n_encoder_layers=layers,
        max_len=512,
        activation="gelu",
        norm_eps=1e-12,
        attention_bias=True,
        positions="learned",
        embedding_scale=False,
    )
    extras = (
        Extra("segment embeddings, for the first and the second sentence", "2 d", 2 * d),
        Extra("a layer norm after the embeddings", "2 d", 2 * d),
        Extra("the pooler, a matrix and a bias behind [CLS]", "d^2 + d", d * d + d),
    )
    return {"config": config, "extras": extras}


_PAPER = "Vaswani et al. 2017, Table 3"
_WHY_BASE = (
    "The paper rounds to millions, and its Table 3 does not say with which vocabulary: 65 million would be about "
    "40,800 pieces, where section 5.1 has about 37,000 (each piece costs 512 parameters)."
)
_WHY_BIG = (
    "The paper rounds to millions, and its Table 3 does not say with which vocabulary: 213 million would be about "
    "35,900 pieces, where section 5.1 has about 37,000 (each piece costs 1,024 parameters)."
)
_WHY_GPT3 = "The paper rounds: it calls 174.6 billion 175.0 B."
_GPT2 = "the released checkpoints (Radford et al. 2019; their Table 2 has other, rounded figures)"
_BERT = "the released checkpoints, pooler included (Devlin et al. 2019; their section 3 rounds to 110 M and 340 M)"

PRESETS: dict[str, Preset] = {
    "transformer-base": Preset("Transformer base", _transformer(512, 8, 2048), 65_000_000, False, _PAPER, _WHY_BASE),
    "transformer-big": Preset("Transformer big", _transformer(1024, 16, 4096), 213_000_000, False, _PAPER, _WHY_BIG),
    "gpt2": Preset("GPT-2 small", _gpt(768, 12, 12), 124_439_808, True, _GPT2),
    "gpt2-medium": Preset("GPT-2 medium", _gpt(1024, 16, 24), 354_823_168, True, _GPT2),
    "gpt2-large": Preset("GPT-2 large", _gpt(1280, 20, 36), 774_030_080, True, _GPT2),
    "gpt2-xl": Preset("GPT-2 XL", _gpt(1600, 25, 48), 1_557_611_200, True, _GPT2),
    "gpt3": Preset(
        "GPT-3", _gpt(12_288, 96, 96, 2048), 175_000_000_000, False, "Brown et al. 2020, Table 2.1", _WHY_GPT3
    ),
    "bert-base": Preset("BERT base", **_bert(768, 12, 12), published=109_482_240, exact=True, source=_BERT),
    "bert-large": Preset("BERT large", **_bert(1024, 16, 24), published=335_141_888, exact=True, source=_BERT),
}
