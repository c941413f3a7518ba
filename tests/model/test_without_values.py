"""A model built without values, to be counted or filled: quickly, without what torch needs for compiling."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch

from explorer.model.layers import fixed_code
from tests.zoo import config_of

ROOT = Path(__file__).resolve().parents[2]
BUILD = """
import sys
import torch
from explorer.hub.weights import NothingDrawn
from explorer.model.transformer import Transformer
from tests.zoo import config_of
with torch.device("meta"), NothingDrawn():
    model = Transformer(config_of("marian"))
print(model.encoder.embedding.position.is_meta, "torch._dynamo" in sys.modules, "sympy" in sys.modules)
"""


def test_a_model_with_waves_is_built_without_torchs_compiler():
    run = subprocess.run([sys.executable, "-c", BUILD], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "False", "False"]


def test_its_waves_have_the_shape_and_kind_of_those_with_values():
    config = config_of("marian")
    with torch.device("meta"):
        empty = fixed_code(config)
    full = fixed_code(config)
    assert (empty.shape, empty.dtype) == (full.shape, full.dtype) == ((19, 14), torch.float32)
