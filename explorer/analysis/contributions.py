"""What every part of the model adds to one logit: the residual stream is a sum, and the logit is linear in it.

    logit_t = E[t] . h + b[t],   h = sum_c (what is left of c at the end of the stream)

A norm is not linear, but with its deviation held fixed at this run's value it is affine: a part c becomes
gain * (c - mean(c)) / sd (an RMS norm takes no mean away), and the norm's bias is a part of its own (Elhage et al.
2021, "A Mathematical Framework for Transformer Circuits"). T5's 1/sqrt(d) before the unembedding is a factor of every
part. So the parts sum to the logit exactly. Each is a *direct* effect: not what the logit would lose without that part,
since later layers read it too, and the deviations would come out differently.

BERT's layer LN(f(W h + b)) before the unembedding is no such thing: through f, the logit is not linear in h.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.residual_stream import EMBEDDING_NORM, SUBLAYERS, Point, read_stream, stack_kind
from explorer.model.weights import attention_weights, unembedding

if TYPE_CHECKING:
    from explorer.model.config import TransformerConfig
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer
    from explorer.model.weights import NormWeights, Unembedding

AGAINST = ("nothing", "mean", "token")


@dataclass(frozen=True)
class Part:
    """Something that writes to the stream."""

    name: str  # "token", "position", "segment", "head", "output bias" (b_O), "ff", "norm bias" or "logit bias"
    sublayer: str = ""  # "attention", "cross" or "ff"; EMBEDDING_NORM, and "norm" for the one after the last block
    layer: int = -1  # from 0
    head: int = -1  # from 0

    @property
    def words(self) -> str:
        """
        >>> Part("head", "cross", 1, 2).words, Part("norm bias", "norm").words
        ('layer 2 cross-attention head 3', 'bias of the final norm')
        """
        norms = {"norm": "the final norm", EMBEDDING_NORM: f"the {EMBEDDING_NORM}"}
        place = f"layer {self.layer + 1} {SUBLAYERS.get(self.sublayer, '')}"
        return {
            "token": "token embedding",
            "position": "position code",
            "segment": "segment embedding",
            "head": f"{place} head {self.head + 1}",
            "output bias": f"{place} bias",
            "ff": place,
            "norm bias": f"bias of {norms.get(self.sublayer, f'the norm after {place}')}",
            "logit bias": "bias of the logit",
        }[self.name]

    @property
    def slug(self) -> str:
        """What it is called in an address, counted from 1.

        >>> Part("head", "cross", 1, 2).slug, Part("token").slug
        ('head-cross-2-3', 'token')
        """
        numbers = [str(n + 1) for n in (self.layer, self.head) if n >= 0]
        sublayer = [] if self.sublayer in ("", self.name) else [self.sublayer]
        return "-".join([self.name, *sublayer, *numbers]).replace(" ", "-")


@dataclass(frozen=True)
class PassedNorm:
    """A norm that the whole stream goes through, with its statistics at the one position."""

    weights: NormWeights
    deviation: float  # sqrt(variance + eps), or sqrt(mean square + eps)

    def carry(self, rows: np.ndarray) -> np.ndarray:
        """What becomes of parts [part, d_model]: all but the bias."""
        centred = rows if self.weights.kind == "rms" else rows - rows.mean(axis=-1, keepdims=True)
        return centred / self.deviation * self.weights.gain


@dataclass(frozen=True)
class Decomposition:
    """The stream at one position, part by part. All in float64, from the running model's own arrays."""

    position: int
    parts: tuple[Part, ...]
    entered: tuple[int, ...]  # for each part, how many of ``norms`` stand before it
    written: np.ndarray  # [part, d_model], as it was written
    arrived: np.ndarray  # [part, d_model], what is left of it before the unembedding; their sum is h
    norms: tuple[PassedNorm, ...]
    unembedding: Unembedding
    scale: float = 1.0  # of all parts before the unembedding: 1/sqrt(d_model) in T5

    @property
    def state(self) -> np.ndarray:
        """h, [d_model]."""
        return self.arrived.sum(axis=0)


@dataclass(frozen=True)
class Measure:
    """Which number is taken apart: a token's logit, as it is or beside the mean of all tokens or one other token."""

    token: int
    against: str = "nothing"
    other: int | None = None  # with against="token"

    def of(self, logits: np.ndarray) -> float:
        """The running model's own number, from its logits [vocab_size] at that position."""
        logits = np.asarray(logits, dtype=np.float64)
        return float(logits[self.token] - self._reference(logits))

    def direction(self, weights: Unembedding) -> np.ndarray:
        """What the last state is multiplied by, [d_model]: E[t], less the mean of all rows, or less E[u]."""
        return weights.matrix[self.token].astype(np.float64) - self._reference(weights.matrix)

    def bias(self, weights: Unembedding) -> float:
        return 0.0 if weights.bias is None else self.of(weights.bias)

    def _reference(self, rows: np.ndarray) -> np.ndarray | float:
        if self.against == "mean":
            return rows.mean(axis=0, dtype=np.float64)
        return rows[self.other].astype(np.float64) if self.against == "token" else 0.0


