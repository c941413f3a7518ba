"""BERT (Devlin et al. 2019), with its head for masked words where the checkpoint has one; RoBERTa builds on it."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.hub.contents import Contents
from explorer.hub.family import Family, Piece, block_pieces, even_heads, linears, old_norm_names, piece
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig

OTHER_HEADS = {
    r"pooler\..*": "the pooler, one layer over [CLS] for tasks that classify a text",
    r"cls\.seq_relationship\..*": "the head that tells whether two sentences follow each other",
    r"(classifier|qa_outputs|pre_classifier)\..*": "the head for another task",
    r"embeddings\.(position_ids|token_type_ids)": "",
}


def config(options: Options, contents: Contents) -> TransformerConfig:
    """BERT's config; without logits where the checkpoint has no head for masked words."""
    has_head = "cls.predictions.transform.dense.weight" in contents
    activation, max_len = options.activation("hidden_act", "gelu"), options.size("max_position_embeddings", 512)
    return encoder_config(options, has_head, activation, max_len, 0, 30522)


def encoder_config(
    options: Options, has_head: bool, head_activation: str, max_len: int, position_offset: int, vocab_size: int
) -> TransformerConfig:
    """What BERT and RoBERTa have in common; ``vocab_size`` where the config says none."""
    d_model = options.size("hidden_size", 768)
    sizes = even_heads(d_model, options.size("num_attention_heads", 12), "hidden_size", "num_attention_heads")
    options.require("position_embedding_type", "absolute", "positions are added to embeddings here")
    options.require("embedding_size", d_model, "embeddings are as wide as the model here")
    options.require("is_decoder", False, "a BERT that writes from left to right is another model")
    options.require("add_cross_attention", False, "a BERT has no other stack to look at")
    options.seen(("attention_probs_dropout_prob",))
    return TransformerConfig(
        architecture="encoder",
        vocab_size=options.size("vocab_size", vocab_size),
        **sizes,
        d_ff=options.size("intermediate_size", 3072),
        n_encoder_layers=options.size("num_hidden_layers", 12),
        max_len=max_len,
        norm_position="post",
        norm_eps=options.number("layer_norm_eps", 1e-12),
        activation=options.activation("hidden_act", "gelu"),
        attention_bias=True,
        positions="learned",
        position_offset=position_offset,
        n_segments=options.size("type_vocab_size", 2),
        embedding_norm=True,
        embedding_scale=False,
        tied_embeddings=options.yes("tie_word_embeddings", True),
        unembedding=has_head,
        output_transform=head_activation if has_head else "none",
        output_bias=has_head,
    )


def encoder_pieces(c: TransformerConfig) -> dict[str, Piece]:
    """The embeddings and the blocks of BERT and RoBERTa."""
    found = {
        "encoder.embedding.token.weight": piece("embeddings.word_embeddings.weight"),
        "encoder.embedding.position": piece("embeddings.position_embeddings.weight"),
        "encoder.embedding.segment": piece("embeddings.token_type_embeddings.weight"),
        **linears({"encoder.embedding.norm": "embeddings.LayerNorm"}),
    }
    names = {
        "attention.w_q": "attention.self.query",
        "attention.w_k": "attention.self.key",
        "attention.w_v": "attention.self.value",
        "attention.w_o": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "ff.w_1": "intermediate.dense",
        "ff.w_2": "output.dense",
        "ff_norm": "output.LayerNorm",
    }
    return found | block_pieces("encoder.blocks", "encoder.layer", c.n_encoder_layers, names)


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    head = "cls.predictions"
    transform = {"transform.linear": f"{head}.transform.dense", "transform.norm": f"{head}.transform.LayerNorm"}
    return old_norm_names(with_head(encoder_pieces(c), c, transform, f"{head}.decoder", f"{head}.bias"))


def with_head(
    found: dict[str, Piece], c: TransformerConfig, transform: Mapping[str, str], linear: str, bias: str
) -> dict[str, Piece]:
    """``found`` with the head for masked words, if there is one: the layers of ``transform``, and the layer ``linear``.

    The matrix of ``linear`` is the embedding matrix once more if tied, or one of its own. So is its bias, which is also
    called ``bias``; where nothing is tied the files of newer libraries hold both, and that of the layer is added.
    """
    if not c.unembedding:
        return found
    found = found | linears(transform)
    found["unembedding.bias"] = piece(f"{linear}.bias", bias, others_unused=not c.tied_embeddings)
    if c.tied_embeddings:
        token = found["encoder.embedding.token.weight"]
        found["encoder.embedding.token.weight"] = piece(*token.names, f"{linear}.weight")
    else:
        found["unembedding.weight"] = piece(f"{linear}.weight")
    return found


BERT = Family(
    model_type="bert",
    title="BERT",
    config=config,
    pieces=pieces,
    prefixes=("bert.",),
    left_out=OTHER_HEADS,
)
