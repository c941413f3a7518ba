"""GPT-2 (Radford et al. 2019): gpt2 to gpt2-xl, distilgpt2, and what was trained from them."""

from __future__ import annotations

from explorer.hub.contents import Contents
from explorer.hub.family import Family, Piece, even_heads, linears, piece
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig


def config(options: Options, contents: Contents) -> TransformerConfig:
    d_model = options.size("n_embd", 768)
    sizes = even_heads(d_model, options.size("n_head", 12), "n_embd", "n_head")
    options.require("scale_attn_by_inverse_layer_idx", False, "each layer would divide its scores by another number")
    options.require("add_cross_attention", False, "a GPT here has no encoder to look at")
    options.seen(("attn_pdrop", "embd_pdrop", "resid_pdrop"))
    return TransformerConfig(
        architecture="decoder",
        vocab_size=options.size("vocab_size", 50257),
        **sizes,
        d_ff=options.size("n_inner", 4 * d_model),
        n_decoder_layers=options.size("n_layer", 12),
        max_len=options.size("n_positions", 1024),
        norm_position="pre",
        norm_eps=options.number("layer_norm_epsilon", 1e-5),
        final_norm=True,
        activation=options.activation("activation_function", "gelu_new"),
        attention_bias=True,
        positions="learned",
        embedding_scale=False,
        tied_embeddings=options.yes("tie_word_embeddings", True),
        scale_scores=options.yes("scale_attn_weights", True),
        suppressed_tokens=options.suppressed(),
    )


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    embedding = ("wte.weight", "lm_head.weight") if c.tied_embeddings else ("wte.weight",)
    found = {"decoder.embedding.token.weight": piece(*embedding), "decoder.embedding.position": piece("wpe.weight")}
    for n in range(c.n_decoder_layers):
        ours, theirs = f"decoder.blocks.{n}", f"h.{n}"
        for i, name in enumerate(("w_q", "w_k", "w_v")):  # side by side in one matrix
            weight, bias = f"{theirs}.attn.c_attn.weight", f"{theirs}.attn.c_attn.bias"
            found[f"{ours}.attention.{name}.weight"] = piece(weight, transposed=True, part=(i, 3))
            found[f"{ours}.attention.{name}.bias"] = piece(bias, part=(i, 3))
        matrices = {"attention.w_o": "attn.c_proj", "ff.w_1": "mlp.c_fc", "ff.w_2": "mlp.c_proj"}
        norms = {"attention_norm": "ln_1", "ff_norm": "ln_2"}
        found |= linears({f"{ours}.{a}": f"{theirs}.{b}" for a, b in matrices.items()}, transposed=True)
        found |= linears({f"{ours}.{a}": f"{theirs}.{b}" for a, b in norms.items()})
    found |= linears({"decoder.norm": "ln_f"})
    if not c.tied_embeddings:
        found["unembedding.weight"] = piece("lm_head.weight")
    return found


GPT2 = Family(
    model_type="gpt2",
    title="GPT-2",
    config=config,
    pieces=pieces,
    prefixes=("transformer.",),
    left_out={
        r"h\.\d+\.attn\.(bias|masked_bias)": "",
        r"(score|multiple_choice_head|classifier|qa_outputs)\..*": "the head for another task",
    },
)
