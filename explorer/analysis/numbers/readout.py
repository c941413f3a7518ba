"""Where logits and probabilities come from, number by number: z = E h + b, p = softmax(z), and the sums of logs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.analysis.numbers import log_sums, output_way
from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.numbers.states import state_number
from explorer.analysis.provenance import Provenance, factor, products_tex, prove, sum_tex, terms_note, tex
from explorer.analysis.readout import Readout


def h(readout: Readout, b: int) -> Provenance:
    return state_number(readout.way.h, readout.position, b)


def t(readout: Readout, a: int) -> Provenance:
    return output_way.dense(readout.way.dense, readout.position, a)


def g(readout: Readout, b: int) -> Provenance:
    return state_number(readout.way.normed, readout.position, b)


def u(readout: Readout, b: int) -> Provenance:
    return state_number(readout.way.scaled, readout.position, b)


def e(readout: Readout, b: int) -> Provenance:
    t = readout.token
    value = readout.weights.matrix[t, b]
    return prove(
        title=f"row of token {t} in the output matrix, dimension {b + 1}",
        symbol=f"E_{{{t},{b + 1}}}",
        formula=r"\text{learned in training}",
        substituted=tex(value),
        code=[set_indices(t=t, b=b), "result = E[t, b]"],
        arrays={"E": readout.weights.matrix},
        shown=value,
        source=f"unembedding.weight[{t}, {b}]; with tied embeddings, the token's own embedding",
    )


def z(readout: Readout, row: int) -> Provenance:
    t, state, biased = readout.tokens[row], readout.state.values[readout.position], readout.weights.bias is not None
    weights, letter = readout.weights.matrix[t], readout.state.symbol
    return prove(
        title=f"logit of token {t}",
        symbol=f"z_{{{t}}}",
        formula=rf"\sum_{{a=1}}^{{{len(state)}}} E_{{{t},a}}\,({letter}_i)_a" + (f" + b_{{{t}}}" if biased else ""),
        substituted=products_tex(weights, state) + (f" + {factor(readout.weights.bias[t])}" if biased else ""),
        code=[
            _indices(readout, t),
            f"{letter} = {readout.all_states}[i]",
            f"result = E[t] @ {letter}{' + b[t]' if biased else ''}",
        ],
        arrays=readout.arrays,
        shown=readout.logits[t],
        source=f"logits[{readout.position}, {t}] of the trace",
        note=terms_note(len(state)),
    )


def largest(readout: Readout) -> Provenance:
    return prove(
        title="largest of all logits",
        symbol=r"\max_u z_u",
        formula=r"\text{the largest of the } z_u",
        substituted=f"z_{{{int(readout.logits.argmax())}}}",
        code=[_indices(readout), *_all_logits(readout), "result = z.max()"],
        arrays=readout.arrays,
        shown=readout.logits.max(),
        source=f"logits[{readout.position}] of the trace, the largest",
        note="Subtracting it changes no probability, and keeps the exponentials from overflowing.",
    )


def shifted(readout: Readout, row: int) -> Provenance:
    t, most = readout.tokens[row], readout.logits.max()
    return prove(
        title=f"logit of token {t}, minus the largest",
        symbol=rf"z_{{{t}}} - \max",
        formula=rf"z_{{{t}}} - \max_u z_u",
        substituted=f"{tex(readout.logits[t])} - {factor(most)}",
        code=[_indices(readout, t), *_all_logits(readout), "result = z[t] - z.max()"],
        arrays=readout.arrays,
        shown=readout.logits[t] - most,
        source=f"logits[{readout.position}] of the trace",
    )


def exponential(readout: Readout, row: int) -> Provenance:
    t = readout.tokens[row]
    value = readout.logits[t] - readout.logits.max()
    return prove(
        title=f"exponential of token {t}",
        symbol=f"e_{{{t}}}",
        formula=rf"\exp(z_{{{t}}} - \max_u z_u)",
        substituted=rf"\exp({tex(value)})",
        code=[_indices(readout, t), *_all_logits(readout), "result = np.exp(z[t] - z.max())"],
        arrays=readout.arrays,
        shown=np.exp(value),
        source=f"logits[{readout.position}] of the trace",
    )


def total(readout: Readout) -> Provenance:
    exponentials = np.exp(readout.logits - readout.logits.max())
    return prove(
        title=f"sum of the exponentials of all {len(exponentials):,} tokens",
        symbol=r"\textstyle\sum_t e_t",
        formula=r"\sum_t \exp(z_t - \max_u z_u)",
        substituted=sum_tex([tex(value) for value in exponentials[:5]] + ([r"\dots"] if len(exponentials) > 5 else [])),
        code=[_indices(readout), *_all_logits(readout), "result = np.exp(z - z.max()).sum()"],
        arrays=readout.arrays,
        shown=exponentials.sum(),
        source=f"logits[{readout.position}] of the trace",
        note=terms_note(len(exponentials)),
    )


def p(readout: Readout, row: int) -> Provenance:
    t = readout.tokens[row]
    exponentials = np.exp(readout.logits - readout.logits.max())
    return prove(
        title=f"probability of token {t}",
        symbol=f"p_{{{t}}}",
        formula=rf"\mathrm{{softmax}}(z)_{{{t}}} = \frac{{e_{{{t}}}}}{{\sum_u e_u}}",
        substituted=rf"\frac{{{tex(exponentials[t])}}}{{{tex(exponentials.sum())}}}",
        code=[
            _indices(readout, t),
            *_all_logits(readout),
            "e = np.exp(z - z.max())",
            "result = e[t] / e.sum()",
        ],
        arrays=readout.arrays,
        shown=np.exp(readout.log_p[t]),
        source=f"the softmax of logits[{readout.position}] of the trace",
        note=f"The sum runs over all {len(exponentials):,} tokens.",
    )


def log_p(readout: Readout) -> Provenance:
    t, most = readout.token, readout.logits.max()
    log_sum = np.log(np.exp(readout.logits - most).sum())
    divided = r"\frac{1}{\ln 2}" if readout.bits else ""
    formula = rf"z_{{{t}}} - \max_u z_u - \ln \sum_u e_u"
    numbers = f"{tex(readout.logits[t])} - {factor(most)} - {factor(log_sum)}"
    return prove(
        title=f"{readout.logarithm} of the probability of token {t}",
        symbol=f"{readout.log} p_{{{t}}}",
        formula=rf"{divided}\left({formula}\right)" if divided else formula,
        substituted=rf"{divided}\left({numbers}\right)" if divided else numbers,
        code=[
            _indices(readout, t),
            *_all_logits(readout),
            "z = z - z.max()",
            "log_p = z - np.log(np.exp(z).sum())",
            f"result = log_p[t]{readout.divided}",
        ],
        arrays=readout.arrays,
        shown=readout.text.factors.log_p[readout.factor] / readout.unit,
        source="what the ledger's row shows: the log-softmax of the model's logits",
    )


def rank(readout: Readout) -> Provenance:
    t, n = readout.token, int(readout.text.factors.rank[readout.factor])
    return prove(
        title=f"rank of token {t}",
        symbol=r"\mathrm{rank}",
        formula=rf"1 + \#\{{u : z_u > z_{{{t}}}\}}",
        substituted=f"1 + {n - 1}",
        code=[
            set_indices(i=readout.factor, t=t),
            "z = logits[i]  # the model's own",
            "result = 1 + (z > z[t]).sum()",
        ],
        arrays=readout.arrays,
        shown=n,
        source="what the ledger's row shows, from the model's logits",
        note="Computed from the model's own logits: between two that are all but equal, the last digit would decide.",
        is_count=True,
    )


def entropy(readout: Readout) -> Provenance:
    probabilities = np.sort(np.exp(readout.log_p))[::-1]
    log = readout.log
    terms = [rf"{tex(value)}\,{log} {tex(value)}" for value in probabilities[:2]]
    inside = sum_tex([*terms, r"\dots"]) if len(probabilities) > 2 else sum_tex(terms)
    return prove(
        title=f"entropy of the distribution, in {'bits' if readout.bits else 'nats'}",
        symbol="H_i",
        formula=rf"-\sum_t p_t\,{log} p_t",
        substituted=f"-({inside})",
        code=[
            _indices(readout),
            *_all_logits(readout),
            "p = softmax(z)",
            "p = p[p > 0]  # 0 log 0 is 0",
            f"result = -(p * np.{'log2' if readout.bits else 'log'}(p)).sum()",
        ],
        arrays=readout.arrays,
        shown=readout.text.factors.entropy[readout.factor] / readout.unit,
        source="what the ledger's row shows, from the model's logits",
        note=f"The sum has {len(probabilities):,} terms, here the largest first; "
        rf"if all were alike, it would be ${tex(np.log(len(probabilities)) / readout.unit)}$.",
    )


# Each is called with the readout and the indices named here, all counted from 0.
READOUT_NUMBERS: dict[str, Callable[..., Provenance]] = {
    "h": h,  # dimension
    "t": t,  # dimension; with an output transform only
    "g": g,
    "u": u,  # dimension; with an output scale only
    "e": e,  # dimension
    "z": z,  # row of the table
    "shifted": shifted,
    "exponential": exponential,
    "p": p,
    "largest": largest,  # (no index)
    "total": total,
    "log_p": log_p,
    "rank": rank,
    "entropy": entropy,
    "log": log_sums.log,  # first factor, how many after it
    "sum": log_sums.total_log_p,  # first factor, the one after the last
    "product": log_sums.product,
    "perplexity": log_sums.perplexity,
    "bits": log_sums.bits_per_token,
}


def readout_provenance(readout: Readout, name: str, index: tuple[int, ...]) -> Provenance:
    """Where the number ``name`` at ``index`` of a readout comes from, computed again and compared.

    Raises
    ------
    KeyError
        If there is no quantity of that name.
    IndexError
        If ``index`` lies outside of it.
    """
    if min(index, default=0) < 0:
        raise IndexError(f"{name} has no place {index}")
    return READOUT_NUMBERS[name](readout, *index)


def _indices(readout: Readout, token: int | None = None) -> str:
    return set_indices(i=readout.position) if token is None else set_indices(i=readout.position, t=token)


def _all_logits(readout: Readout) -> list[str]:
    return [f"z = E @ {readout.all_states}[i]" + ("" if readout.weights.bias is None else " + b")]
