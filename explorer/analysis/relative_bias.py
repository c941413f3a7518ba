"""T5's relative positions by distance: the bias of each head for every distance, and where one of them comes from.

score_ij = q_i . k_j * scale + B[bucket(j - i), head]      (Raffel et al. 2020, section 2.1)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.provenance import Provenance, prove
from explorer.reference import relative_buckets

if TYPE_CHECKING:
    from explorer.model.weights import RelativePositions

FARTHEST = 256  # distances of one direction that are shown; beyond the largest one that counts, all are alike


@dataclass(frozen=True)
class BiasByDistance:
    """What one stack adds to the scores of its self-attention."""

    learned: RelativePositions
    distances: np.ndarray  # int [distance], key - query: below 0 the key stands before the query
    values: np.ndarray  # [head, distance], the running model's own

    @property
    def buckets(self) -> np.ndarray:
        """int [distance], which row of the learned table each distance has."""
        found = self.learned
        return relative_buckets(self.distances, found.n_buckets, found.max_distance, found.both_ways)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(map(signed, self.distances.tolist()))


def signed(distance: int) -> str:
    """
    >>> signed(-3), signed(0), signed(12)
    ('\N{MINUS SIGN}3', '0', '+12')
    """
    return f"{distance:+d}".replace("-", "\N{MINUS SIGN}") if distance else "0"


def shown_distances(learned: RelativePositions) -> np.ndarray:
    """All distances up to the one from which on they are alike; a decoder's keys stand before the query, or at it."""
    far = min(learned.max_distance, FARTHEST)
    return np.arange(-far, far + 1 if learned.both_ways else 1)


def prove_bias(found: BiasByDistance, head: int, place: int) -> Provenance:
    """Where the bias of ``head`` (from 0) for ``found.distances[place]`` comes from: its bucket, and the table."""
    learned, distance, bucket = found.learned, int(found.distances[place]), int(found.buckets[place])
    half = learned.n_buckets // 2
    if learned.both_ways:
        lines = [f"n, start = {half}, {half if distance > 0 else 0}  # half each way"]
        lines.append("a = abs(distance)")
    else:
        lines = [f"n, start = {learned.n_buckets}, 0", "a = max(-distance, 0)"]
    alike = int((found.buckets == bucket).sum())
    return prove(
        title=f"bias of head {head + 1} at distance {signed(distance)}",
        symbol=r"b_{ij}^{(h)}",
        formula=r"B_{\text{bucket}(j - i),\,h}",
        substituted=rf"B_{{{bucket},\,{head}}}",
        code=[
            f"h, distance, top = {head}, {distance}, {learned.max_distance}",
            *lines,
            "e = n // 2  # below it, each has its own",
            "if a >= e:  # wider with the logarithm",
            "    f = np.float32  # as the model computes",
            "    x = np.log(f(a) / f(e)) / f(np.log(top / e))",
            "    a = min(e + int(x * f(n - e)), n - 1)",
            "result = B[start + a, h]",
        ],
        arrays={"B": learned.table},
        shown=float(found.values[head, place]),
        source=f"position_bias.weight[{bucket}, {head}] of the checkpoint, as the model's own pass looks it up",
        note=f"Bucket {bucket} of {learned.n_buckets}, counted from 0"
        + (f"; {alike} of the distances shown share it." if alike > 1 else ", of this distance alone."),
    )
