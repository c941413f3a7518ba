"""A few tokens' probabilities as the temperature grows, drawn at once, every value read out."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.analysis.temperature import TemperatureCurves
from explorer.components.base import declare

LINES = 4  # kinds of line by which curves are told apart, never by colour alone


def temperature_curves(curves: TemperatureCurves, labels: Sequence[str], *, key: str, title: str) -> None:
    """Draw p over T, which is logarithmic, and a line at the chosen T; the pointer or the arrow keys read another out.

    Parameters
    ----------
    curves : TemperatureCurves
        Of at most four tokens.
    labels : sequence of str
        The tokens as the screen writes them.
    title : str
        What is shown, for those who cannot see it.

    Raises
    ------
    ValueError
        If there is not one label for each curve, or there are more curves than kinds of line.
    """
    if len(labels) != len(curves.ids):
        raise ValueError(f"there are {len(labels)} labels for {len(curves.ids)} curves")
    if len(labels) > LINES:
        raise ValueError(f"{LINES} curves can be told apart, not {len(labels)}")
    data = {
        "title": title,
        "labels": list(labels),
        "temperatures": curves.temperatures.tolist(),
        "probabilities": curves.probabilities.tolist(),
        "chosen": curves.chosen,
    }
    declare("temperature_curves", "plot", "readout")(key=key, data=data)
