"""The state_dict of a plain torch.nn.Transformer, alone or inside a model with embeddings around it.

A torch.nn.Transformer knows neither its number of heads nor embeddings nor a vocabulary, so that its folder needs a
config.json that says {"model_type": "torch.nn.Transformer", "nhead": 8}, and may say with torch's words what is
otherwise: activation, norm_first, layer_norm_eps; and "positions": "none" where no sinusoids are added. Around it are
found, where they are in the file, the names of PyTorch's tutorial "Language Translation with nn.Transformer";
embeddings that are not there are drawn at random.
"""

from __future__ import annotations

import re

from explorer.hub.contents import Contents
from explorer.hub.family import Family, Piece, even_heads, linears, piece
from explorer.hub.options import Options
from explorer.limits import DRAWN_VOCABULARY
from explorer.model.config import TransformerConfig

SOURCE, TARGET, OUTPUT = "src_tok_emb.embedding.weight", "tgt_tok_emb.embedding.weight", "generator.weight"
POSITIONS = 512  # sinusoids go on for ever
BYTES = 259  # a vocabulary of all bytes, [PAD], [BOS] and [EOS], for a file without embeddings


def config(options: Options, contents: Contents) -> TransformerConfig:
    first = "encoder.layers.0.linear1.weight"
    if first not in contents or "decoder.layers.0.linear1.weight" not in contents:
        raise ValueError(f"there is no tensor {first!r} or none of a decoder: this is no torch.nn.Transformer")
    if len(shape := contents.info(first).shape) != 2:
        raise ValueError(f"{first!r} has the shape {list(shape)}, and is no matrix")
    d_ff, d_model = shape
    sizes = even_heads(d_model, options.size("nhead"), "d_model", "nhead")
    options.require("d_model", d_model, f"the file holds d_model={d_model}")
    options.require("dim_feedforward", d_ff, f"the file holds dim_feedforward={d_ff}")
    options.seen(("dropout", "batch_first", "num_encoder_layers", "num_decoder_layers"))
    positions = options.text("positions", "sinusoidal")
    if positions not in ("sinusoidal", "none"):
        raise ValueError(f"positions={positions!r:.60} is not supported: say 'sinusoidal' or 'none'")
    bias = "encoder.layers.0.linear1.bias" in contents
    source, target = (_rows(contents, name) for name in (SOURCE, TARGET))
    size = options.size("vocab_size", target or BYTES, DRAWN_VOCABULARY)
    return TransformerConfig(
        architecture="encoder-decoder",
        vocab_size=size,
        source_vocab_size=source or options.size("source_vocab_size", size, DRAWN_VOCABULARY),
        **sizes,
        d_ff=d_ff,
        n_encoder_layers=_count(contents, "encoder"),
        n_decoder_layers=_count(contents, "decoder"),
        max_len=options.size("max_len", POSITIONS),
        norm_position="pre" if options.yes("norm_first", False) else "post",
        norm_eps=options.number("layer_norm_eps", 1e-5),
        final_norm="encoder.norm.weight" in contents,
        activation=options.activation("activation", "relu"),
        attention_bias=bias,
        ff_bias=bias,
        norm_bias="encoder.layers.0.norm1.bias" in contents,
        positions=positions,
        embedding_scale=options.yes("embedding_scale", True),
        tied_embeddings=OUTPUT not in contents,
        output_bias="generator.bias" in contents,
    )


def _rows(contents: Contents, name: str) -> int:
    """How many rows a matrix of embeddings has; 0 if it is not there."""
    shape = contents.info(name).shape if name in contents else ()
    return shape[0] if shape else 0


def _count(contents: Contents, stack: str) -> int:
    """How many layers a stack has: one more than the highest number in a name."""
    numbers = [re.match(rf"{stack}\.layers\.(\d{{1,4}})\.", name) for name in contents]
    return 1 + max(int(found.group(1)) for found in numbers if found)


def pieces(c: TransformerConfig) -> dict[str, Piece]:
    found = {"encoder.embedding.token.weight": piece(SOURCE), "decoder.embedding.token.weight": piece(TARGET)}
    for stack, n_layers in (("encoder", c.n_encoder_layers), ("decoder", c.n_decoder_layers)):
        for n in range(n_layers):
            found |= _block(f"{stack}.blocks.{n}", f"{stack}.layers.{n}", stack == "decoder", c)
        if c.final_norm:
            found |= linears({f"{stack}.norm": f"{stack}.norm"}, bias=c.norm_bias)
    if not c.tied_embeddings:
        found["unembedding.weight"] = piece(OUTPUT)
    if c.output_bias:
        found["unembedding.bias"] = piece("generator.bias")
    return found


def _block(ours: str, theirs: str, cross: bool, c: TransformerConfig) -> dict[str, Piece]:
    found = {}
    attentions = {"attention": "self_attn"} | ({"cross_attention": "multihead_attn"} if cross else {})
    for own, torchs in attentions.items():
        for i, name in enumerate(("w_q", "w_k", "w_v")):  # one above the other in one matrix
            found[f"{ours}.{own}.{name}.weight"] = piece(f"{theirs}.{torchs}.in_proj_weight", part=(i, 3))
            if c.attention_bias:
                found[f"{ours}.{own}.{name}.bias"] = piece(f"{theirs}.{torchs}.in_proj_bias", part=(i, 3))
        found |= linears({f"{ours}.{own}.w_o": f"{theirs}.{torchs}.out_proj"}, bias=c.attention_bias)
    found |= linears({f"{ours}.ff.w_{i}": f"{theirs}.linear{i}" for i in (1, 2)}, bias=c.ff_bias)
    norms = ("attention_norm", "cross_norm", "ff_norm") if cross else ("attention_norm", "ff_norm")
    return found | linears({f"{ours}.{name}": f"{theirs}.norm{i}" for i, name in enumerate(norms, 1)}, bias=c.norm_bias)


TORCH_TRANSFORMER = Family(
    model_type="torch.nn.Transformer",
    title="torch.nn.Transformer",
    config=config,
    pieces=pieces,
    prefixes=("transformer.",),
    left_out={r"positional_encoding\..*": ""},
    drawn=("encoder.embedding.token.weight", "decoder.embedding.token.weight"),
)
