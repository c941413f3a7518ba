"""What the temperature does to one distribution: the probabilities of its first tokens, from sharp to flat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.analysis.predictions import largest

LOWEST, HIGHEST, POINTS = 0.1, 3.0, 60


@dataclass(frozen=True)
class TemperatureCurves:
    """The most probable tokens of a distribution at every temperature, the most probable at T = 1 first."""

    temperatures: np.ndarray  # [point], rising
    ids: np.ndarray  # [token]
    probabilities: np.ndarray  # [token, point], float64, as shares of all tokens, not of these alone
    chosen: int  # the point at the temperature that was asked for


def over_temperatures(p: np.ndarray, n: int, temperature: float = 1.0) -> TemperatureCurves:
    """``p_i(T) = softmax_i(log p / T) = p_i^(1/T) / sum_j p_j^(1/T)`` for the ``n`` most probable tokens, as T grows.

    With p = softmax(z) this is softmax(z / T): log p is z up to a constant, which the softmax does not see.
    The temperature of a softmax: Hinton, Vinyals and Dean 2015, equation 1.

    Parameters
    ----------
    p : array [vocab_size]
        The distribution at T = 1; a token with p = 0 stays at 0.
    n : int
        At most so many tokens.
    temperature : float
        The T that was chosen: a point of its own among the others, which lie evenly on a logarithmic axis.

    Raises
    ------
    ValueError
        If the temperature is not above 0, or not finite.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be above 0 and finite, not {temperature}")
    evenly = np.geomspace(LOWEST, HIGHEST, POINTS).round(3)  # few digits, since each T is read out
    temperatures = np.union1d(evenly, [temperature])
    ids = largest(p, n)
    with np.errstate(divide="ignore"):
        log_p = np.log(np.asarray(p, dtype=np.float64))
    z = log_p - log_p.max()
    totals = np.array([np.exp(z / t).sum() for t in temperatures])  # one T after the other: z may be long
    probabilities = np.exp(z[ids][:, None] / temperatures) / totals
    return TemperatureCurves(temperatures, ids, probabilities, int(np.searchsorted(temperatures, temperature)))
