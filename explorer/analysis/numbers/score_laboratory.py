"""Where the numbers of the sqrt(m) laboratory come from.

Those of the first query start at the seed: its lines can be pasted into any Python. Means over all queries start at
their products q . k, of which one can be asked by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.head_scores import HeadScores
from explorer.analysis.provenance import Provenance, products_tex, prove, sum_tex, terms_note, tex
from explorer.analysis.score_laboratory import (
    N_QUERIES,
    UNSCALED,
    Laboratory,
    entropy,
    jacobian,
    jacobian_norm,
)
from explorer.limits import LABORATORY_KEYS, LABORATORY_SIZE

WAYS = ("with 1/√m", "without 1/√m")
# What can be asked: of all queries, of the first query, of the chosen head.
OF_ALL = {
    "variance": "variance of all scores",
    "entropy": "mean entropy",
    "norm": "mean size of the gradient ‖J‖",
    "trace": "mean trace of J",
}
OF_ONE = {
    "score": "a score of the first query",
    "weight": "a weight of the first query",
    "first_entropy": "the first query's entropy",
    "entry": "an entry of its gradient J",
    "first_norm": "the size of its gradient ‖J‖",
}
OF_HEAD = {"head_variance": "the chosen head: variance of its scores", "head_entropy": "the chosen head: mean entropy"}
_ROOT = (r"/\sqrt m", "")
_OVER = (" / np.sqrt(m)", "")
_ENTROPY = ["w = np.where(w > 0, w, 1)  # 0 ln 0 is 0", "H = -(w * np.log(w)).sum(axis=-1)"]
_JACOBIAN = ["w = softmax(scores)", "J = np.diag(w) - np.outer(w, w)"]
_SQUARES = r"\sum_j w_j^2 - 2\sum_j w_j^3 + \big(\sum_j w_j^2\big)^2"
# The symbol, the formula, and the lines that come after those of the scores, or of the weights.
_VARIANCE = (
    r"\mathrm{Var}",
    r"\frac{1}{Nn}\sum_{i,j} (s_{ij} - \bar s)^2",
    ["result = ((scores - scores.mean()) ** 2).mean()"],
)
_MEANS = {
    "entropy": (
        r"\overline{H}",
        r"\frac{1}{N}\sum_i \Big(-\sum_j w_{ij} \ln w_{ij}\Big)",
        [*_ENTROPY, "result = H.mean()"],
    ),
    "norm": (
        r"\overline{\lVert J\rVert_F}",
        r"\frac{1}{N}\sum_i \big\lVert \mathrm{diag}(w_i) - w_i w_i^\top \big\rVert_F",
        ["norms = [np.linalg.norm(np.diag(row) - np.outer(row, row)) for row in w]", "result = np.mean(norms)"],
    ),
    "trace": (
        r"\overline{\mathrm{tr}\,J}",
        r"\frac{1}{N}\sum_i \Big(1 - \sum_j w_{ij}^2\Big)",
        ["result = (1 - (w**2).sum(axis=-1)).mean()"],
    ),
}


@dataclass(frozen=True)
class Spot:
    """Which of the laboratory's numbers is asked about."""

    lab: Laboratory
    m: int
    way: int  # SCALED or UNSCALED
    j: int = 0  # a key, from 0
    other: int = 0  # for an entry of J: the key l whose score is moved, from 0

    @property
    def scores(self) -> np.ndarray:
        """[key], the first query's."""
        return self.lab.scores[self.way, self.lab.at(self.m)]

    @property
    def weights(self) -> np.ndarray:
        return self.lab.weights[self.way, self.lab.at(self.m)]

    @property
    def words(self) -> str:
        return f"{WAYS[self.way]}, m = {self.m}"

    @property
    def source(self) -> str:
        return f"the one that the curves and bars show at m = {self.m}, n = {self.lab.n_keys}, seed {self.lab.seed}"


def provenance(asked: str, spot: Spot) -> Provenance:
    """The number ``asked`` for, a key of OF_ALL or OF_ONE."""
    return _of_all(asked, spot) if asked in OF_ALL else _ONE[asked](spot)


def _of_all(asked: str, spot: Spot) -> Provenance:
    lab, way = spot.lab, spot.way
    products = lab.products[lab.at(spot.m)]
    shown = lab.measured[asked][way, lab.at(spot.m)]
    lines = [f"m = {spot.m}", f"scores = products{_OVER[way]}  # [query, key]"]
    if asked == "variance":
        symbol, formula, rest = _VARIANCE
        terms = (products if way == UNSCALED else products / np.sqrt(spot.m)).ravel()
        squares = [f"({tex(s - terms.mean())})^2" for s in terms[:3]]
        substituted = rf"\frac{{1}}{{{terms.size}}}\big({sum_tex(squares)} + \dots\big)"
    else:
        symbol, formula, rest = _MEANS[asked]
        substituted, rest = tex(shown), ["w = softmax(scores)", *rest]
    return prove(
        title=f"{OF_ALL[asked]}, {spot.words}",
        symbol=symbol,
        formula=formula,
        substituted=substituted,
        code=[*lines, *rest],
        arrays={"products": products},
        shown=shown,
        source=spot.source,
        note=f"N = {N_QUERIES} queries with n = {lab.n_keys} keys each; products = $q_i^\\top k_{{ij}}$.",
    )


