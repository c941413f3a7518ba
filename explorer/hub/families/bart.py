"""BART (Lewis et al. 2020); Marian builds on it."""

from __future__ import annotations

from explorer.hub.contents import Contents
from explorer.hub.family import Family, Piece, block_pieces, even_heads, linears, piece
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig

OFFSET = 2  # BART's tables of positions begin with two rows that no position has
ENCODER, DECODER, OUTPUT = "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"
LEFT_OUT = {
    r"shared\.weight": "",  # where neither stack uses it
    r"final_logits_bias": "",  # where it is 0
    r"(encoder|decoder)\.version": "",
    r"(classification_head|qa_outputs)\..*": "the head for another task",
}


def config(options: Options, contents: Contents) -> TransformerConfig:
    options.require("normalize_embedding", True, "BART has a norm after its embeddings")
    options.require("static_position_embeddings", False, "BART learned its positions")
    options.require("add_final_layer_norm", False, "BART has no norm after its last block")
    vocab_size = options.size("vocab_size", 50265)
    return seq2seq_config(
        options,
        contents,
        vocab_size=vocab_size,
        source_vocab_size=vocab_size if two_embeddings(options, contents) else 0,
        positions="learned",
        position_offset=OFFSET,
        embedding_norm=True,
    )


def two_embeddings(options: Options, contents: Contents) -> bool:
    """Whether encoder and decoder embed with two matrices over one vocabulary.

    Newer versions of the library give them two where ``tie_word_embeddings`` is false, older ones never.
    """
    both = ENCODER in contents and DECODER in contents
    return both and not options.yes("tie_word_embeddings", True) and not contents.are_equal(ENCODER, DECODER)


def seq2seq_config(options: Options, contents: Contents, **own) -> TransformerConfig:
    """What BART and Marian have in common, and ``own``, what they have not."""
    d_model = options.size("d_model", 1024)
    n_heads = options.shared_size("encoder_attention_heads", "decoder_attention_heads", 16)
    sizes = even_heads(d_model, n_heads, "d_model", "encoder_attention_heads")
    options.require("normalize_before", False, "here a norm follows each sublayer, as in transformers")
    options.require("add_bias_logits", False, "the bias on the logits is the one in the file")
    options.seen(("dropout", "attention_dropout", "activation_dropout"))
    return TransformerConfig(
        architecture="encoder-decoder",
        **sizes,
        d_ff=options.shared_size("encoder_ffn_dim", "decoder_ffn_dim", 4096),
        n_encoder_layers=options.size("encoder_layers", 12),
        n_decoder_layers=options.size("decoder_layers", 12),
        max_len=options.size("max_position_embeddings", 1024),
        norm_position="post",
        norm_eps=1e-5,
        activation=options.activation("activation_function", "gelu"),
        attention_bias=True,
        embedding_scale=options.yes("scale_embedding", False),
        tied_embeddings=options.yes("tie_word_embeddings", True),
        # BART's is there and is 0: it was never learned
        output_bias="final_logits_bias" in contents and not contents.is_zero("final_logits_bias"),
        suppressed_tokens=options.suppressed(),
        **own,
    )


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    tied = (OUTPUT,) if c.tied_embeddings else ()
    if c.source_vocab_size:
        found = {"encoder.embedding.token.weight": piece(ENCODER)}
        found["decoder.embedding.token.weight"] = piece(DECODER, *tied)
    else:
        found = {"encoder.embedding.token.weight": piece("shared.weight", ENCODER, DECODER, *tied)}
    if not c.tied_embeddings:
        found["unembedding.weight"] = piece(OUTPUT)
    if c.output_bias:
        found["unembedding.bias"] = piece("final_logits_bias", only_row=True)
    for stack, n_layers in (("encoder", c.n_encoder_layers), ("decoder", c.n_decoder_layers)):
        if c.positions == "learned":
            found[f"{stack}.embedding.position"] = piece(f"{stack}.embed_positions.weight")
        if c.embedding_norm:
            found |= linears({f"{stack}.embedding.norm": f"{stack}.layernorm_embedding"})
        found |= block_pieces(f"{stack}.blocks", f"{stack}.layers", n_layers, _block(stack))
    return found


def _block(stack: str) -> dict[str, str]:
    matrices = {"w_q": "q_proj", "w_k": "k_proj", "w_v": "v_proj", "w_o": "out_proj"}
    names = {f"attention.{a}": f"self_attn.{b}" for a, b in matrices.items()}
    names |= {"attention_norm": "self_attn_layer_norm", "ff.w_1": "fc1", "ff.w_2": "fc2", "ff_norm": "final_layer_norm"}
    if stack == "decoder":
        names |= {f"cross_attention.{a}": f"encoder_attn.{b}" for a, b in matrices.items()}
        names["cross_norm"] = "encoder_attn_layer_norm"
    return names


BART = Family(
    model_type="bart",
    title="BART",
    config=config,
    pieces=pieces,
    prefixes=("model.",),
    left_out=LEFT_OUT,
)
