"""Lines of NumPy that several numbers start with, each written as the formula it stands for."""

from __future__ import annotations

from explorer.analysis.attention_layer import AttentionLayer


def set_indices(**indices: int) -> str:
    """The first line: ``set_indices(h=2, i=0)`` is "h, i = 2, 0  # counted from 0"."""
    names, values = ", ".join(indices), ", ".join(map(str, indices.values()))
    return f"{names} = {values}  # from 0"


def context_name(layer: AttentionLayer) -> str:
    """What k and v are made of, as the code calls it."""
    return "c" if layer.cross else "x"


def one_query(layer: AttentionLayer) -> str:
    return "q = W_Q[h] @ x[i]" + ("" if layer.weights.b_q is None else " + b_Q[h]")


def one_key(layer: AttentionLayer) -> str:
    return f"k = W_K[h] @ {context_name(layer)}[j]" + ("" if layer.weights.b_k is None else " + b_K[h]")


def one_value(layer: AttentionLayer) -> str:
    return f"v = W_V[h] @ {context_name(layer)}[j]" + ("" if layer.weights.b_v is None else " + b_V[h]")


def all_keys(layer: AttentionLayer) -> str:
    """Every key at once: row j is k_j."""
    return f"K = {context_name(layer)} @ W_K[h].T" + ("" if layer.weights.b_k is None else " + b_K[h]")


def all_values(layer: AttentionLayer) -> str:
    return f"V = {context_name(layer)} @ W_V[h].T" + ("" if layer.weights.b_v is None else " + b_V[h]")


def row_scores(layer: AttentionLayer, scaled: bool | None = None) -> list[str]:
    """The scores of query i on every key; by default scaled as the model does."""
    scaled = layer.scaled if scaled is None else scaled
    bias = [] if layer.relative is None else ["scores += B[buckets[i], h]"]
    return ["scores = K @ q" + (" / np.sqrt(d_k)" if scaled else ""), *bias]


def one_score(layer: AttentionLayer) -> list[str]:
    """The score of query i on key j, from q and k."""
    bias = [] if layer.relative is None else ["score += B[buckets[i, j], h]"]
    return ["score = q @ k" + (" / np.sqrt(d_k)" if layer.scaled else ""), *bias]


MASK_ROW = "scores[~mask[i]] = -np.inf"


def masked_row(layer: AttentionLayer, scaled: bool | None = None) -> list[str]:
    """Everything from x to the masked scores of query i."""
    return [one_query(layer), all_keys(layer), *row_scores(layer, scaled), MASK_ROW]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
