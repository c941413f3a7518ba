"""Numbers of bytes as people write them: "6.2 GB" in a sentence, "8 GB" in a setting."""

from __future__ import annotations

import re

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SHORT = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def shown_bytes(n: int) -> str:
    """A number of bytes in decimal units with two significant digits or more, as files and disks are sold.

    >>> shown_bytes(6_243_000_000), shown_bytes(548_105_171), shown_bytes(0), shown_bytes(999_999)
    ('6.2 GB', '548 MB', '0 B', '1 MB')
    """
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        value = n / 1000**power
        if round(value, 3) >= 1:
            return f"{value:.1f}".removesuffix(".0") + f" {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{n} B"


def parse_bytes(text: str) -> int:
    """A number of bytes from "8 GB", "500MB", "1.5 GiB", "2G" or "123"; ValueError for anything else or not above 0.

    >>> parse_bytes("8 GB"), parse_bytes("1.5 GiB"), parse_bytes("123")
    (8000000000, 1610612736, 123)
    """
    match = re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)\s*", text)
    unit = {**_UNITS, **_BINARY, **_SHORT}.get(match[2].upper()) if match else None
    if unit is None or (n := int(float(match[1]) * unit)) <= 0:
        raise ValueError(f"{text[:40]!r} is not a number of bytes such as 8 GB")
    return n
