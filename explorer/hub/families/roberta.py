"""RoBERTa (Liu et al. 2019): BERT with other positions and another head."""

from __future__ import annotations

from explorer.hub.contents import Contents
from explorer.hub.families.bert import OTHER_HEADS, encoder_config, encoder_pieces, with_head
from explorer.hub.family import Family, Piece
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig


def config(options: Options, contents: Contents) -> TransformerConfig:
    """Positions are counted from pad_token_id + 1 on, so that the table has that many rows before the first."""
    offset = options.whole("pad_token_id", 1) + 1
    max_len = options.size("max_position_embeddings", 512) - offset
    return encoder_config(options, "lm_head.dense.weight" in contents, "gelu", max_len, offset, 50265)


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    transform = {"transform.linear": "lm_head.dense", "transform.norm": "lm_head.layer_norm"}
    return with_head(encoder_pieces(c), c, transform, "lm_head.decoder", "lm_head.bias")


ROBERTA = Family(
    model_type="roberta",
    title="RoBERTa",
    config=config,
    pieces=pieces,
    prefixes=("roberta.",),
    left_out=OTHER_HEADS,
)
