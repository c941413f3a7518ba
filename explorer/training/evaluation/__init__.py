"""Figures of a trained model on held-out text, beside figures of simpler models."""

from explorer.training.evaluation.evaluate import evaluate, sums_up
from explorer.training.evaluation.options import SPLITS, Options

__all__ = ["SPLITS", "Options", "evaluate", "sums_up"]
