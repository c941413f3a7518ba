"""What the visitor has chosen: read from the sidebar's session keys, which are also the URL's query parameters."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from explorer.model.kinds import attention_kinds, n_layers
from explorer.ui.cache import catalogue


@dataclass(frozen=True)
class Choice:
    """One visitor's choice. Texts that the model does not read are empty; layer and head count from 0."""

    model: str  # name of the checkpoint
    source: str  # encoder-decoder: what the encoder reads
    target: str  # encoder-decoder: what the decoder reads; empty: the model writes it itself
    text: str  # GPT and BERT: what the model reads
    kind: str  # which attention: "encoder", "decoder" or "cross"
    layer: int
    head: int

    @property
    def texts(self) -> dict[str, str]:
        """The texts by what they are called on screen."""
        return {"source text": self.source, "target text": self.target, "text": self.text}


def current_choice() -> Choice:
    """The choice on the sidebar; whatever is not valid for the chosen model falls back to its first option."""
    state, models = st.session_state, catalogue()[0]
    model = state.get("model")
    entry = models.get(model) or next(iter(models.values()))
    config, kinds = entry.config, attention_kinds(entry.config)
    pair = config.has_cross_attention
    kind = state.get("kind") if state.get("kind") in kinds else kinds[0]
    return Choice(
        model=entry.name,
        source=(state.get("source") or "") if pair else "",
        target=(state.get("target") or "") if pair else "",
        text="" if pair else (state.get("text") or ""),
        kind=kind,
        layer=_index(state.get("layer"), n_layers(config, kind)),
        head=_index(state.get("head"), config.n_heads),
    )


def select_head(kind: str, layer: int, head: int) -> None:
    """Choose a head, counted from 0, from a component's callback; one that the model does not have changes nothing."""
    config = catalogue()[0][current_choice().model].config
    kinds = attention_kinds(config)
    if kind not in kinds or not 0 <= layer < n_layers(config, kind) or not 0 <= head < config.n_heads:
        return
    if len(kinds) > 1:
        st.session_state["kind"] = kind
    st.session_state["layer"] = layer + 1
    st.session_state["head"] = head + 1


def select_kind(kind: str) -> None:
    """Choose a kind of attention from a component's callback, and stay on the layer and head as far as they exist."""
    choice = current_choice()
    layers = n_layers(catalogue()[0][choice.model].config, kind)
    select_head(kind, min(choice.layer, layers - 1), choice.head)


def _index(number: object, count: int) -> int:
    """A number counted from 1 as an index from 0; the first where there is no such number."""
    return number - 1 if isinstance(number, int) and 1 <= number <= count else 0
