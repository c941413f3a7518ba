"""The model drawn as Figure 1 of Vaswani et al. (2017), with its own sizes; its boxes are doors to the other pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from explorer.components.base import declare
from explorer.figures.style import significant
from explorer.model.config import TransformerConfig
from explorer.model.kinds import KIND_TITLES, attention_kinds

ATTENTION_TITLES = {
    "encoder": "Multi-head attention",
    "decoder": "Masked multi-head attention",
    "cross": "Multi-head cross-attention",
}
LOOKS_AT = {
    "encoder": "every token looks at every token",
    "decoder": "every token looks at itself and at those before it",
    "cross": "every target token looks at every source token",
}
ACTIVATION_NAMES = {
    "relu": "ReLU",
    "gelu": "GELU",
    "gelu_tanh": "GELU (tanh form)",
    "silu": "SiLU",
    "quick_gelu": "quick GELU",
    "tanh": "tanh",
}
POSITION_NAMES = {
    "sinusoidal": ("Positional encoding", "Sines and cosines of the position are added to every token's vector."),
    "sinusoidal-halves": (
        "Positional encoding",
        "Sines of the position are added to the first half of every token's vector, its cosines to the second half.",
    ),
    "sinusoidal-board": (
        "Positional encoding",
        "Sines and cosines, as the board writes them, are added to each vector.",
    ),
    "learned": ("Learned positions", "A learned vector for each position is added to every token's vector."),
}


@dataclass(frozen=True)
class Door:
    """Where a box leads: a page, and the kind of attention to be selected there."""

    page: str
    kind: str


def figure_one(config: TransformerConfig, *, key: str, on_open: Callable[[], None] | None = None) -> Door | None:
    """Draw the model as Figure 1; return the door that was opened in this run, if one was.

    Parameters
    ----------
    config : TransformerConfig
        The model; all sizes in the drawing are its own.
    key : str
        The component's key; in ``on_open``, ``opened_door(config, key)`` says which door it was.
    on_open : callable, optional
        Called before the rerun that follows a click, so that it may still change the sidebar's values.
    """
    result = declare("figure_one")(data=describe(config), key=key, on_open_change=on_open or (lambda: None))
    return read_door(config, result.open)


def read_door(config: TransformerConfig, value: Any) -> Door | None:
    """What the browser sent, as one of the doors that this model's figure has, or None."""
    return next((door for door in doors(config) if value == vars(door)), None)


def doors(config: TransformerConfig) -> list[Door]:
    """All doors of the figure: two for each kind of attention."""
    return [Door(page, kind) for kind in attention_kinds(config) for page in ("attention_heads", "attention_steps")]


def describe(config: TransformerConfig) -> dict[str, Any]:
    """The figure in words and numbers, from the bottom up; figure_one.js decides where everything goes."""
    stacks = []
    if config.has_encoder:
        reads = "source text" if config.has_decoder else "sentence with gaps" if config.unembedding else "text"
        stacks.append(_stack(config, ("encoder",), config.n_encoder_layers, reads))
    if config.has_decoder:
        kinds = ("decoder", "cross") if config.has_encoder else ("decoder",)
        reads = "target so far" if config.has_encoder else "text so far"
        stacks.append(_stack(config, kinds, config.n_decoder_layers, reads))
    depth = " and ".join(f"{stack['repeat']} {stack['title'].lower()} layers" for stack in stacks)
    return {
        "label": f"The model as Figure 1 of Attention Is All You Need: {depth}, d_model = {config.d_model}, "
        f"{config.n_heads} heads. The attention boxes can be opened.",
        "hint": "The coloured boxes are doors: open one to see inside.",
        "stacks": stacks,
    }


def _stack(config: TransformerConfig, kinds: tuple[str, ...], repeat: int, reads: str) -> dict[str, Any]:
    predicts = kinds[0] == "decoder" or not config.has_decoder
    sublayers = [_sublayer(config, _attention(config, kind), _fork(config, kind)) for kind in kinds]
    sublayers.append(_sublayer(config, _feed_forward(config), None))
    return {
        "title": "Encoder" if kinds == ("encoder",) else "Decoder",
        "input": reads,
        "embedding": _embedding(config, kinds[0]),
        "position": _position(config),
        "segment": _segment(config),
        "embedding_norm": _norm(config, "The sum is normalised before it enters the first layer.")
        if config.embedding_norm
        else None,
        "repeat": repeat,
        "repeated": f"{repeat} layers of this shape, one after the other, each with its own weights.",
        "sublayers": sublayers,
        "final_norm": _norm(config, "Normalised once more after the last layer.") if config.final_norm else None,
        "output": _output(config) if predicts else [_mean()] if config.bottleneck else [],
        "answer": _answer(config) if predicts else "",
    }


def _sublayer(config: TransformerConfig, body: dict[str, Any], fork: dict[str, Any] | None) -> dict[str, Any]:
    pre = config.norm_position == "pre"
    added = f"LN(x + {body['title'].lower()}): what the sublayer found is added to x, then normalised."
    return {
        "norm": _norm(config, "Pre-norm: the sublayer reads a normalised x; x itself goes around it.") if pre else None,
        "fork": fork,
        "body": body,
        "join": None if pre else _box(f"Add & {_norm_word(config)}", [], added, "norm"),
        "joined": "The sublayer's output is added to x, which went around it (the residual connection).",
    }


