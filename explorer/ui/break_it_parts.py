"""The parts of a model that can be switched off: its heads and its layers, in words, and with some of them off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from explorer.model.config import TransformerConfig
from explorer.model.intervention import HeadChange, Intervention, LayerChange, Place
from explorer.model.kinds import attention_kinds, n_layers


def all_places(config: TransformerConfig) -> list[Place]:
    """Every head of every kind, in the order of the lecture."""
    return [
        Place(kind, layer, head)
        for kind in attention_kinds(config)
        for layer in range(n_layers(config, kind))
        for head in range(config.n_heads)
    ]


def all_layers(config: TransformerConfig) -> list[tuple[str, int]]:
    """(stack, layer) of every layer."""
    return [(stack, layer) for stack in _stacks(config) for layer in range(n_layers(config, stack))]


def _stacks(config: TransformerConfig) -> tuple[str, ...]:
    return tuple(kind for kind in attention_kinds(config) if kind != "cross")


def place_words(place: Place, config: TransformerConfig) -> str:
    """ "cross, layer 2, head 3"; without the kind where there is only one."""
    kind = f"{place.kind}, " if len(attention_kinds(config)) > 1 else ""
    return f"{kind}layer {place.layer + 1}, head {place.head + 1}"


def layer_words(stack: str, layer: int, config: TransformerConfig) -> str:
    """ "decoder layer 2"; without the stack where there is only one."""
    return f"{stack} layer {layer + 1}" if len(_stacks(config)) > 1 else f"layer {layer + 1}"


def off(change: Intervention) -> set[Place]:
    """The heads that are changed, whatever stands in."""
    return {each.place for each in change.heads}


def with_heads(change: Intervention, wanted: Iterable[Place], action: str) -> Intervention:
    """Exactly the ``wanted`` heads off: those that are off already as they are, new ones by ``action``."""
    wanted = set(wanted)
    kept = [each for each in change.heads if each.place in wanted]
    new = wanted - {each.place for each in kept}
    return replace(change, heads=tuple(sorted([*kept, *(HeadChange(place, action) for place in new)])))


def with_layers(change: Intervention, layers: Iterable[tuple[str, int]], action: str) -> Intervention:
    """Exactly these ``layers`` off, or twice; one cannot be both, and the last word holds."""
    wanted = set(layers)
    others = [each for each in change.layers if each.action != action and (each.stack, each.layer) not in wanted]
    return replace(change, layers=tuple(sorted([*others, *(LayerChange(*layer, action) for layer in wanted)])))
