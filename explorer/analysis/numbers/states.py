"""What enters the attention layer and what leaves it: sums through a norm (paper, section 3.1; Ba et al. 2016)."""

from __future__ import annotations

import numpy as np

from explorer.analysis.attention_layer import AttentionLayer, State
from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, factor, prove, sum_tex, terms_note, tex


def x(layer: AttentionLayer, head: int, i: int, b: int) -> Provenance:
    return state_number(layer.x, i, b)


def c(layer: AttentionLayer, head: int, j: int, b: int) -> Provenance:
    return state_number(layer.c, j, b)


def before(layer: AttentionLayer, head: int, i: int, b: int) -> Provenance:
    return state_number(layer.before, i, b)


def after(layer: AttentionLayer, head: int, i: int, b: int) -> Provenance:
    return state_number(layer.after, i, b)


def after_sum(layer: AttentionLayer, head: int, i: int, b: int) -> Provenance:
    return sum_number(layer.after, i, b)


def after_mean(layer: AttentionLayer, head: int, i: int) -> Provenance:
    return mean_number(layer.after, i)


def after_variance(layer: AttentionLayer, head: int, i: int) -> Provenance:
    return variance_number(layer.after, i)


def after_normalised(layer: AttentionLayer, head: int, i: int, b: int) -> Provenance:
    return normalised_number(layer.after, i, b)


def after_gain(layer: AttentionLayer, head: int, b: int) -> Provenance:
    return gain_number(layer.after, b)


def after_bias(layer: AttentionLayer, head: int, b: int) -> Provenance:
    return bias_number(layer.after, b)


def sum_number(state: State, i: int, b: int) -> Provenance:
    """The sum of the parts of a state, before any norm."""
    return prove(
        title=f"residual plus output at position {i + 1}, dimension {b + 1}",
        symbol=f"(z_i)_{{{b + 1}}}",
        formula=_parts_tex(state, b),
        substituted=_parts_numbers(state, i, b),
        code=[set_indices(i=i, b=b), *_sum_lines(state), "result = z[b]"],
        arrays=_arrays(state),
        shown=state_sum(state)[i, b],
        source=" + ".join(f"{part.name}[{i}, {b}]" for part in state.parts) + " of the trace",
    )


def mean_number(state: State, i: int) -> Provenance:
    """What the norm of a state subtracts."""
    z = state_sum(state)[i]
    return prove(
        title=f"mean over the {len(z)} dimensions at position {i + 1}",
        symbol=r"\mu_i",
        formula=rf"\frac{{1}}{{{len(z)}}} \sum_{{b=1}}^{{{len(z)}}} (z_i)_b",
        substituted=rf"\frac{{1}}{{{len(z)}}}\left({sum_tex([tex(value) for value in z])}\right)",
        code=[set_indices(i=i), *_sum_lines(state), "result = z.mean()"],
        arrays=_arrays(state),
        shown=norm_terms(state)[0][i],
        source=" + ".join(f"{part.name}[{i}]" for part in state.parts) + " of the trace",
        note=terms_note(len(z)),
    )


def variance_number(state: State, i: int) -> Provenance:
    """What the norm of a state divides by the root of."""
    z = state_sum(state)[i]
    mean, rms = norm_terms(state)[0][i], state.norm.kind == "rms"
    terms = [rf"{factor(value)}^2" if rms else rf"({tex(value)} - {factor(mean)})^2" for value in z]
    inside = "z_{i,b}^2" if rms else r"(z_{i,b} - \mu_i)^2"
    return prove(
        title=("mean square" if rms else "variance") + f" over the {len(z)} dimensions at position {i + 1}",
        symbol=r"\sigma_i^2",
        formula=rf"\frac{{1}}{{{len(z)}}} \sum_{{b=1}}^{{{len(z)}}} {inside}",
        substituted=rf"\frac{{1}}{{{len(z)}}}\left({sum_tex(terms, shown=2)}\right)",
        code=[
            set_indices(i=i),
            *_sum_lines(state),
            "result = (z**2).mean()" if rms else "result = ((z - z.mean()) ** 2).mean()",
        ],
        arrays=_arrays(state),
        shown=norm_terms(state)[1][i],
        source=" + ".join(f"{part.name}[{i}]" for part in state.parts) + " of the trace",
        note=terms_note(len(z)),
    )


def normalised_number(state: State, i: int, b: int) -> Provenance:
    """A state before its norm's gain and bias."""
    return prove(
        title=f"normalised, at position {i + 1}, dimension {b + 1}",
        symbol=rf"(\hat z_i)_{{{b + 1}}}",
        formula=_normalised_tex(state, b),
        substituted=_normalised_numbers(state, i, b),
        code=[set_indices(i=i, b=b), *_norm_lines(state), "result = n[b]"],
        arrays=_arrays(state),
        shown=norm_terms(state)[2][i, b],
        source=" + ".join(f"{part.name}[{i}]" for part in state.parts) + " of the trace",
    )


def gain_number(state: State, b: int) -> Provenance:
    return _learned(state.norm.gain, b, "gain", r"\gamma", "weight")


def bias_number(state: State, b: int) -> Provenance:
    return _learned(state.norm.bias, b, "bias", r"\beta", "bias")


def state_sum(state: State) -> np.ndarray:
    """The sum of the parts, [position, d_model], in the model's float32."""
    return sum(part.values for part in state.parts[1:]) + state.parts[0].values


