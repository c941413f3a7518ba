"""The factors of one text twice, side by side: from two ways of computing them, or from two models."""

from __future__ import annotations

from explorer.analysis.factorisation import Factorisation
from explorer.components.number_table import Column, number_table


def factor_pairs(
    labels: tuple[str, ...],
    one: Factorisation,
    other: Factorisation,
    *,
    heads: tuple[str, str],
    key: str,
    title: str,
    signed: bool = False,
    logs: bool = False,
) -> None:
    """A row for each token: p in two ways, and the second less the first; below, log p of the whole.

    Parameters
    ----------
    signed : bool
        Whether the differences are coloured by their sign; not where they are rounding.
    logs : bool
        Whether the difference is that of the logs, which add up to that of the whole.
    """
    difference = other.log_p - one.log_p if logs else other.p - one.p
    rows = [
        (i, (label, token), float(one.p[i - 1]), float(other.p[i - 1]), float(difference[i - 1]))
        for i, (label, token) in enumerate(zip(labels, one.ids, strict=True), start=1)
    ]
    total = (None, "log p", one.total_log_p, other.total_log_p, other.total_log_p - one.total_log_p)
    columns = [
        Column("i", "count"),
        Column("token", "token"),
        *(Column(f"p, {head}", "share") for head in heads),
        Column("difference of log p" if logs else "difference", "signed" if signed else "number"),
    ]
    number_table(columns, [*rows, total], key=key, title=title, n_totals=1)
