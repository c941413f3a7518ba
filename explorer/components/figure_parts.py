"""Several models over one skeleton of Figure 1: which of its parts each keeps, and how many numbers it learns there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.analysis.model_parts import CROSS, LINEAR
from explorer.components.base import declare, plain
from explorer.model.config import TransformerConfig

TITLES = {
    "encoder embedding": "Embedding",
    "encoder self-attention": "Self-attention",
    "encoder feed-forward": "Feed-forward",
    "decoder embedding": "Embedding",
    "decoder self-attention": "Masked attention",
    CROSS: "Cross-attention",
    "decoder feed-forward": "Feed-forward",
    LINEAR: "Linear, softmax",
}


@dataclass(frozen=True)
class Part:
    """One box of the skeleton."""

    name: str  # one of TITLES: where it stands
    title: str
    kept: bool
    detail: str = ""  # what is written under the title: how many numbers it learns


@dataclass(frozen=True)
class Skeleton:
    """One model's drawing."""

    title: str
    words: str  # what is drawn, for those who cannot see it
    encoder: int  # layers; 0 if it has no encoder
    decoder: int
    parts: tuple[Part, ...]


def figure_parts(skeletons: Sequence[Skeleton], *, key: str) -> None:
    """Draw them beside each other, or one below the other where there is no room."""
    declare("figure_parts")(key=key, data={"skeletons": [plain(each) for each in skeletons]})


def skeleton(title: str, config: TransformerConfig, counts: Mapping[str, int]) -> Skeleton:
    """What a model keeps of the figure; ``counts`` are its learned numbers, see ``count_by_part``."""
    parts = tuple(_part(name, config, counts) for name in TITLES)
    kept = ", ".join(f"{part.name} ({part.detail})" for part in parts if part.kept)
    words = f"{title} keeps of Figure 1: {kept}."
    return Skeleton(title, words, config.n_encoder_layers, config.n_decoder_layers, parts)


def _part(name: str, config: TransformerConfig, counts: Mapping[str, int]) -> Part:
    stack = name.partition(" ")[0]
    kept = {"encoder": config.has_encoder, "decoder": config.has_decoder, CROSS: config.has_cross_attention}
    kept[LINEAR] = config.unembedding
    if not kept.get(stack, True):
        return Part(name, TITLES[name], False)
    return Part(name, TITLES[name], True, _detail(name, config, counts[name]))


def _detail(name: str, config: TransformerConfig, count: int) -> str:
    """How many numbers; a matrix that is used twice counts where it stands first."""
    tied = config.tied_embeddings and name == LINEAR
    if tied or (name == "decoder embedding" and config.has_encoder and not config.source_vocab_size):
        return f"shared + {count:,}" if count else "shared"
    return f"{count:,}"
