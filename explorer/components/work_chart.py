"""How the work of one layer grows with the length of the text: the matrices' like n, attention's like n squared."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.analysis.costs import LayerWork
from explorer.components.base import declare


def work_chart(lengths: Sequence[int], works: Sequence[LayerWork], *, key: str, title: str, crossing: float) -> None:
    """Draw both curves on logarithmic axes; the pointer or the arrow keys read one length out, with all digits.

    Parameters
    ----------
    lengths : sequence of int
        n, tokens, rising from at least 1.
    works : sequence of LayerWork
        Multiply-adds of one layer over so many tokens.
    title : str
        What is shown, for those who cannot see it.
    crossing : float
        The n at which both are equal.

    Raises
    ------
    ValueError
        If there are not as many works as lengths.
    """
    if len(lengths) != len(works):
        raise ValueError(f"there are {len(works)} works for {len(lengths)} lengths")
    data = {
        "title": title,
        "lengths": [int(length) for length in lengths],
        # As texts: a browser's numbers have 53 bits, and these may have more.
        "matrices": [str(work.projections + work.feed_forward) for work in works],
        "attention": [str(work.attention) for work in works],
        "crossing": crossing,
    }
    declare("work_chart", "plot", "readout")(key=key, data=data)
