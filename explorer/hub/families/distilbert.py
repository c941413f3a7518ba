"""DistilBERT (Sanh et al. 2019): half of BERT's layers, no segments."""

from __future__ import annotations

from explorer.hub.contents import Contents
from explorer.hub.families.bert import OTHER_HEADS, with_head
from explorer.hub.family import Family, Piece, block_pieces, even_heads, linears, piece
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig

NORM_EPS = 1e-12


def config(options: Options, contents: Contents) -> TransformerConfig:
    sizes = even_heads(options.size("dim", 768), options.size("n_heads", 12), "dim", "n_heads")
    has_head = "vocab_transform.weight" in contents
    activation = options.activation("activation", "gelu")
    options.require("layer_norm_eps", NORM_EPS, "DistilBERT's norms have this number built in")
    options.seen(("dropout", "attention_dropout", "tie_weights_"))
    return TransformerConfig(
        architecture="encoder",
        vocab_size=options.size("vocab_size", 30522),
        **sizes,
        d_ff=options.size("hidden_dim", 4 * 768),
        n_encoder_layers=options.size("n_layers", 6),
        max_len=options.size("max_position_embeddings", 512),
        norm_position="post",
        norm_eps=NORM_EPS,
        activation=activation,
        attention_bias=True,
        positions="sinusoidal" if options.yes("sinusoidal_pos_embds", False) else "learned",
        embedding_norm=True,
        embedding_scale=False,
        tied_embeddings=options.yes("tie_word_embeddings", True),
        unembedding=has_head,
        output_transform=activation if has_head else "none",
        output_bias=has_head,
    )


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    found = {
        "encoder.embedding.token.weight": piece("embeddings.word_embeddings.weight"),
        **linears({"encoder.embedding.norm": "embeddings.LayerNorm"}),
    }
    if c.positions == "learned":
        found["encoder.embedding.position"] = piece("embeddings.position_embeddings.weight")
    names = {
        "attention.w_q": "attention.q_lin",
        "attention.w_k": "attention.k_lin",
        "attention.w_v": "attention.v_lin",
        "attention.w_o": "attention.out_lin",
        "attention_norm": "sa_layer_norm",
        "ff.w_1": "ffn.lin1",
        "ff.w_2": "ffn.lin2",
        "ff_norm": "output_layer_norm",
    }
    found |= block_pieces("encoder.blocks", "transformer.layer", c.n_encoder_layers, names)
    transform = {"transform.linear": "vocab_transform", "transform.norm": "vocab_layer_norm"}
    return with_head(found, c, transform, "vocab_projector", "vocab_projector.bias")


DISTILBERT = Family(
    model_type="distilbert",
    title="DistilBERT",
    config=config,
    pieces=pieces,
    prefixes=("distilbert.",),
    left_out=OTHER_HEADS,
    fixed={"encoder.embedding.position": "embeddings.position_embeddings.weight"},
)
