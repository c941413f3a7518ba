"""How hard a test tries: the same few examples each time, or many new ones with HYPOTHESIS_PROFILE=deep."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
TIMES = 25  # as many examples then


def tries(n: int, *, shrink: bool = False) -> Callable:
    """Decorator: ``n`` examples, the same in every run; deep: ``TIMES`` as many, others each time.

    ``shrink``: whether a failing example is made as small as it goes; over whole pages that would take minutes.
    """
    return settings(
        max_examples=n * TIMES if DEEP else n,
        derandomize=not DEEP,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
    )