def _attention(config: TransformerConfig, kind: str) -> dict[str, Any]:
    lines = [f"{config.n_heads} heads", f"d_k = {config.d_k}", f"d_v = {config.d_v}"]
    looks_at = "every target token looks at x̄ alone" if kind == "cross" and config.bottleneck else LOOKS_AT[kind]
    biased = ""
    if config.positions == "relative" and kind != "cross":
        lines.append("+ bias by distance")
        biased = (
            " A learned number for each head and each kind of distance is added to the scores; "
            "all layers share these numbers."
        )
    detail = f"{KIND_TITLES[kind]}: {looks_at}, in {config.n_heads} heads.{biased} Open: all heads of all layers."
    return _box(ATTENTION_TITLES[kind], lines, detail, "attention", Door("attention_heads", kind))


def _fork(config: TransformerConfig, kind: str) -> dict[str, Any]:
    if kind == "cross":
        memory = "x̄" if config.bottleneck else "the encoder's output"
        sources = (
            f"q ({config.d_k} numbers) is made of the decoder's x, k ({config.d_k}) and v ({config.d_v}) of {memory}"
        )
    else:
        sources = f"Each x is turned into q and k ({config.d_k} numbers each) and v ({config.d_v}) in every head"
    return {"kind": kind, "detail": f"{sources}. Open: step by step.", "opens": vars(Door("attention_steps", kind))}


def _feed_forward(config: TransformerConfig) -> dict[str, Any]:
    name = ACTIVATION_NAMES[config.activation]
    hidden = f"({name}(W_1 x) · W_3 x)" if config.ff_gate else f"{name}(W_1 x)"
    lines = [f"{config.d_model} → {config.d_ff} → {config.d_model}", f"{name}, gated" if config.ff_gate else name]
    detail = (
        f"Position by position: W_2 {hidden}, from d_model = {config.d_model} to d_ff = {config.d_ff} and back. "
        "No token sees another here."
    )
    return _box("Feed-forward", lines, detail, "layer")


def _embedding(config: TransformerConfig, kind: str) -> dict[str, Any]:
    vocabulary = config.source_vocab_size if kind == "encoder" and config.source_vocab_size else config.vocab_size
    scaled = f", times √{config.d_model} = {significant(sqrt(config.d_model))}" if config.embedding_scale else ""
    detail = f"Each of the {vocabulary:,} tokens has its own vector of {config.d_model} numbers{scaled}."
    return _box("Embedding", [f"{vocabulary:,} tokens", f"d_model = {config.d_model}"], detail, "layer")


def _position(config: TransformerConfig) -> dict[str, str] | None:
    if config.positions not in POSITION_NAMES:  # none, or on the scores instead
        return None
    title, detail = POSITION_NAMES[config.positions]
    return {"title": title, "detail": f"{detail} There is room for {config.max_len:,} positions."}


def _segment(config: TransformerConfig) -> dict[str, str] | None:
    if not config.n_segments:
        return None
    detail = (
        f"The model knows {config.n_segments} segments, and has a learned vector for each; a text here is one segment, "
        "so the first one's vector is added to every token's."
    )
    return {"title": "Segment", "detail": detail}


def _output(config: TransformerConfig) -> list[dict[str, Any]]:
    """What stands between the last layer and the answer; nothing where the model has no output layer."""
    if not config.unembedding:
        return []
    transform = [_transform(config)] if config.output_transform != "none" else []
    scale = [_scale(config)] if config.output_scale else []
    return [*transform, *scale, _linear(config), _softmax(config)]


def _transform(config: TransformerConfig) -> dict[str, Any]:
    name, norm = ACTIVATION_NAMES[config.output_transform], _norm_word(config)
    detail = f"One more layer before the logits: {norm}({name}(W h + b)), from {config.d_model} numbers to as many."
    return _box("Transform", [f"{config.d_model} → {config.d_model}", f"{name}, {norm}"], detail, "layer")


def _scale(config: TransformerConfig) -> dict[str, Any]:
    root = significant(sqrt(config.d_model))
    detail = f"The last state is divided by √{config.d_model} = {root}, since the embedding's matrix is used again."
    return _box(f"÷ √{config.d_model}", [], detail, "norm")


def _linear(config: TransformerConfig) -> dict[str, Any]:
    tied = " It is the embedding's matrix, used a second time." if config.tied_embeddings else ""
    detail = f"From {config.d_model} numbers to one logit for each of the {config.vocab_size:,} tokens.{tied}"
    return _box("Linear", [f"{config.d_model} → {config.vocab_size:,}"], detail, "layer")


def _softmax(config: TransformerConfig) -> dict[str, Any]:
    return _box("Softmax", [], f"From logits to {config.vocab_size:,} probabilities that add up to 1.", "layer")


def _answer(config: TransformerConfig) -> str:
    if not config.unembedding:
        return "a state for every token"
    return "the word in each gap" if config.architecture == "encoder" else "probabilities of the next token"


def _mean() -> dict[str, Any]:
    detail = "The bottleneck: the mean of the encoder's output over all source tokens is all that the decoder sees."
    return _box("Mean over tokens: x̄", [], detail, "norm")


def _norm(config: TransformerConfig, detail: str) -> dict[str, Any]:
    return _box(_norm_word(config).capitalize() if config.norm == "layer" else "RMS norm", [], detail, "norm")


def _norm_word(config: TransformerConfig) -> str:
    return "norm" if config.norm == "layer" else "RMS norm"


def _box(title: str, lines: list[str], detail: str, style: str, opens: Door | None = None) -> dict[str, Any]:
    return {"title": title, "lines": lines, "detail": detail, "style": style, "opens": vars(opens) if opens else None}
