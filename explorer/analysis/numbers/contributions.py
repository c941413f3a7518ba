"""What one part of the model adds to a logit, alone: written, carried through the norms, read by the unembedding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.contributions import Contributions, Part
from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.provenance import Provenance, products_tex, prove, sum_tex, tex
from explorer.analysis.residual_stream import stack_kind
from explorer.model.weights import attention_weights

if TYPE_CHECKING:
    from explorer.model.run import Run
    from explorer.model.transformer import Transformer


EMBEDDED = {"token": "token_embedding", "position": "position_code", "segment": "segment_embedding"}  # in the trace


def contribution(run: Run, model: Transformer, found: Contributions, which: int) -> Provenance:
    """Where the number of part ``which`` (counted from 0) comes from, computed without any of the others."""
    part, value = found.parts[which], found.values[which]
    if part.name == "logit bias":
        return _logit_bias(found, value)
    stream, i, t = found.stream, found.stream.position, found.measure.token
    n_norms = len(stream.norms) - stream.entered[which]
    indices = {"i": i, "t": t} | ({"u": found.measure.other} if found.measure.against == "token" else {})
    indices = ({"h": part.head} if part.name == "head" else {}) | indices
    start, arrays, source = _written(run, model, part)
    return prove(
        title=f"what {_article(part)} adds to {_number(found)} at position {i + 1}",
        symbol=rf"\Delta {_number_tex(found)}",
        formula=rf"{_direction_tex(found)}\,{_carried_tex(_written_tex(part), n_norms)}{_scale_tex(found)}",
        substituted=products_tex(found.direction, stream.arrived[which]),
        code=[set_indices(**indices), *start, *_ends(found, n_norms), f"result = {_direction_code(found)} @ c"],
        arrays={**arrays, **_norm_arrays(found, which), "E": stream.unembedding.matrix},
        shown=value,
        source=f"the picture's, from {source}, carried to the end together with all other parts",
        note=_note(found, n_norms),
    )


def total(run: Run, found: Contributions) -> Provenance:
    """All parts together, beside the running model's own logit."""
    order = np.argsort(-np.abs(found.values), kind="stable")
    place = f"logits[{found.stream.position}]"
    return prove(
        title=f"the sum of all {len(found.values)} parts",
        symbol=_number_tex(found),
        formula=r"\sum_c \Delta_c",
        substituted=sum_tex([tex(value) for value in found.values[order]]),
        code=["result = contributions.sum()"],
        arrays={"contributions": found.values},
        shown=found.model,
        source={
            "nothing": f"{place}[{found.measure.token}] of the trace",
            "mean": f"{place}[{found.measure.token}] of the trace, less the mean of {place}",
            "token": f"{place}[{found.measure.token}] of the trace, less {place}[{found.measure.other}]",
        }[found.measure.against],
        note="Here the largest first.",
    )


def _logit_bias(found: Contributions, value: float) -> Provenance:
    t, u = found.measure.token, found.measure.other
    ends = {
        "nothing": ("b_t", "b[t]"),
        "mean": (r"b_t - \bar b", "b[t] - b.mean()"),
        "token": ("b_t - b_u", "b[t] - b[u]"),
    }
    formula, code = ends[found.measure.against]
    return prove(
        title=f"the bias of {_number(found)}",
        symbol=rf"\Delta {_number_tex(found)}",
        formula=formula,
        substituted=tex(value),
        code=[set_indices(**({"t": t} | ({"u": u} if u is not None else {}))), f"result = {code}"],
        arrays={"b": found.stream.unembedding.bias},
        shown=value,
        source="unembedding.bias of the checkpoint",
        note="It is the same whatever the text is.",
    )


