"""Every device of this machine computes the same trace; on a CPU alone, float32 and float64 do."""

import copy

import pytest
import torch

from explorer.model.device import available_devices
from explorer.model.trace import allclose
from tests.golden.random_models import ARCHITECTURES, make_config, random_inputs, random_transformer

OTHERS = [(name, torch.float32) for name in available_devices() if name != "cpu"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("device", "dtype"), [("cpu", torch.float64), *OTHERS])
@torch.inference_mode()
def test_devices_agree(device, dtype, architecture):
    config = make_config(architecture, activation="gelu", final_norm=True, attention_bias=True)
    model, inputs = random_transformer(config), random_inputs(config)
    there = copy.deepcopy(model).to(device, dtype)(**{name: value.to(device) for name, value in inputs.items()})
    assert there.logits.device.type == device and there.logits.dtype == dtype
    here = model(**inputs)
    assert allclose(here, there, atol=1e-4)
    assert not allclose(model(**inputs | {"tokens": (inputs["tokens"] + 1) % config.vocab_size}), there, atol=1e-4)
