"""The ledger of an autoregressive text: one row per factor p(y_i | y_<i, x), and the running product beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.components.base import declare, from_browser, number_for_browser, plain, sent_by

RUNNING = ("running_p", "running_log_p")
COLUMNS = ("p", "log_p", "rank", "entropy", *RUNNING)


@dataclass(frozen=True)
class LedgerRow:
    """One factor of p(y | x) = prod_i p(y_i | y_1 .. y_i-1, x), and where the product stands after it."""

    label: str  # y_i as the screen writes it
    token_id: int
    p: float  # p(y_i | y_<i, x)
    log_p: float  # its natural logarithm
    rank: int  # 1: the model's first choice
    entropy: float  # of the whole distribution at this place, in the unit that the ledger is given
    running_p: float | None = None  # p_1 p_2 .. p_i as a float64, which may underflow to 0; None: there is no product
    running_log_p: float | None = None  # log p_1 + .. + log p_i, which does not; what is drawn is made from this one
    group: str = ""  # a divider with these words stands where the group changes to it, such as "continuation"


@dataclass(frozen=True)
class Total:
    """One number of the last line, shown when all factors are multiplied."""

    label: str  # such as "p(y|x)" or "perplexity"
    value: float
    title: str = ""  # one sentence on hover
    is_log: bool = False  # value is the natural logarithm of what is shown, which may be too small for a float64


def factor_ledger(
    rows: Sequence[LedgerRow],
    *,
    key: str,
    title: str,
    step: int,
    on_step: Callable[[int], None] | None = None,
    columns: Sequence[str] = COLUMNS,
    entropy_unit: str = "bits",
    log_unit: str = "nats",
    totals: Sequence[Total] = (),
) -> None:
    """Draw the ledger with its row of buttons; stepping is at once, the server hears of it a moment later.

    Left and Right step, Home and End go to the beginning and to the end: when the ledger has the focus, and when
    nothing else uses the keys. A click or Enter on a row goes to it. One ledger a page, since it listens to the page.

    Parameters
    ----------
    rows : sequence of LedgerRow
        Where no row has a running product, its two columns are left out (a BERT has factors and no product).
    title : str
        What is shown, for those who cannot see it.
    step : int
        How many factors are multiplied: 0 (none) to ``len(rows)`` (all). Row ``step`` is lit, those after it are quiet.
    on_step : called with the new step before the next run
    columns : sequence of str
        Which of ``COLUMNS`` are shown, always in their order.
    entropy_unit : str
        "bits" or "nats"; stands in the heading.
    log_unit : str
        "nats" or "bits": the logarithms of the rows are natural, and are shown as such or to base 2.
    totals : sequence of Total
        The last line when ``step == len(rows)``; before, it has the running values so far.

    Raises
    ------
    ValueError
        If ``step`` is not from 0 to ``len(rows)``, or a column or the unit of the logarithms is unknown.
    """
    if not 0 <= step <= len(rows):
        raise ValueError(f"step {step} is not from 0 to {len(rows)}")
    if unknown := set(columns) - set(COLUMNS):
        raise ValueError(f"there are no columns {sorted(unknown)}; there are {', '.join(COLUMNS)}")
    if log_unit not in ("nats", "bits"):
        raise ValueError(f"logarithms are in nats or in bits, not in {log_unit!r}")

    def stepped() -> None:
        if on_step and (found := from_browser(sent_by(key, "step"), step=len(rows) + 1)):
            on_step(*found)

    has_product = any(row.running_log_p is not None for row in rows)
    data = {
        "title": title,
        "step": step,
        "columns": [name for name in COLUMNS if name in columns and (has_product or name not in RUNNING)],
        "has_product": has_product,
        "entropy_unit": entropy_unit,
        "log_unit": log_unit,
        "rows": [_for_browser(row) for row in rows],
        "totals": [_for_browser(total) for total in totals],
    }
    declare("factor_ledger")(key=key, data=data, on_step_change=stepped)


def _for_browser(record: LedgerRow | Total) -> dict[str, Any]:
    numbers = plain(record)
    return {name: number_for_browser(value) if isinstance(value, float) else value for name, value in numbers.items()}
