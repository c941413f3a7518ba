"""Every learned array of a model with its formula, shape and size; equal layers share their rows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from explorer.analysis.parameter_table import Row, parameter_rows
from explorer.components.base import declare
from explorer.components.parameter_map import dims_of, sizes_for_browser
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters


def parameter_table(config: TransformerConfig, *, key: str) -> None:
    """Draw the table, and above it what the letters in its formulas stand for.

    It follows the sliders of ``shape_sliders`` while one is dragged; the server's own numbers come after.
    """
    groups = [_group(title, list(rows)) for title, rows in groupby(parameter_rows(config), key=lambda row: row.group)]
    data = {**sizes_for_browser(config), "groups": groups, "total": count_parameters(config)}
    declare("parameter_table", "maths", "table_rows", "model_sizes")(key=key, data=data)


def _group(title: str, rows: list[Row]) -> dict[str, Any]:
    stack, comma, _ = title.partition(",")
    return {
        "title": title,
        "stack": stack,
        "layered": bool(comma),  # whether its rows are there once for each layer
        "total": sum(row.total for row in rows),
        "rows": [
            {
                "name": row.name,
                "formula": row.formula,
                "dims": dims_of(row.formula),
                "shape": row.shape,
                "count": row.count,
                "total": row.total,
            }
            for row in rows
        ],
    }
