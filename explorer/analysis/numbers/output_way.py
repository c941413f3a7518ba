"""Between the last state and the logits, number by number: BERT's t = f(W h + b)."""

from __future__ import annotations

from explorer.analysis.activations import NAMED
from explorer.analysis.numbers.lines import set_indices
from explorer.analysis.output_way import Dense
from explorer.analysis.provenance import Provenance, factor, products_tex, prove, terms_note


def dense(found: Dense, i: int, a: int) -> Provenance:
    """One number of t, before the norm."""
    w, b, f = found.weights.w[a], found.weights.b[a], NAMED[found.weights.activation]
    return prove(
        title=f"the last state at position {i + 1}, through the output layer, dimension {a + 1}",
        symbol=f"(t_i)_{{{a + 1}}}",
        formula=rf"{f.opening}\sum_{{b=1}}^{{{len(w)}}} W_{{{a + 1},b}}\,(h_i)_b + b_{{{a + 1}}}\Big)",
        substituted=rf"{f.opening}{products_tex(w, found.h.values[i])} + {factor(b)}\Big)",
        code=[set_indices(i=i, a=a), "z = W[a] @ H[i] + b[a]", *f.lines],
        arrays=found.arrays,
        shown=found.values[i, a],
        source=f"{found.h.source}[{i}] of the trace, through transform.linear of the checkpoint",
        note=" ".join(filter(None, [f.words, terms_note(len(w))])),
    )
