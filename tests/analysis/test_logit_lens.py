"""The logit lens: its last row is the model's output, and an earlier one that of a model with fewer layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis.logit_lens import lens_logits, lens_map, rank_of
from explorer.analysis.predictions import softmax
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer
from tests.analysis.stream_runs import CASES, stream_run
from tests.bundled import TELLING_MODELS, checkpoint_of, run_of, texts


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_the_last_row_is_the_models_output(architecture, option):
    run, model = stream_run(architecture, option)
    everything = lens_logits(run, model, slice(None))
    assert everything.shape == (3, 5, 19)
    np.testing.assert_allclose(everything[-1], run.trace.logits, atol=1e-5)
    np.testing.assert_allclose(lens_logits(run, model, 2), everything[:, 2], atol=1e-5)


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_a_row_is_what_a_model_with_fewer_layers_says(architecture, option):
    run, model = stream_run(architecture, option)
    side = "decoder" if model.config.has_decoder else "encoder"
    shorter = Transformer(replace(model.config, **{f"n_{side}_layers": 1})).eval().requires_grad_(False)
    missing, left = shorter.load_state_dict(model.state_dict(), strict=False)
    assert not missing and all(name.startswith(f"{side}.blocks.1.") for name in left)
    source = None if run.source is None else torch.tensor([run.source.ids])
    with torch.inference_mode():
        logits = to_numpy(shorter(torch.tensor([run.tokens.ids]), source)).logits
    np.testing.assert_allclose(lens_logits(run, model, slice(None))[1], logits, atol=1e-5)


@pytest.mark.parametrize("name", TELLING_MODELS)
def test_the_map_of_every_bundled_model(name):
    run, model = run_of(name, texts(name).repeated), checkpoint_of(name).model
    found, everything = lens_map(run, model), lens_logits(run, model, slice(None))
    np.testing.assert_array_equal(found.ids[-1], run.trace.logits.argmax(-1))
    np.testing.assert_allclose(found.probabilities, softmax(everything).max(-1), atol=1e-6)
    assert found.ids.shape == everything.shape[:2] and found.nbytes == 16 * found.ids.size


def test_ranks_by_hand():
    logits = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 5.0]])
    assert rank_of(logits, 1).tolist() == [3, 2]  # of equals, none is before the other
    assert rank_of(logits, 0).tolist() == [1, 2]
