"""Every number of an attention layer, each with its provenance: one file per part of the layer."""

from explorer.analysis.numbers.registry import QUANTITIES, provenance

__all__ = ["QUANTITIES", "provenance"]
