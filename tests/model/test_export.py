"""A run as flat arrays: every array of the trace under its path, readable without pickle."""

import io
import json

import numpy as np
import pytest

from explorer.model.export import named_arrays, to_npz
from explorer.model.run import run
from tests.model.test_run import TASKS, arrays, tiny
from tests.training.samples import ENGLISH, TEXT


def follow(part, path):
    for step in path.split("."):
        part = part[int(step)] if step.isdecimal() else getattr(part, step)
    return part


@pytest.mark.parametrize("task", TASKS)
def test_every_array_is_there_under_its_path(task):
    result = run(tiny(task), TEXT, ENGLISH[0] if task == "translate" else "")
    named = named_arrays(result)
    with np.load(io.BytesIO(to_npz(named)), allow_pickle=False) as file:
        content = {name: file[name] for name in file.files}
    assert content.keys() == named.keys()
    assert str(content.pop("model")) == f"tiny-{task}"
    assert json.loads(str(content.pop("config"))) == result.entry.config.to_dict()
    for name, tokens in (("tokens", result.tokens), ("source", result.source)):
        if tokens:
            assert tuple(content.pop(f"{name}.ids")) == tokens.ids
            assert tuple(content.pop(f"{name}.labels")) == tokens.labels
    for name, array in content.items():
        np.testing.assert_array_equal(array, follow(result.trace, name))
    n_scales = sum(name.endswith(".scale") for name in content)
    assert len(content) == len(arrays(result.trace)) + n_scales


def test_names_are_those_that_the_help_promises():
    named = named_arrays(run(tiny("translate"), TEXT, ENGLISH[0]))
    n, m = len(named["tokens.ids"]), len(named["source.ids"])
    assert named["encoder.blocks.0.attention.weights"].shape == (3, m, m)
    assert named["decoder.blocks.1.cross_attention.q"].shape == (3, n, 5)
    assert named["decoder.blocks.1.cross_attention.weights"].shape == (3, n, m)
    assert named["logits"].shape == (n, 300)
    assert named["tokens.labels"].dtype.kind == "U"
    assert named["encoder.blocks.0.attention.scale"].shape == ()
