"""The logit lens: its last row is the model's output, and an earlier one that of a model with fewer layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.analysis import logit_lens
from explorer.analysis.logit_lens import lens_logits, lens_map, rank_of
from explorer.analysis.predictions import softmax
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer
from tests.analysis.stream_runs import CASES, stream_run, transformed_run
from tests.bundled import TELLING_MODELS, checkpoint_of, run_of, texts
from tests.golden.random_models import as_arrays


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
    np.testing.assert_allclose(found.probabilities, softmax(everything).max(-1), atol=1e-5)
    assert found.ids.shape == everything.shape[:2] and found.nbytes == 16 * found.ids.size


def test_a_transformed_output_goes_the_same_way():
    """BERT's nonlinear layer stands between every depth and its logits; the last row is the model's own."""
    for activation in ("gelu", "tanh"):
        run, model = transformed_run(output_transform=activation)
        everything = lens_logits(run, model, slice(None))
        np.testing.assert_allclose(everything[-1], run.trace.logits, atol=1e-5)
        p, c = as_arrays(model), model.config
        for depth, state in enumerate((run.trace.encoder.embedding.output, run.trace.encoder.blocks[0].resid_post)):
            expected = reference.logits(reference.transform(state, p, c, reference.Changes()), p, c)
            np.testing.assert_allclose(everything[depth], expected, atol=1e-5)


def test_more_states_than_are_read_at_once(monkeypatch):
    run, model = stream_run("decoder", 1)
    whole = lens_map(run, model)
    monkeypatch.setattr(logit_lens, "AT_ONCE", 4)
    np.testing.assert_array_equal(lens_map(run, model).ids, whole.ids)
    np.testing.assert_allclose(lens_map(run, model).probabilities, whole.probabilities, atol=1e-7)


def test_ranks_by_hand():
    logits = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 5.0]])
    assert rank_of(logits, 1).tolist() == [3, 2]  # of equals, none is before the other
    assert rank_of(logits, 0).tolist() == [1, 2]
