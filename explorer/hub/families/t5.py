"""T5 (Raffel et al. 2020) and T5 1.1: relative positions, RMS norm, no scale, and in 1.1 a gate."""

from __future__ import annotations

from explorer.hub.contents import Contents
from explorer.hub.family import Family, Piece, piece
from explorer.hub.options import ACTIVATIONS, Options
from explorer.model.config import TransformerConfig

SHARED = ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
POSITIONS = 512  # of the texts that T5 was trained on; its formulas know no longest text


def config(options: Options, contents: Contents) -> TransformerConfig:
    activation, gated = _feed_forward(options)
    tied = options.yes("tie_word_embeddings", True)
    d_kv = options.size("d_kv", 64)
    options.require("is_decoder", False, "a T5 here has both its stacks")
    options.seen(("dropout_rate",))
    layers = options.size("num_layers", 6)
    return TransformerConfig(
        architecture="encoder-decoder",
        vocab_size=options.size("vocab_size", 32128),
        d_model=options.size("d_model", 512),
        n_heads=options.size("num_heads", 8),
        d_k=d_kv,
        d_v=d_kv,
        d_ff=options.size("d_ff", 2048),
        n_encoder_layers=layers,
        n_decoder_layers=options.size("num_decoder_layers", layers),
        max_len=options.size("n_positions", POSITIONS),
        norm_position="pre",
        norm="rms",
        norm_eps=options.number("layer_norm_epsilon", 1e-6),
        final_norm=True,
        activation=activation,
        ff_gate=gated,
        ff_bias=False,
        positions="relative",
        relative_buckets=options.size("relative_attention_num_buckets", 32),
        relative_max_distance=options.size("relative_attention_max_distance", 128),
        embedding_scale=False,
        tied_embeddings=not _has_own_output(contents),
        output_scale=options.yes("scale_decoder_outputs", tied),
        scale_scores=False,
        suppressed_tokens=options.suppressed(),
    )


def _has_own_output(contents: Contents) -> bool:
    """Whether the file holds an output matrix of its own, as T5 1.1 does; its config does not say so reliably."""
    embedding = next((name for name in SHARED if name in contents), None)
    if "lm_head.weight" not in contents or embedding is None:
        return False
    return not contents.are_equal("lm_head.weight", embedding)


def _feed_forward(options: Options) -> tuple[str, bool]:
    """Our activation, and whether there is a gate: "gated-gelu" is its tanh approximation."""
    name = options.text("feed_forward_proj", "relu")
    gated, plain = name.startswith("gated-"), name.removeprefix("gated-")
    plain = "gelu_new" if name == "gated-gelu" else plain
    if plain not in ACTIVATIONS:
        raise ValueError(f"feed_forward_proj={name!r:.60} is not supported; these are: {', '.join(ACTIVATIONS)}")
    options.require("is_gated_act", gated, f"feed_forward_proj={name!r} says otherwise")
    options.require("dense_act_fn", plain, f"feed_forward_proj={name!r} says otherwise")
    return ACTIVATIONS[plain], gated


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    found = {"encoder.embedding.token.weight": piece(*SHARED, *(("lm_head.weight",) if c.tied_embeddings else ()))}
    if not c.tied_embeddings:
        found["unembedding.weight"] = piece("lm_head.weight")
    for stack, n_layers in (("encoder", c.n_encoder_layers), ("decoder", c.n_decoder_layers)):
        bias = f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        found[f"{stack}.position_bias.weight"] = piece(bias)
        for n in range(n_layers):
            names = _block(stack, c.ff_gate)
            found |= {
                f"{stack}.blocks.{n}.{ours}.weight": piece(f"{stack}.block.{n}.layer.{theirs}.weight")
                for ours, theirs in names.items()
            }
        found[f"{stack}.norm.weight"] = piece(f"{stack}.final_layer_norm.weight")
    return found


def _block(stack: str, gated: bool) -> dict[str, str]:
    matrices = {"w_q": "q", "w_k": "k", "w_v": "v", "w_o": "o"}
    names = {f"attention.{a}": f"0.SelfAttention.{b}" for a, b in matrices.items()}
    names["attention_norm"] = "0.layer_norm"
    last = 1
    if stack == "decoder":
        names |= {f"cross_attention.{a}": f"1.EncDecAttention.{b}" for a, b in matrices.items()}
        names["cross_norm"] = "1.layer_norm"
        last = 2
    ff = {"w_1": "wi_0", "w_3": "wi_1", "w_2": "wo"} if gated else {"w_1": "wi", "w_2": "wo"}
    names |= {f"ff.{a}": f"{last}.DenseReluDense.{b}" for a, b in ff.items()}
    return {**names, "ff_norm": f"{last}.layer_norm"}


T5 = Family(
    model_type="t5",
    title="T5",
    config=config,
    pieces=pieces,
    prefixes=("transformer.",),
    left_out={
        r"(classification_head|qa_outputs)\..*": "the head for another task",
        r"decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight": "",
    },
)
