"""The filters between a model's logits and the token that is drawn: what each did, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.provenance import Provenance, prove, tex

LETTERS = {"repetition penalty": "r", "temperature": "T", "top-k": "k", "top-p": "P", "min-p": "m"}
CUTS = ("never written", "top-k", "top-p", "min-p")  # these drop tokens; the others only move probability


@dataclass(frozen=True)
class Filtered:
    """One distribution on its way from the model to the draw."""

    name: str  # "softmax" (the model's own), or the filter that made it
    value: float  # the filter's strength
    p: np.ndarray  # [vocab_size], float64, adds up to 1; 0 for what was dropped
    kept: float  # what share of the probability before it was kept

    @property
    def n_kept(self) -> int:
        return int(np.count_nonzero(self.p))

    @property
    def setting(self) -> str:
        """What the filter is set to, as on screen; "" for the softmax.

        >>> Filtered("top-k", 40, np.ones(1), 1.0).setting
        'k = 40'
        """
        return f"{LETTERS[self.name]} = {self.value:g}" if self.name in LETTERS else ""


def draw_order(filtered: Sequence[Filtered]) -> np.ndarray:
    """All ids as the draw lays them out: by falling probability of the last stage, and the dropped ones after them.

    Of equals, the smaller id; of dropped ones, first what was more probable in the last stage that still had it.
    """
    keys = [np.arange(len(filtered[0].p)), *(-stage.p for stage in filtered)]
    return np.lexsort(keys)  # the last key counts most


def shown_ids(filtered: Sequence[Filtered], n: int, dropped: int = 4) -> np.ndarray:
    """The first ``n`` ids of ``draw_order``; at the end ``dropped`` of them are dropped ones, where there are any."""
    return draw_order(filtered)[: max(1, min(n, filtered[-1].n_kept + dropped))]


def row_of(filtered: Sequence[Filtered], ids: Sequence[int]) -> tuple[float | None, ...]:
    """What ``ids`` have together in each stage; None from the stage on that dropped them all."""
    which = np.asarray(ids, dtype=np.int64)
    together = [float(stage.p[which].sum()) for stage in filtered]
    return tuple(p if p > 0 or s == 0 else None for s, p in enumerate(together))


def filter_formula(filtered: Sequence[Filtered], s: int) -> str:
    """Stage ``s`` in LaTeX, with its setting, what it kept, and what it was divided by."""
    stage = filtered[s]
    if stage.name == "softmax":
        return r"p_t = \frac{e^{z_t}}{\sum_u e^{z_u}}"
    if stage.name == "repetition penalty":
        r = tex(stage.value)
        return (
            rf"z'_t = \begin{{cases}} z_t / {r} & z_t > 0 \\ {r}\, z_t & z_t < 0 \end{{cases}}"
            r"\;\text{ where } t \text{ was read before}"
        )
    if stage.name == "temperature":
        z = "z'" if any(each.name == "repetition penalty" for each in filtered) else "z"
        return rf"p_t = \operatorname{{softmax}}_t({z} / T), \quad T = {tex(stage.value)}"
    before = filtered[s - 1].p
    if stage.name == "never written":
        return rf"\text{{all others}}: \; {stage.n_kept} \text{{ kept}}, \quad p'_t = \frac{{p_t}}{{{tex(stage.kept)}}}"
    kept = {
        "top-k": rf"p_t \text{{ among the }} k = {stage.value:g} \text{{ largest}}",
        "top-p": rf"\textstyle\sum_{{u \text{{ before }} t}} p_u < P = {tex(stage.value)}",
        "min-p": rf"p_t \ge m \cdot \max_u p_u = {tex(stage.value)} \cdot {tex(before.max())}"
        rf" = {tex(stage.value * before.max())}",
    }[stage.name]
    return (
        rf"\text{{keep }} t \text{{ if }} {kept}: \; {stage.n_kept} \text{{ kept}}, \quad"
        rf" p'_t = \frac{{p_t}}{{{tex(stage.kept)}}}"
    )


def prove_probability(
    logits: np.ndarray,
    read: Sequence[int],
    filtered: Sequence[Filtered],
    s: int,
    token: int,
    label: str,
    suppressed: Sequence[int] = (),
) -> Provenance:
    """Where the probability of ``token`` after stage ``s`` comes from: NumPy computes it again from the logits.

    Parameters
    ----------
    logits : array [vocab_size]
        The model's, for this next token.
    read : sequence of int
        What was read before, which the repetition penalty counts.
    suppressed : sequence of int
        What decoding never writes.
    """
    stage = filtered[s]
    is_last = s == len(filtered) - 1
    return prove(
        title=f"Probability of {label} after {stage.name}",
        symbol="p'_t" if stage.name in CUTS else "p_t",
        formula=_right_side(filtered, s),
        substituted=_put_in(logits, read, filtered, s, token),
        code=_lines(filtered[: s + 1], token),
        arrays={"logits": logits, "read": np.asarray(read, dtype=np.int64)}
        | ({"never": np.asarray(suppressed, dtype=np.int64)} if suppressed else {}),
        shown=float(stage.p[token]),
        source="in the distribution that is drawn from" if is_last else f"in the distribution after {stage.name}",
        note="The lines begin with the model's logits, one for each token of the vocabulary.",
    )


# The lines of each filter: the first two change the logits z, the others what is left of p.
_LINES = {
    "softmax": (),
    "repetition penalty": ("seen = np.unique(read)", "z[seen] = np.where(z[seen] > 0, z[seen] / r, z[seen] * r)"),
    "temperature": ("z = z / T",),
    "never written": ("p[never] = 0", "p = p / p.sum()"),
    "top-k": (
        'keep = np.argsort(-p, kind="stable")[:k]',
        "p[np.setdiff1d(np.arange(len(p)), keep)] = 0",
        "p = p / p.sum()",
    ),
    "top-p": (
        'order = np.argsort(-p, kind="stable")',
        "before = np.cumsum(p[order]) - p[order]",
        "p[order[before >= P]] = 0",
        "p = p / p.sum()",
    ),
    "min-p": ("p = np.where(p >= m * p.max(), p, 0)", "p = p / p.sum()"),
}


def _lines(filtered: Sequence[Filtered], token: int) -> list[str]:
    """NumPy from the logits to the probability of ``token`` after the last of these stages."""
    lines = [*(stage.setting for stage in filtered if stage.setting), f"t = {token}", "z = logits.copy()"]
    of_logits = True
    for stage in filtered:
        if stage.name in CUTS and of_logits:
            lines.append("p = softmax(z)")
            of_logits = False
        lines += _LINES[stage.name]
    if of_logits:
        lines.append("p = softmax(z)")
    return [*lines, "result = p[t]"]


def _right_side(filtered: Sequence[Filtered], s: int) -> str:
    if filtered[s].name in CUTS:
        return r"\frac{p_t}{\sum_{u \text{ kept}} p_u}"
    names = [stage.name for stage in filtered[: s + 1]]
    prime, over = ["'" * ("repetition penalty" in names), "/T" * ("temperature" in names)]
    return rf"\frac{{e^{{z{prime}_t{over}}}}}{{\sum_u e^{{z{prime}_u{over}}}}}"


def _put_in(logits: np.ndarray, read: Sequence[int], filtered: Sequence[Filtered], s: int, token: int) -> str:
    stage = filtered[s]
    if stage.name in CUTS:
        before = filtered[s - 1].p[token]
        return rf"\frac{{{tex(before)}}}{{{tex(stage.kept)}}}" if stage.p[token] > 0 else r"0 \;\text{ (dropped)}"
    z = float(logits[token])
    for each in filtered[: s + 1]:
        if each.name == "repetition penalty" and token in read:
            z = z / each.value if z > 0 else z * each.value
        if each.name == "temperature":
            z /= each.value
    with np.errstate(divide="ignore"):
        total = z - np.log(stage.p[token])  # the logarithm of the sum: the sum itself may overflow
    return rf"\frac{{e^{{{tex(z)}}}}}{{e^{{{tex(total)}}}}}"
