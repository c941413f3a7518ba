"""The points of the residual stream: each is the one before it, plus what was added, through its norm."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer import reference
from explorer.analysis.residual_stream import Point, read_stream, stream_lengths
from tests.analysis.stream_runs import CASES, stream_run


@pytest.mark.parametrize(("architecture", "option"), CASES)
def test_every_point_follows_from_the_one_before(architecture, option):
    run, model = stream_run(architecture, option)
    points, config = read_stream(run, model), run.entry.config
    layers = config.n_decoder_layers or config.n_encoder_layers
    sublayers = layers * (3 if config.has_cross_attention else 2)
    assert len(points) == 1 + sublayers + config.final_norm + config.embedding_norm
    assert len({point.words for point in points}) == len({point.short for point in points}) == len(points)
    for before, point in pairwise(points):
        total = before.state.astype(np.float64) + (0 if point.added is None else point.added)
        if point.norm is not None:
            p = {"weight": point.norm.gain} | ({} if point.norm.bias is None else {"bias": point.norm.bias})
            total = reference.norm(total, p, config)
        np.testing.assert_allclose(point.state, total, atol=1e-5)
    top = run.trace.decoder if config.has_decoder else run.trace.encoder
    assert points[-1].state is top.output or np.array_equal(points[-1].state, top.output)


def test_lengths_by_hand():
    states = np.array([[3.0, 4.0], [0.0, 1.0]])
    points = (Point("embedding", -1, states), Point("ff", 0, 2 * states, added=np.array([[0.0, 2.0], [5.0, 12.0]])))
    found = stream_lengths(points, 1)
    assert found.names == ("embed", "1 ff")
    assert found.state.tolist() == [1.0, 2.0] and found.mean.tolist() == [3.0, 6.0]
    assert np.isnan(found.added[0]) and found.added[1] == 13.0