def _of_one(
    spot: Spot, title: str, equation: tuple[str, str, str], lines: list[str], shown: float, note: str = ""
) -> Provenance:
    """A number of the first query, from the seed on; ``equation``: its symbol, its formula, and the numbers put in."""
    symbol, formula, substituted = equation
    draw = [
        f"m, n = {spot.m}, {spot.lab.n_keys}",
        f"rng = np.random.default_rng({spot.lab.seed})",
        f"q = rng.standard_normal({LABORATORY_SIZE})[:m]",
        f"k = rng.standard_normal(({LABORATORY_KEYS}, {LABORATORY_SIZE}))[:n, :m]",
        f"scores = k @ q{_OVER[spot.way]}",
    ]
    return prove(
        title=f"{title}, {spot.words}",
        symbol=symbol,
        formula=formula,
        substituted=substituted,
        code=[*draw, *lines],
        arrays={},
        shown=shown,
        source=spot.source,
        note=note,
    )


def _score(spot: Spot) -> Provenance:
    random, m, j = np.random.default_rng(spot.lab.seed), spot.m, spot.j
    q, k = (
        random.standard_normal(LABORATORY_SIZE)[:m],
        random.standard_normal((LABORATORY_KEYS, LABORATORY_SIZE))[j, :m],
    )
    terms = products_tex(q, k)
    substituted = terms if spot.way == UNSCALED else rf"\frac{{1}}{{\sqrt{{{m}}}}}\big({terms}\big)"
    equation = ("s_j", f"q^\\top k_j{_ROOT[spot.way]}", substituted)
    lines = [f"result = scores[{j}]"]
    return _of_one(spot, f"score of the first query on key {j + 1}", equation, lines, spot.scores[j], terms_note(m))


def _weight(spot: Spot) -> Provenance:
    scores, j = spot.scores, spot.j
    below = sum_tex([f"e^{{{tex(s)}}}" for s in scores], shown=2)
    substituted = rf"\frac{{e^{{{tex(scores[j])}}}}}{{{below}}}"
    equation = ("w_j", r"\frac{e^{s_j}}{\sum_{j'} e^{s_{j'}}}", substituted)
    lines, note = [f"result = softmax(scores)[{j}]"], terms_note(len(scores))
    return _of_one(spot, f"weight of the first query on key {j + 1}", equation, lines, spot.weights[j], note)


def _first_entropy(spot: Spot) -> Provenance:
    w, n = spot.weights, spot.lab.n_keys
    terms = sum_tex([rf"{tex(p)}\ln {tex(p)}" for p in w if p > 0], shown=2)
    lines = ["w = softmax(scores)", *_ENTROPY, "result = H"]
    note = f"In nats: at most ln {n} = {tex(np.log(n))}, where all weights are alike."
    equation = ("H", r"-\sum_j w_j \ln w_j", f"-({terms})")
    return _of_one(spot, "entropy of the first query's weights", equation, lines, float(entropy(w)), note)


def _entry(spot: Spot) -> Provenance:
    w, j, other = spot.weights, spot.j, spot.other
    substituted = rf"{tex(w[j])}\,(1 - {tex(w[j])})" if j == other else rf"-{tex(w[j])}\cdot{tex(w[other])}"
    equation = ("J_{jl}", r"\frac{\partial w_j}{\partial s_l} = w_j\,(\mathbb 1[j = l] - w_l)", substituted)
    lines = [*_JACOBIAN, f"result = J[{j}, {other}]"]
    title = f"how the weight on key {j + 1} answers to the score of key {other + 1}"
    return _of_one(spot, title, equation, lines, jacobian(w)[j, other])


def _first_norm(spot: Spot) -> Provenance:
    w = spot.weights
    squares, cubes = tex((w**2).sum()), tex((w**3).sum())
    formula = rf"\sqrt{{\sum_{{j,l}} J_{{jl}}^2}} = \sqrt{{{_SQUARES}}}"
    equation = (r"\lVert J\rVert_F", formula, rf"\sqrt{{{squares} - 2\cdot{cubes} + {squares}^2}}")
    lines = [*_JACOBIAN, "result = np.sqrt((J**2).sum())"]
    title = "size of the first query's gradient, the Frobenius norm of J"
    return _of_one(spot, title, equation, lines, float(jacobian_norm(w)))


_ONE = dict(zip(OF_ONE, (_score, _weight, _first_entropy, _entry, _first_norm), strict=True))


def of_head(
    q: np.ndarray,
    k: np.ndarray,
    mask: np.ndarray,
    found: HeadScores,
    asked: str,
    way: int,
    where: str,
    bias: np.ndarray | None = None,
) -> Provenance:
    """A number of OF_HEAD: q [query, m] and k [key, m] of one head of the running model.

    ``bias`` [query, key] is what a model with relative positions adds to the scores.
    """
    n_pairs = int(mask.sum())
    lines = [f"m = {q.shape[1]}", f"scores = q @ k.T{_OVER[way]}" + ("" if bias is None else " + b")]
    score = rf"s_{{ij}} = q_i^\top k_j{_ROOT[way]}" + ("" if bias is None else " + b_{ij}")
    if asked == "head_variance":
        formula = rf"\frac{{1}}{{{n_pairs}}}\sum_{{ij}} (s_{{ij}} - \bar s)^2,\quad {score}"
        symbol, shown = r"\mathrm{Var}", found.variance[way]
        lines.append("result = scores[mask].var()  # what the mask allows")
    else:
        formula = rf"\frac{{1}}{{{len(q)}}}\sum_i\Big(-\sum_j w_{{ij}} \ln w_{{ij}}\Big)"
        symbol, shown = r"\overline{H}", found.entropy[way]
        lines += ["scores[~mask] = -np.inf", "w = softmax(scores)", *_ENTROPY, "result = H.mean()"]
    return prove(
        title=f"{OF_HEAD[asked]}, {WAYS[way]}",
        symbol=symbol,
        formula=formula,
        substituted=tex(shown),
        code=lines,
        arrays={"q": q, "k": k, "mask": mask, "b": bias},
        shown=shown,
        source=where,
    )
