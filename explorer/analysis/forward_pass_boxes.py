"""From a finished run to the boxes of its forward pass, in the order in which the model computes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.activations import NAMED
from explorer.analysis.attention_formula import score_text
from explorer.analysis.attention_layer import AttentionLayer, Part, State, embedding_state, read_layer
from explorer.analysis.forward_pass import Box, Labels, Section, Sheet, beside
from explorer.analysis.forward_pass_output import output_boxes
from explorer.analysis.numbers.feed_forward import FeedForward
from explorer.analysis.numbers.positions import read_embedded
from explorer.analysis.numbers.states import state_sum
from explorer.model.kinds import attention_kinds
from explorer.model.weights import block_norm, feed_forward_weights, final_norm

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer

SUBLAYERS = {"attention": 0, "cross": 1, "ff": 2}
ATTENTION_TITLES = {
    "encoder": "self-attention",
    "decoder": "masked self-attention",
    "cross": "cross-attention, its keys and values from the encoder",
}


def read_forward_pass(run: Run, model: Transformer, labels: Labels) -> tuple[Section, ...]:
    """The boxes of ``run``: the encoder's sections, then the decoder's; logits and probabilities end the last of them,
    unless the model has none.

    Parameters
    ----------
    labels : function from token ids to their labels
        For the tokens that the logits are about.
    """
    stacks = [kind for kind in attention_kinds(run.entry.config) if kind != "cross"]
    return tuple(section for stack in stacks for section in _stack(run, model, stack, labels))


def _stack(run: Run, model: Transformer, stack: str, labels: Labels) -> Iterator[Section]:
    config, n_layers = run.entry.config, len(run.stack(stack).blocks)
    yield Section(stack, (0, 0), "Tokens and positions", tuple(_embedding(run, model, stack)))
    kinds = [stack, "cross"] if stack == "decoder" and config.has_cross_attention else [stack]
    for layer in range(n_layers):
        for kind in kinds:
            sublayer = "cross" if kind == "cross" else "attention"
            read = read_layer(run, model, kind, layer)
            name = f"{stack}.{layer + 1}.{sublayer}"
            title = f"Layer {layer + 1}: {ATTENTION_TITLES[kind]}"
            yield Section(stack, (layer + 1, SUBLAYERS[sublayer]), title, tuple(_attention(read, name)))
        boxes = tuple(_feed_forward(run, model, stack, layer))
        yield Section(stack, (layer + 1, SUBLAYERS["ff"]), f"Layer {layer + 1}: feed-forward", boxes)
    end, last = list(_end(run, model, stack)), stack == "decoder" or not config.has_decoder
    title = "The logits and the probabilities" if last else "What the decoder sees"
    if last and not config.unembedding:
        title = "The last states"
    elif last:
        end += output_boxes(run, model, stack, labels)
    if end:
        yield Section(stack, (n_layers + 1, 0), title, tuple(end))


def _embedding(run: Run, model: Transformer, stack: str) -> Iterator[Box]:
    config, trace, tokens = run.entry.config, run.stack(stack).embedding, run.queries(stack)
    x, positions = read_embedded(run, model, stack), config.positions
    ids = np.array(tokens.ids, dtype=np.float32)[:, None]  # exact up to 2^24
    sheet = Sheet("id", "id", "token ids", ids, "count", tokens.labels, ("id",))
    yield Box(f"{stack}.ids", "token ids", ("ids",), x, sheet, (len(tokens),), "id")
    scaled = "embedding scaled" if config.embedding_scale else "embedding"
    shifted = ("positions offset",) if config.position_offset else ()
    segments, normed = config.n_segments > 0, config.embedding_norm
    about = ("embedded segments" if segments else "embedded", "embedded normed" if normed else "embedded stream")
    absent = set() if segments else {"segment"}
    if positions in ("none", "relative"):  # nothing is added
        about, absent = ("embedded alone", *about[1:]), {*absent, "position"}
    for name, title, lessons, values, symbol in (
        ("token", "embedding", (scaled,), trace.token_embedding, "√d e" if config.embedding_scale else "e"),
        ("position", "positions", (f"positions {positions}", *shifted), trace.position_code, "PE"),
        ("segment", "segment", ("segment",), trace.segment_embedding, "s"),
        ("embedded", "sum", about, trace.total, "z" if normed else "x"),
    ):
        if name not in absent:
            sheet = Sheet(name, symbol, title, values, "signed", tokens.labels)
            yield _box(f"{stack}.{name}", title, lessons, x, sheet)
    if normed:
        state = embedding_state(run, model, stack, "x")
        yield _norm_box(f"{stack}.norm", state, tokens.labels, inside="z")


def _attention(layer: AttentionLayer, name: str) -> Iterator[Box]:
    """The boxes of one attention sublayer, its norm first or last."""
    trace, source = layer.trace, "c" if layer.cross else "x"
    if not layer.post_norm:
        yield _norm_box(f"{name}.norm", layer.x, layer.queries)
    heads = {"groups": layer.n_heads}
    between = {"columns": layer.keys, "mask": trace.mask[0], **heads}
    relative = layer.relative is not None
    score = score_text(layer.scaled, relative)
    biases = [("position_bias", "biases", "b_{ij}", trace.position_bias, "signed", layer.queries, between)]
    for number, title, symbol, values, role, rows, more in (
        ("q", "queries", "q = W_Q x", trace.q, "q", layer.queries, heads),
        ("k", "keys", f"k = W_K {source}", trace.k, "k", layer.keys, heads),
        ("v", "values", f"v = W_V {source}", trace.v, "v", layer.keys, heads),
        *(biases if relative else []),
        ("score", "scores", score, trace.scores, "signed", layer.queries, between),
        ("weight", "weights", "softmax", trace.weights, "weight", layer.queries, between),
        ("y", "heads", "y = Σ w v", trace.heads, "signed", layer.queries, heads),
    ):
        lessons = (f"{number} cross" if layer.cross and number in ("q", "k", "v") else number,)
        if number == "score":
            lessons = ("score causal" if layer.causal else "score", *(["score relative"] if relative else []))
        sheet = Sheet(number, symbol, f"{title}, head by head", beside(values), role, rows, **more)
        yield Box(f"{name}.{number}", title, lessons, layer, sheet, values.shape, symbol)
    sheet = Sheet("output", "o = W_O y", "output of the attention layer", trace.output, "signed", layer.queries)
    yield _box(f"{name}.output", "output", ("output",), layer, sheet)
    yield from _leaving(name, layer.after, layer.queries)


def _feed_forward(run: Run, model: Transformer, stack: str, layer: int) -> Iterator[Box]:
    config, block, rows = run.entry.config, run.block(stack, layer), run.queries(stack).labels
    norm, post, name = block_norm(model, stack, layer, "ff"), config.norm_position == "post", f"{stack}.{layer + 1}.ff"
    middle = Part("m", "resid_mid", block.resid_mid)
    if not post:
        x = State("x", "i", "the norm of the residual stream", "ff_input", block.ff_input, (middle,), norm)
        yield _norm_box(f"{name}.norm", x, rows)
    weights = feed_forward_weights(model, stack, layer)
    ff = FeedForward(weights, config.activation, block.ff_input, block.ff_hidden, block.ff_output)
    name_of_f = NAMED[config.activation].name
    function = f"{name_of_f}(W_1 x)" + (" · W_3 x" if ff.gated else "")
    words = "hidden numbers, after the activation" + (" and its gate" if ff.gated else "")
    sheet = Sheet("hidden", function, words, ff.hidden, "signed", rows)
    lessons = (f"hidden {config.activation}", *(["hidden gate"] if ff.gated else []))
    symbol = f"{name_of_f} · gate" if ff.gated else function  # what fits a box
    yield Box(f"{name}.hidden", "hidden", lessons, ff, sheet, ff.hidden.shape, symbol)
    sheet = Sheet("ff_output", "f = W_2 h", "output of the feed-forward network", ff.output, "signed", rows)
    yield _box(f"{name}.output", "output", ("ff_output",), ff, sheet)
    parts = (middle, Part("f", "ff_output", block.ff_output))
    words = f"the state that leaves layer {layer + 1}"
    after = State("r'", "i", words, "resid_post", block.resid_post, parts, norm if post else None)
    yield from _leaving(name, after, rows)


def _leaving(name: str, after: State, rows: tuple[str, ...]) -> Iterator[Box]:
    """The residual sum, and in a post-norm model the norm of it."""
    total = after
    if after.norm is not None:
        total = replace(after, norm=None, symbol="z", values=state_sum(after), source=_sum_source(after))
    symbol = " + ".join(part.symbol for part in after.parts)
    yield _state_box(f"{name}.sum", "residual", ("sum",), total, rows, symbol)
    if after.norm is not None:
        yield _norm_box(f"{name}.norm", after, rows)


def _end(run: Run, model: Transformer, stack: str) -> Iterator[Box]:
    """The norm after the last block, and the one vector x̄, where there are any."""
    config, norm, trace = run.entry.config, final_norm(model, stack), run.stack(stack)
    if norm is not None:
        parts = (Part("r", "resid_post", trace.blocks[-1].resid_post),)
        state = State("h", "i", "the last state", f"{stack}.output", trace.output, parts, norm)
        yield _norm_box(f"{stack}.end.norm", state, run.queries(stack).labels, "final norm")
    if config.bottleneck and stack == "encoder":
        memory = run.trace.memory
        parts = (Part("h", "encoder_output", trace.output),)
        state = State("c", "j", "x̄, the mean of the encoder's output", "memory", memory, parts, None, mean=True)
        yield _state_box("encoder.end.mean", "one vector", ("mean",), state, ("x̄",), "x̄ = mean h")


def _norm_box(name: str, state: State, rows: tuple[str, ...], title: str = "norm", inside: str = "") -> Box:
    kind = state.norm.kind
    inside = inside or " + ".join(part.symbol for part in state.parts)
    symbol = f"{'RMS' if kind == 'rms' else 'LN'}({inside})"
    return _state_box(name, title, (f"norm {kind}",), state, rows, symbol)


def _state_box(
    name: str, title: str, lessons: tuple[str, ...], state: State, rows: tuple[str, ...], symbol: str
) -> Box:
    return _box(name, title, lessons, state, Sheet("state", symbol, state.words, state.values, "signed", rows))


def _box(name: str, title: str, lessons: tuple[str, ...], subject: Any, sheet: Sheet) -> Box:
    return Box(name, title, lessons, subject, sheet, sheet.values.shape, sheet.label)


def _sum_source(state: State) -> str:
    return " + ".join(part.name for part in state.parts)