def norm_terms(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mean [position], variance [position], normalised [position, d_model]); an RMS norm takes 0 for the mean."""
    z = state_sum(state)
    mean = np.zeros(len(z), dtype=z.dtype) if state.norm.kind == "rms" else z.mean(-1)
    centred = z - mean[:, None]
    variance = (centred**2).mean(-1)
    return mean, variance, centred / np.sqrt(variance + np.float32(state.norm.eps))[:, None]


def state_number(state: State, position: int, b: int) -> Provenance:
    """Dimension ``b`` of a state at one position, from its parts through its norm."""
    at = state.position
    common = {
        "title": f"{state.words}, position {position + 1}, dimension {b + 1}",
        "symbol": f"({state.symbol}_{at})_{{{b + 1}}}",
        "arrays": _arrays(state),
        "shown": state.values[position, b],
        "source": f"{state.source}[{position}, {b}] of the trace",
    }
    if state.mean:
        return _mean(state, b, common)
    if state.root:
        return _divided(state, position, b, common)
    if state.norm is None:
        return prove(
            formula=_parts_tex(state, b),
            substituted=_parts_numbers(state, position, b),
            code=[set_indices(i=position, b=b), *_sum_lines(state), "result = z[b]"],
            **common,
        )
    gain, bias = state.norm.gain[b], None if state.norm.bias is None else state.norm.bias[b]
    return prove(
        formula=rf"\gamma_{{{b + 1}}}\,{_normalised_tex(state, b)}"
        + ("" if bias is None else rf" + \beta_{{{b + 1}}}"),
        substituted=rf"{tex(gain)}\cdot{_normalised_numbers(state, position, b)}"
        + ("" if bias is None else f" + {factor(bias)}"),
        code=[
            set_indices(i=position, b=b),
            *_norm_lines(state),
            "result = gain[b] * n[b]" + ("" if bias is None else " + bias[b]"),
        ],
        note=f"z = {_words(state)}; {_statistics(state)} over its {state.values.shape[1]} dimensions.",
        **common,
    )


def _mean(state: State, b: int, common: dict) -> Provenance:
    """One number of x̄."""
    (part,) = state.parts
    values, n = part.values[:, b], len(part.values)
    return prove(
        formula=rf"\frac{{1}}{{{n}}} \sum_{{i=1}}^{{{n}}} ({part.symbol}_i)_{{{b + 1}}}",
        substituted=rf"\frac{{1}}{{{n}}}\left({sum_tex([tex(value) for value in values])}\right)",
        code=[set_indices(b=b), f"result = {part.name}[:, b].mean()"],
        note=terms_note(n),
        **common,
    )


def _divided(state: State, position: int, b: int, common: dict) -> Provenance:
    """One number of a state that is divided by sqrt(d)."""
    (part,) = state.parts
    d = state.values.shape[1]
    return prove(
        formula=rf"\frac{{({part.symbol}_{state.position})_{{{b + 1}}}}}{{\sqrt{{d}}}}",
        substituted=rf"\frac{{{tex(part.values[position, b])}}}{{\sqrt{{{d}}}}}",
        code=[set_indices(i=position, b=b, d=d), f"result = {part.name}[i, b] / np.sqrt(d)"],
        **common,
    )


def _statistics(state: State) -> str:
    return "σ² is the mean square" if state.norm.kind == "rms" else "μ is the mean and σ² the variance"


def _words(state: State) -> str:
    return " + ".join(part.symbol for part in state.parts)


def _arrays(state: State) -> dict:
    arrays = {part.name: part.values for part in state.parts}
    if state.norm is not None:
        arrays |= {"gain": state.norm.gain, "bias": state.norm.bias, "eps": state.norm.eps}
    return arrays


def _sum_lines(state: State) -> list[str]:
    """z, the sum of the parts at position i, each part under the letter that the formula gives it."""
    lines = [f"{part.symbol} = {part.name}[i]" for part in state.parts]
    return [*lines, "z = " + " + ".join(part.symbol for part in state.parts)]


def _norm_lines(state: State) -> list[str]:
    """n, the normalised z."""
    if state.norm.kind == "rms":
        return [*_sum_lines(state), "mean_square = (z**2).mean()", "n = z / np.sqrt(mean_square + eps)"]
    return [*_sum_lines(state), "n = z - z.mean()", "n = n / np.sqrt(z.var() + eps)"]


def _parts_tex(state: State, b: int) -> str:
    return " + ".join(f"({part.symbol}_{state.position})_{{{b + 1}}}" for part in state.parts)


def _parts_numbers(state: State, position: int, b: int) -> str:
    return sum_tex([tex(part.values[position, b]) for part in state.parts])


def _normalised_tex(state: State, b: int) -> str:
    at = state.position
    mean = "" if state.norm.kind == "rms" else rf" - \mu_{at}"
    return rf"\frac{{(z_{at})_{{{b + 1}}}{mean}}}{{\sqrt{{\sigma_{at}^2 + \epsilon}}}}"


def _normalised_numbers(state: State, position: int, b: int) -> str:
    mean, variance, _ = norm_terms(state)
    subtracted = "" if state.norm.kind == "rms" else f" - {factor(mean[position])}"
    above = f"{tex(state_sum(state)[position, b])}{subtracted}"
    return rf"\frac{{{above}}}{{\sqrt{{{tex(variance[position])} + {tex(state.norm.eps)}}}}}"


def _learned(values: np.ndarray, b: int, word: str, symbol: str, name: str) -> Provenance:
    return prove(
        title=f"{word} of the norm, dimension {b + 1}",
        symbol=f"{symbol}_{{{b + 1}}}",
        formula=r"\text{learned in training}",
        substituted=tex(values[b]),
        code=[set_indices(b=b), f"result = {word}[b]"],
        arrays={word: values},
        shown=values[b],
        source=f"the norm's {name}[{b}] in the checkpoint",
    )
