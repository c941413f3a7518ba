"""A run as the arguments of BertViz's head view and model view (Vig 2019), which draw attention in a notebook.

BertViz is no part of the explorer: ``pip install bertviz``. Its views want one torch tensor for each layer; this module
has arrays, and ``explorer.bertviz_arguments`` makes tensors of them.
"""

from __future__ import annotations

from typing import Any

from explorer.model.kinds import attention_kinds


def head_view(run: Any, kind: str | None = None) -> dict[str, Any]:
    """The weights of every layer and head, under the names of the parameters of ``bertviz.head_view``.

    Parameters
    ----------
    run : explorer.model.run.Run
    kind : str
        Of an encoder-decoder the one kind that is wanted, "encoder", "decoder" or "cross"; all three unless given.

    Returns
    -------
    dict
        Of a GPT or a BERT ``attention``, a list with one array [1, head, query, key] for each layer, and ``tokens``, a
        list of labels. Of an encoder-decoder ``encoder_attention`` [1, head, source, source], ``decoder_attention``
        [1, head, target, target] and ``cross_attention`` [1, head, target, source], with ``encoder_tokens`` and
        ``decoder_tokens``.

    Raises
    ------
    ValueError
        If the model has no attention of that kind, or BertViz cannot show its kinds together.
    """
    kinds = attention_kinds(run.entry.config)
    if kind is not None and kind not in kinds:
        raise ValueError(f"{run.entry.name} has attention of the kind {' or '.join(kinds)}, not {kind!r}.")
    if len(kinds) == 1:
        return {"attention": _layers(run, kinds[0]), "tokens": list(run.tokens.labels)}
    if kind is None:
        _check_together(run)
    found: dict[str, Any] = {}
    for each in [kind] if kind else kinds:
        found[f"{each}_attention"] = _layers(run, each)
        if each != "cross":
            found[f"{each}_tokens"] = list(run.keys(each).labels)
    if kind == "cross":
        found |= {"encoder_tokens": list(run.keys("cross").labels), "decoder_tokens": list(run.tokens.labels)}
    return found


def _layers(run: Any, kind: str) -> list[Any]:
    """The weights of each layer with the batch of 1 that BertViz expects, [1, head, query, key]."""
    return [run.attention(kind, layer).weights[None] for layer in range(len(run.stack(kind).blocks))]


def _check_together(run: Any) -> None:
    """BertViz takes as many layers of the decoder as the encoder has, and one list of tokens for both uses of it."""
    config = run.entry.config
    if config.n_encoder_layers != config.n_decoder_layers:
        raise ValueError(
            f"BertViz cannot show {config.n_encoder_layers} encoder and {config.n_decoder_layers} decoder layers "
            "together: ask for one kind, 'encoder', 'decoder' or 'cross'."
        )
    if config.bottleneck:
        raise ValueError(
            f"The decoder of {run.entry.name} looks at one vector, not at the source's tokens, which BertViz cannot "
            "show together: ask for one kind, 'encoder', 'decoder' or 'cross'."
        )
