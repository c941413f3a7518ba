"""Marian (Junczys-Dowmunt et al. 2018), the translators opus-mt: the board's own model, 6 + 6 layers of 8 heads."""

from __future__ import annotations

from explorer.hub.contents import Contents
from explorer.hub.families.bart import LEFT_OUT, pieces, seq2seq_config, two_embeddings
from explorer.hub.family import Family
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig


def config(options: Options, contents: Contents) -> TransformerConfig:
    source = options.size("vocab_size", 58101)
    target = options.size("decoder_vocab_size", source)
    shared = options.yes("share_encoder_decoder_embeddings", True)
    if shared and source != target:
        raise ValueError(f"vocab_size={source} and decoder_vocab_size={target} cannot share one embedding matrix")
    options.require("static_position_embeddings", True, "Marian's positions are computed")
    options.require("normalize_embedding", False, "Marian has no norm after its embeddings")
    options.require("add_final_layer_norm", False, "Marian has no norm after its last block")
    return seq2seq_config(
        options,
        contents,
        vocab_size=target,
        source_vocab_size=0 if shared and not two_embeddings(options, contents) else source,
        positions="sinusoidal-halves",
    )


MARIAN = Family(
    model_type="marian",
    title="Marian",
    config=config,
    pieces=pieces,
    prefixes=("model.",),
    left_out=LEFT_OUT,
    fixed={f"{stack}.embedding.position": f"{stack}.embed_positions.weight" for stack in ("encoder", "decoder")},
)