def _written(run: Run, model: Transformer, part: Part) -> tuple[list[str], dict[str, Any], str]:
    """The lines that compute what the part wrote, their arrays, and where it lies."""
    kind = stack_kind(run)
    if part.name in EMBEDDED:
        name = EMBEDDED[part.name]
        array = getattr(run.stack(kind).embedding, name)
        return [f"c = {name}[i]"], {name: array}, f"{name} of the trace"
    if part.name == "ff":
        return ["c = ff_output[i]"], {"ff_output": run.block(kind, part.layer).ff_output}, "ff_output of the trace"
    if part.name == "norm bias":
        return ["c = beta"], {}, "the norm's bias in the checkpoint"
    kind = "cross" if part.sublayer == "cross" else kind
    weights = attention_weights(model, kind, part.layer)
    if part.name == "output bias":
        return ["c = b_O"], {"b_O": weights.b_o}, "w_o.bias of the checkpoint"
    attention = run.attention(kind, part.layer)
    lines = ["y = weights[h, i] @ v[h]", "c = W_O[h] @ y"]
    arrays = {"weights": attention.weights, "v": attention.v, "W_O": weights.w_o}
    return lines, arrays, f"heads[{part.head}] of the trace times w_o.weight"


def _norm_arrays(found: Contributions, which: int) -> dict[str, Any]:
    stream = found.stream
    norms = stream.norms[stream.entered[which] :]
    arrays: dict[str, Any] = {"beta": stream.written[which], "d": stream.written.shape[1]}
    if norms:
        arrays["gains"] = np.stack([norm.weights.gain for norm in norms]).astype(np.float64)
        arrays["sds"] = np.array([norm.deviation for norm in norms])
    return arrays


def _ends(found: Contributions, n_norms: int) -> list[str]:
    """What the norms after it make of a part, and the scale before the unembedding, where there are any."""
    scaled = ["c = c / np.sqrt(d)"] if found.stream.scale != 1.0 else []
    if n_norms == 0:
        return scaled
    rms = found.stream.norms[-1].weights.kind == "rms"
    return ["for gain, sd in zip(gains, sds):", f"    c = gain * {'c' if rms else '(c - c.mean())'} / sd", *scaled]


def _written_tex(part: Part) -> str:
    number = f"({part.head + 1})"
    return {
        "token": "e_i",
        "position": "p_i",
        "segment": "s",
        "head": rf"W_O^{{{number}}} y_i^{{{number}}}",
        "output bias": "b_O",
        "ff": "f_i",
        "norm bias": r"\beta",
    }[part.name]


def _carried_tex(written: str, n_norms: int) -> str:
    """N for each norm still to come."""
    return written if n_norms == 0 else rf"{'N' if n_norms == 1 else f'N^{{{n_norms}}}'}\big({written}\big)"


def _scale_tex(found: Contributions) -> str:
    return "" if found.stream.scale == 1.0 else r"\,/\,\sqrt{d}"


def _direction_tex(found: Contributions) -> str:
    return {"nothing": r"E_t^\top", "mean": r"(E_t - \bar E)^\top", "token": r"(E_t - E_u)^\top"}[found.measure.against]


def _direction_code(found: Contributions) -> str:
    return {"nothing": "E[t]", "mean": "(E[t] - E.mean(0))", "token": "(E[t] - E[u])"}[found.measure.against]


def _number_tex(found: Contributions) -> str:
    return {"nothing": "z_t", "mean": r"(z_t - \bar z)", "token": "(z_t - z_u)"}[found.measure.against]


def _number(found: Contributions) -> str:
    return "the logit" if found.measure.against == "nothing" else "the difference of logits"


def _article(part: Part) -> str:
    return part.words if part.words.startswith("layer") else f"the {part.words}"


def _note(found: Contributions, n_norms: int) -> str:
    if n_norms == 0:
        return ""
    rms = found.stream.norms[-1].weights.kind == "rms"
    one = r"$N(c) = \gamma\, c / \sigma$" if rms else r"$N(c) = \gamma\,(c - \bar c) / \sigma$"
    many = "" if n_norms == 1 else f", for each of the {n_norms} norms still to come"
    return f"{one}, with the σ of this run{many}."
