"""The page on which models are added."""

from benchmarks.hands import Control, select

CONTROLS = (Control("a model of the list", **select("curated")),)