@dataclass(frozen=True)
class Contributions:
    """A decomposition, looked at along one direction."""

    stream: Decomposition
    measure: Measure
    model: float  # the running model's own number

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Those of the stream, and the bias of the logit where the model has one."""
        biased = self.stream.unembedding.bias is not None
        return (*self.stream.parts, *([Part("logit bias")] if biased else []))

    @cached_property
    def direction(self) -> np.ndarray:
        return self.measure.direction(self.stream.unembedding)

    @cached_property
    def values(self) -> np.ndarray:
        """[part]; their sum is ``model``."""
        values = self.stream.arrived @ self.direction
        biased = self.stream.unembedding.bias is not None
        return np.append(values, self.measure.bias(self.stream.unembedding)) if biased else values

    @property
    def total(self) -> float:
        return float(self.values.sum())


def contributions(run: Run, model: Transformer, position: int, measure: Measure) -> Contributions:
    """What every part adds to the number ``measure`` at ``position`` (from 0).

    Raises
    ------
    ValueError
        For a model whose logits are no sum of parts; see ``logit_is_a_sum``.
    """
    if not logit_is_a_sum(model.config):
        raise ValueError("this model's logits are not linear in its residual stream")
    return Contributions(decompose(run, model, position), measure, measure.of(run.trace.logits[position]))


def logit_is_a_sum(config: TransformerConfig) -> bool:
    """Whether there are logits, and nothing nonlinear but norms between the stream and them."""
    return config.unembedding and config.output_transform == "none"


def decompose(run: Run, model: Transformer, position: int) -> Decomposition:
    """Follow every part from where it is written to the unembedding."""
    points, parts, entered, norms = read_stream(run, model), [], [], []
    written, arrived = [], np.zeros((0, points[0].state.shape[1]))

    def write(part: Part, vector: np.ndarray) -> None:
        nonlocal arrived
        parts.append(part)
        entered.append(len(norms))
        written.append(vector.astype(np.float64))
        arrived = np.vstack([arrived, written[-1]])

    for n, point in enumerate(points):
        for part, vector in _writers(run, model, point, position):
            write(part, vector)
        if point.norm is not None:
            norms.append(_passed(point, points[n - 1].state[position], position))
            arrived = norms[-1].carry(arrived)
            if point.norm.bias is not None:
                write(Part("norm bias", point.name, point.layer), point.norm.bias)
    scale = model.config.d_model**-0.5 if model.config.output_scale else 1.0
    everything = tuple(parts), tuple(entered), np.stack(written), arrived * scale, tuple(norms)
    return Decomposition(position, *everything, unembedding(model), scale)


def _writers(run: Run, model: Transformer, point: Point, position: int) -> list[tuple[Part, np.ndarray]]:
    """Who writes to the stream just before this point, and what: W_O^(h) y^(h) of each head, b_O, a feed-forward."""
    kind, place = stack_kind(run), (point.name, point.layer)
    if point.name == "embedding":
        embedding = run.stack(kind).embedding
        found = [(Part("token"), embedding.token_embedding[position])]
        if run.entry.config.positions not in ("none", "relative"):
            found.append((Part("position"), embedding.position_code[position]))
        if run.entry.config.n_segments:
            found.append((Part("segment"), embedding.segment_embedding[position]))
        return found
    if point.name in ("attention", "cross"):
        kind = "cross" if point.name == "cross" else kind
        weights, heads = attention_weights(model, kind, point.layer), run.attention(kind, point.layer).heads
        rows = np.einsum("hba,ha->hb", weights.w_o.astype(np.float64), heads[:, position].astype(np.float64))
        found = [(Part("head", *place, h), row) for h, row in enumerate(rows)]
        return [*found, *([] if weights.b_o is None else [(Part("output bias", *place), weights.b_o)])]
    return [(Part("ff", *place), point.added[position])] if point.name == "ff" else []


def _passed(point: Point, before: np.ndarray, position: int) -> PassedNorm:
    z = before.astype(np.float64) + (0.0 if point.added is None else point.added[position])
    centred = z if point.norm.kind == "rms" else z - z.mean()
    return PassedNorm(point.norm, float(np.sqrt((centred**2).mean() + point.norm.eps)))
