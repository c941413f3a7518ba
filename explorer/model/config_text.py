"""A configuration as a short text: what it changes in another one. Fit for a URL: "d_model=64,n_heads=1"."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from explorer.model.config import TransformerConfig

_TYPES = {field.name: field.type for field in fields(TransformerConfig)}
_BOOLEANS = {"true": True, "false": False}


def changes_text(base: TransformerConfig, config: TransformerConfig) -> str:
    """The fields of ``config`` that differ from ``base``; the empty text where none does."""
    values = ((name, getattr(config, name)) for name in _TYPES if getattr(config, name) != getattr(base, name))
    return ",".join(f"{name}={_write(value)}" for name, value in values)


def apply_changes(base: TransformerConfig, text: str) -> TransformerConfig:
    """The configuration that ``changes_text`` has described.

    Raises
    ------
    ValueError
        If the text names no field, or a value that the field cannot have.
    """
    changed: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, separator, value = part.partition("=")
        if not separator or name not in _TYPES:
            raise ValueError(f"{part[:40]!r} does not change a field of the configuration")
        changed[name] = _read(name, value)
    return replace(base, **changed)


def _write(value: Any) -> str:
    if isinstance(value, tuple):
        return "+".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(name: str, value: str) -> Any:
    try:
        if _TYPES[name].startswith("tuple"):
            return tuple(int(number) for number in value.split("+") if number)
        if _TYPES[name] == "bool":
            return _BOOLEANS[value]
        return {"int": int, "float": float, "str": str}[_TYPES[name]](value)
    except (KeyError, ValueError):
        raise ValueError(f"{name} cannot be {value[:40]!r}") from None
