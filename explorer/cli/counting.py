"""`params`: every parameter of a model accounted for, with the formulas of the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.analysis.costs import BYTES, cache_cost, crossing_length, memory_bytes, work_per_token
from explorer.analysis.parameter_table import parameter_rows
from explorer.analysis.parameters import AttentionCount, symbols
from explorer.analysis.presets import PRESETS, Preset
from explorer.cli.errors import one_sentence
from explorer.hub.models import find_any
from explorer.model.catalogue import unknown_name
from explorer.model.shapes import count_parameters

if TYPE_CHECKING:
    from explorer.model.config import TransformerConfig


def params(
    preset: Annotated[str, typer.Option(help=f"a published model: {', '.join(PRESETS)}")] = "",
    model: Annotated[str, typer.Option(help="name of a model; `models` lists them")] = "",
    config: Annotated[
        Path | None,
        typer.Option(help="a JSON file with the fields of a TransformerConfig, or a model's config.json"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="write one JSON object in place of a table")] = False,
) -> None:
    """Count a model's parameters: each array with its formula, the board's count beside the exact one, and the costs.

    Without an option it counts Transformer base, whose attention layers are the board's: s=8, d=512, m=l=64.
    """
    with one_sentence():
        if sum(map(bool, (preset, model, config))) > 1:
            raise ValueError("--preset, --model and --config are three ways to name a model: give one of them")
        published = _preset(preset) if not (model or config) else None
        chosen = published.config if published else find_any(model).config if model else _read(config)
        title = published.title if published else model or str(config)
        ledger = _ledger(title, chosen, published)
    if as_json:
        print(json.dumps(ledger))
    else:
        print("\n".join(_lines(ledger)))


def _preset(name: str) -> Preset:
    name = name or "transformer-base"
    if name not in PRESETS:
        raise ValueError(unknown_name("preset", name, list(PRESETS)))
    return PRESETS[name]


def _read(path: Path) -> TransformerConfig:
    """A configuration from a file; ValueError naming the file if it is none."""
    from explorer.model.config import TransformerConfig

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            content = content.get("transformer", content)
        if not isinstance(content, dict):
            raise ValueError("it is no JSON object")
        return TransformerConfig.from_dict(content)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} does not describe a model: {error}") from None


def _ledger(title: str, config: TransformerConfig, published: Preset | None) -> dict[str, Any]:
    attention = AttentionCount(config.n_heads, config.d_model, config.d_k, config.d_v, config.d_model)
    cache, total = cache_cost(config), count_parameters(config)
    ledger = {
        "title": title,
        "symbols": symbols(config),
        "arrays": [
            {
                "group": row.group,
                "name": row.name,
                "shape": list(row.shape),
                "formula": row.formula,
                "count": row.count,
                "times": row.times,
                "total": row.total,
            }
            for row in parameter_rows(config)
        ],
        "total": total,
        "attention_layer": {"exact": attention.exact, "board": attention.board},
        "memory_bytes": {dtype: memory_bytes(total, dtype) for dtype in BYTES},
        "cache_numbers": {"per_token": cache.per_token, "per_source_token": cache.per_source_token},
        "multiply_adds_per_token": {"first": work_per_token(config, 1), "last": work_per_token(config, config.max_len)},
        "crossing_length": crossing_length(config),
    }
    if published:
        ledger["published"] = {
            "total": published.published,
            "exact": published.exact,
            "source": published.source,
            "ours": published.total,
            "not_in_our_modules": [vars(extra) for extra in published.extras],
            "why": published.why,
        }
    return ledger


def _lines(ledger: dict[str, Any]) -> list[str]:
    rows = [
        (array["group"], array["name"], array["formula"], " × ".join(f"{n:,}" for n in array["shape"]), array["total"])
        for array in ledger["arrays"]
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    number = len(f"{ledger['total']:,}")
    lines = [ledger["title"], ", ".join(f"{name}={value:,}" for name, value in ledger["symbols"].items()), ""]
    for *words, total in rows:
        cells = "  ".join(f"{word:{width}}" for word, width in zip(words, widths, strict=True))
        lines.append(f"{cells}  {total:>{number},}")
    attention, memory = ledger["attention_layer"], ledger["memory_bytes"]
    cache, work = ledger["cache_numbers"], ledger["multiply_adds_per_token"]
    lines += [
        f"{'all':{sum(widths) + 6}}  {ledger['total']:>{number},}",
        "",
        f"one attention layer without biases, s(2dm + dl) + l s n with n = d: {attention['exact']:,}; "
        f"as the board counts it, s(n^2 + dm + dl): {attention['board']:,}",
        "bytes of all parameters: " + ", ".join(f"{size:,} in {dtype}" for dtype, size in memory.items()),
        f"key/value cache: {cache['per_token']:,} numbers per token"
        + (f", {cache['per_source_token']:,} per token of the source" if cache["per_source_token"] else ""),
        f"multiply-adds for one more token, with a cache: {work['first']:,} (the first), {work['last']:,} (the last)",
        f"attention works as much as the matrices at {ledger['crossing_length']:,.0f} tokens",
    ]
    if published := ledger.get("published"):
        lines += _published(published, ledger["total"])
    return lines


def _published(published: dict[str, Any], total: int) -> list[str]:
    about = "" if published["exact"] else "about "
    lines = ["", f"published: {about}{published['total']:,} ({published['source']})"]
    for extra in published["not_in_our_modules"]:
        lines.append(f"  not in our modules: {extra['words']}, {extra['formula']} = {extra['count']:,}")
    if published["ours"] != total:
        lines.append(f"  with these: {published['ours']:,}")
    return [*lines, f"  {published['why']}"] if published["why"] else lines
