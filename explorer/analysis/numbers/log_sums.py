"""Where the numbers of a whole text come from: the logs of its factors, their sum, and what is made of it."""

from __future__ import annotations

import numpy as np

from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, prove, sum_tex, terms_note, tex
from explorer.analysis.readout import Readout


def log(readout: Readout, start: int, n: int) -> Provenance:
    """The logarithm of factor ``start + n``, among those of the whole text."""
    i = start + n
    t, value = readout.text.factors.ids[i], readout.text.factors.log_p[i]
    return prove(
        title=f"{readout.logarithm} of factor {i + 1}",
        symbol=f"{readout.log} p(y_{{{i + 1}}})",
        formula=f"{readout.log} " + r"\mathrm{softmax}(z)_{" + f"{t}}}",
        substituted=f"{readout.log} {tex(np.exp(value))}",
        code=[*_logs(readout, i, i + 1), f"result = log_p[0]{readout.divided}"],
        arrays=readout.arrays,
        shown=value / readout.unit,
        source=f"what row {i + 1} of the ledger shows",
    )


def total_log_p(readout: Readout, start: int, stop: int) -> Provenance:
    part = readout.text.factors.part(start, stop)
    product = readout.text.is_product
    given = r"\dots" if product else r"y_{\setminus i}"
    return prove(
        title=("sum of the logarithms" if product else "pseudo-log-likelihood") + f" of factors {start + 1} to {stop}",
        symbol=rf"{readout.log} p(y_{{{start + 1}:{stop}}})" if product else r"\mathrm{PLL}",
        formula=rf"\sum_{{i={start + 1}}}^{{{stop}}} {readout.log} p(y_i \mid {given})",
        substituted=sum_tex([tex(value) for value in part.log_p / readout.unit]),
        code=[*_logs(readout, start, stop), f"result = log_p.sum(){readout.divided}"],
        arrays=readout.arrays,
        shown=part.total_log_p / readout.unit,
        source="the running sum of the ledger",
        note=terms_note(len(part)),
    )


def product(readout: Readout, start: int, stop: int) -> Provenance:
    part = readout.text.factors.part(start, stop)
    numbers = [tex(value) for value in part.p]
    shown = numbers if len(numbers) <= 5 else [*numbers[:3], r"\dots", numbers[-1]]
    return prove(
        title=f"product of factors {start + 1} to {stop}",
        symbol=rf"p(y_{{{start + 1}:{stop}}})",
        formula=rf"\prod_{{i={start + 1}}}^{{{stop}}} p(y_i \mid \dots)",
        substituted=r"\cdot ".join(shown),
        code=[*_logs(readout, start, stop), "result = np.exp(log_p.sum())"],
        arrays=readout.arrays,
        shown=np.exp(part.total_log_p),
        source="the running product of the ledger",
        note=f"The product has {len(part)} factors." if len(part) > 5 else "",
    )


def perplexity(readout: Readout, start: int, stop: int) -> Provenance:
    part = readout.text.factors.part(start, stop)
    return prove(
        title=f"{'' if readout.text.is_product else 'pseudo-'}perplexity of factors {start + 1} to {stop}",
        symbol=r"\mathrm{PPL}",
        formula=rf"\exp\Big(-\frac{{1}}{{{len(part)}}} \sum_i \ln p(y_i \mid \dots)\Big)",
        substituted=rf"\exp\Big(-\frac{{{tex(part.total_log_p)}}}{{{len(part)}}}\Big)",
        code=[*_logs(readout, start, stop), "result = np.exp(-log_p.mean())"],
        arrays=readout.arrays,
        shown=part.perplexity,
        source="the perplexity of the ledger's rows",
        note="As unsure as if it had chosen among so many equally probable tokens each time.",
    )


def bits_per_token(readout: Readout, start: int, stop: int) -> Provenance:
    part = readout.text.factors.part(start, stop)
    return prove(
        title=f"bits per token of factors {start + 1} to {stop}",
        symbol=r"\text{bits per token}",
        formula=rf"-\frac{{1}}{{{len(part)}}} \sum_i \log_2 p(y_i \mid \dots)",
        substituted=rf"-\frac{{{tex(part.total_log_p / np.log(2))}}}{{{len(part)}}}",
        code=[*_logs(readout, start, stop), "result = -log_p.mean() / np.log(2)"],
        arrays=readout.arrays,
        shown=part.bits_per_token,
        source="the base-2 logarithm of the perplexity",
    )


def _logs(readout: Readout, start: int, stop: int) -> list[str]:
    """log_p of factors ``start`` to ``stop``, from the states where one pass has them all; a BERT's from the logits."""
    bias = "" if readout.weights.bias is None else " + b"
    first = (
        f"z = {readout.all_states}[a:n] @ E.T{bias}" if readout.text.is_product else "z = logits[a:n]  # one copy each"
    )
    return [
        set_indices(a=start, n=stop),
        first,
        "z = z - z.max(1, keepdims=True)",
        "s = np.log(np.exp(z).sum(1))",
        "log_p = z[np.arange(n - a), y[a:n]] - s",
    ]
