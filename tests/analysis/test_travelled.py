"""How far a change travels: exactly 0 where it cannot come, and the relative norm elsewhere."""

import numpy as np
import pytest
import torch

from explorer.analysis.travelled import relative_norm, travelled
from explorer.model.changed import changed_checkpoint
from explorer.model.intervention import Intervention, Place, RowEdit
from explorer.model.run import run_ids
from tests.bundled import checkpoint_of, first, run_of


def passes(model, place, query, weights):
    before = run_of(model, "A dog runs over the grass")
    changes = Intervention(rows=(RowEdit(place, query, weights),))
    source = list(before.source.ids) if before.source else None
    with torch.inference_mode():
        return before, run_ids(changed_checkpoint(checkpoint_of(model), changes), list(before.tokens.ids), source)


def test_relative_norm_by_hand():
    before = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 0.0], [1e-30, 0.0]], np.float32)
    after = np.array([[3.0, 5.0], [0.0, 2.0], [0.0, 0.0], [1e-30, 1e-45]], np.float32)
    found = relative_norm(before, after)
    assert found[:3].tolist() == [0.2, np.inf, 0.0]
    assert 0 < found[3] < 1e-10
    with pytest.raises(ValueError, match="beside each other"):
        relative_norm(before, after[:2])


def test_nothing_flows_back_in_a_gpt():
    before, after = passes(first("decoder"), Place("decoder", 2, 1), 3, ((1, 1.0),))
    (decoder,) = travelled(before, after)
    assert decoder.points[:2] == ("embedding", "layer 1") and decoder.points[-1] == "final norm"
    layer = decoder.points.index("layer 3")
    assert not decoder.change[:layer].any() and not decoder.change[:, :3].any()
    assert decoder.change[layer, 3] > 0 and not decoder.change[layer, 4:].any()
    assert (decoder.change[layer + 1 :, 3:] > 0).all()
    assert decoder.n_same == (decoder.change == 0).sum()


def test_an_encoder_carries_it_everywhere_and_a_cross_edit_stays_in_the_decoder():
    translator = first("encoder-decoder")
    encoder, decoder = travelled(*passes(translator, Place("encoder", 0, 0), 2, ((0, 1.0),)))
    assert np.flatnonzero(encoder.change[1]).tolist() == [2] and (encoder.change[2] > 0).all()
    assert not decoder.change[0].any() and (decoder.change[1:] > 0).all()
    encoder, decoder = travelled(*passes(translator, Place("cross", 1, 0), 2, ((0, 1.0),)))
    assert not encoder.change.any() and not decoder.change[:2].any() and not decoder.change[:, :2].any()
