"""An intervention as a short text, fit for a URL: "no_scale;head.decoder.2.1.zero;row.cross.1.3.4:2=0.5,5=0.25".

Kinds, layers, heads, queries and keys are counted from 1, as on screen; a number of a matrix is named as in the code,
with indices from 0: "number.decoder.blocks.0.attention.w_q.weight:3,5=0.25".
"""

from __future__ import annotations

from explorer.limits import INTERVENTION_CHARACTERS
from explorer.model.intervention import (
    HEAD_ACTIONS,
    LAYER_ACTIONS,
    SWITCHES,
    HeadChange,
    Intervention,
    LayerChange,
    NumberEdit,
    Place,
    RowEdit,
)

KINDS = ("encoder", "decoder", "cross")


def intervention_text(intervention: Intervention) -> str:
    """The text that ``read_intervention`` reads; the empty text where nothing is changed."""
    parts = [name for name in SWITCHES if getattr(intervention, name)]
    parts += [f"head.{_place(change.place)}.{change.action}" for change in sorted(intervention.heads)]
    parts += [f"layer.{each.stack}.{each.layer + 1}.{each.action}" for each in sorted(intervention.layers)]
    for edit in sorted(intervention.rows):
        weights = ",".join(f"{key + 1}={weight!r}" for key, weight in edit.weights)
        parts.append(f"row.{_place(edit.place)}.{edit.query + 1}:{weights}")
    for edit in sorted(intervention.numbers):
        parts.append(f"number.{edit.parameter}:{','.join(map(str, edit.index))}={edit.value!r}")
    return ";".join(parts)


def read_intervention(text: str) -> Intervention:
    """What a text describes. Whether a model has it is another question: ``explorer.model.intervention.check``.

    Raises
    ------
    ValueError
        One sentence, naming the part that describes nothing.
    """
    if len(text) > INTERVENTION_CHARACTERS:
        raise ValueError(
            f"the changes are described in {len(text):,} characters, and at most {INTERVENTION_CHARACTERS:,} are read"
        )
    switches: dict[str, bool] = {}
    found: dict[str, list] = {"head": [], "layer": [], "row": [], "number": []}
    for part in filter(None, text.split(";")):
        name, _, rest = part.partition(".")
        if name in SWITCHES and not rest:
            switches[name] = True
            continue
        try:
            found[name].append({"head": _head, "layer": _layer, "row": _row, "number": _number}[name](rest))
        except (KeyError, ValueError, IndexError):
            raise ValueError(f"“{part[:40]}” does not describe a change") from None
    return Intervention(
        **switches,
        heads=tuple(sorted(set(found["head"]))),
        layers=tuple(sorted(set(found["layer"]))),
        rows=tuple(sorted(set(found["row"]))),
        numbers=tuple(sorted(set(found["number"]))),
    )


def _place(place: Place) -> str:
    return f"{place.kind}.{place.layer + 1}.{place.head + 1}"


def _read_place(kind: str, layer: str, head: str) -> Place:
    return Place(_one_of(KINDS, kind), _index(layer), _index(head))


def _head(text: str) -> HeadChange:
    *place, action = text.split(".")
    return HeadChange(_read_place(*_exactly(3, place)), _one_of(HEAD_ACTIONS, action))


def _layer(text: str) -> LayerChange:
    stack, layer, action = _exactly(3, text.split("."))
    return LayerChange(_one_of(("encoder", "decoder"), stack), _index(layer), _one_of(LAYER_ACTIONS, action))


def _row(text: str) -> RowEdit:
    where, _, weights = text.partition(":")
    *place, query = _exactly(4, where.split("."))
    pairs = (_exactly(2, pair.split("=")) for pair in weights.split(","))
    return RowEdit(_read_place(*place), _index(query), tuple(sorted((_index(key), _value(w)) for key, w in pairs)))


def _number(text: str) -> NumberEdit:
    parameter, _, rest = text.partition(":")
    index, value = _exactly(2, rest.split("="))
    return NumberEdit(parameter, tuple(_count(n) for n in index.split(",")), _value(value))


def _exactly(n: int, parts: list[str]) -> list[str]:
    if len(parts) != n:
        raise ValueError
    return parts


def _one_of(choices: tuple[str, ...], text: str) -> str:
    if text not in choices:
        raise ValueError
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError
    return int(text)


def _index(text: str) -> int:
    """A number counted from 1 as one counted from 0."""
    if _count(text) < 1:
        raise ValueError
    return int(text) - 1


def _value(text: str) -> float:
    value = float(text)
    if not abs(value) < float("inf"):
        raise ValueError
    return value
