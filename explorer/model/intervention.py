"""What can be changed in one forward pass, as one frozen dataclass of plain values: to see what each part is there for.

An intervention is only a description. ``explorer.model.changed`` makes a model from it that shares every other number
with the one it is made from; ``explorer.model.intervention_text`` writes it as a text, for the URL.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.model.config import TransformerConfig
from explorer.model.kinds import attention_kinds, n_layers

HEAD_ACTIONS = ("zero", "mean", "uniform")
LAYER_ACTIONS = ("off", "twice")


@dataclass(frozen=True, order=True)
class Place:
    """One head of a model, counted from 0."""

    kind: str  # "encoder", "decoder" or "cross"
    layer: int
    head: int


@dataclass(frozen=True, order=True)
class HeadChange:
    """One head made silent, or blind.

    "zero"     its result y_i, which goes into W_O, is 0 at every position: as if its slice of W_O were 0
    "mean"     y_i is the mean of the head's results at the positions that position i may see (in cross-attention, at
               those up to i): it still speaks, but the same everywhere
    "uniform"  it looks at every key it may look at with the same weight
    """

    place: Place
    action: str


@dataclass(frozen=True, order=True)
class LayerChange:
    """A whole block left out ("off"), or run a second time on its own output ("twice")."""

    stack: str  # "encoder" or "decoder"
    layer: int
    action: str


@dataclass(frozen=True, order=True)
class RowEdit:
    """Some weights of one row of one head, set by hand.

    The keys that are not named share what is left of 1 in the proportions they had. Where nothing is left, the named
    ones are divided by their sum. What equals the model's own weights changes nothing.
    """

    place: Place
    query: int
    weights: tuple[tuple[int, float], ...]  # (key, weight), by key


@dataclass(frozen=True, order=True)
class NumberEdit:
    """One number of one parameter, by the parameter's name in ``state_dict()``."""

    parameter: str
    index: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class Intervention:
    """Everything that is changed; by default nothing."""

    no_scale: bool = False  # scores are q.k, not q.k / sqrt(d_k)
    no_mask: bool = False  # a decoder sees what comes after each position too
    no_residual: bool = False  # a sublayer's output replaces its input, instead of being added to it
    no_norm: bool = False  # LN(x) = x everywhere, after the last block too
    other_norm_position: bool = False  # LN(x + f(x)) becomes x + f(LN(x)), or the other way round
    no_positions: bool = False  # no position code is added to the embeddings
    exchanged_qk: bool = False  # W_Q and W_K change places in every attention layer
    heads: tuple[HeadChange, ...] = ()
    layers: tuple[LayerChange, ...] = ()
    rows: tuple[RowEdit, ...] = ()
    numbers: tuple[NumberEdit, ...] = ()


NOTHING, NO_MASK = Intervention(), Intervention(no_mask=True)
SWITCHES = (
    "no_scale",
    "no_mask",
    "no_residual",
    "no_norm",
    "other_norm_position",
    "no_positions",
    "exchanged_qk",
)


def layer_order(intervention: Intervention, kind: str, n: int) -> tuple[int, ...]:
    """Which of ``n`` blocks run, in their order: block p of the changed trace is block ``order[p]`` of the model.

    >>> changes = LayerChange("decoder", 0, "off"), LayerChange("decoder", 2, "twice")
    >>> layer_order(Intervention(layers=changes), "decoder", 3)
    (1, 2, 2)
    """
    stack = "encoder" if kind == "encoder" else "decoder"
    actions = {change.layer: change.action for change in intervention.layers if change.stack == stack}
    times = {"off": 0, "twice": 2}
    return tuple(layer for layer in range(n) for _ in range(times.get(actions.get(layer), 1)))


def check(intervention: Intervention, config: TransformerConfig) -> None:
    """Raise ValueError, one sentence, where an intervention speaks of something that a model with ``config`` lacks.

    Names and indices of single numbers are checked where they are changed: the config does not know them.
    """
    for change in intervention.heads:
        _check_place(change.place, config)
        _require(change.action in HEAD_ACTIONS, f"a head can be {', '.join(HEAD_ACTIONS)}, not {change.action!r}")
    for edit in intervention.rows:
        _check_place(edit.place, config)
        _check_row(edit)
    stacks = {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
    for change in intervention.layers:
        n = stacks.get(change.stack, 0)
        _require(n > 0, f"this model has no {change.stack} whose layers could be changed")
        _require(0 <= change.layer < n, f"the {change.stack} has {n} layers, and none is number {change.layer + 1}")
        _require(change.action in LAYER_ACTIONS, f"a layer can be off or twice, not {change.action!r}")
    for name, things in (("head", [(c.place, c.action == "uniform") for c in intervention.heads]),
                         ("layer", [(c.stack, c.layer) for c in intervention.layers]),
                         ("row", [(e.place, e.query) for e in intervention.rows]),
                         ("number", [(e.parameter, e.index) for e in intervention.numbers])):  # fmt: skip
        _require(len(set(things)) == len(things), f"one {name} is changed twice, in two ways")


def _check_place(place: Place, config: TransformerConfig) -> None:
    kinds = attention_kinds(config)
    _require(place.kind in kinds, f"this model has attention of kind {', '.join(kinds)}, not {place.kind!r}")
    n = n_layers(config, place.kind)
    _require(0 <= place.layer < n, f"this model has {n} layers of that kind, and none is number {place.layer + 1}")
    s = config.n_heads
    _require(0 <= place.head < s, f"each layer has {s} heads, and none is number {place.head + 1}")


def _check_row(edit: RowEdit) -> None:
    _require(edit.query >= 0, f"queries are counted from 0, so there is none with number {edit.query}")
    _require(len(edit.weights) > 0, "an edited row needs at least one weight")
    keys = [key for key, _ in edit.weights]
    _require(len(set(keys)) == len(keys) and min(keys) >= 0, "each key of an edited row is named once")
    _require(all(0.0 <= weight <= 1.0 for _, weight in edit.weights), "a weight lies between 0 and 1")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)
