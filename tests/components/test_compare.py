"""What the drawings of the page Compare are given: parts and their numbers, states and their places."""

from __future__ import annotations

import numpy as np

from explorer.components import figure_parts, state_changes
from explorer.components.figure_parts import skeleton
from explorer.components.state_changes import ChangeMap, Machine
from explorer.model.config import TransformerConfig
from tests.components.mounted import Mounted
from tests.components.packed import unpack

COUNTS = {name: 10 * n for n, name in enumerate(figure_parts.TITLES, start=1)}
SIZES = {"vocab_size": 101, "d_model": 6, "n_heads": 3, "d_k": 5, "d_v": 7, "d_ff": 11, "max_len": 13}


def details(config: TransformerConfig, **changes: int) -> dict[str, str]:
    found = skeleton("a model", config, COUNTS | changes)
    return {part.name: part.detail for part in found.parts if part.kept}


def test_each_architecture_keeps_its_boxes():
    encoder = {"encoder embedding", "encoder self-attention", "encoder feed-forward"}
    decoder = {"decoder embedding", "decoder self-attention", "decoder feed-forward"}
    pair = TransformerConfig("encoder-decoder", n_encoder_layers=2, n_decoder_layers=5, source_vocab_size=7, **SIZES)
    gpt = TransformerConfig("decoder", n_decoder_layers=5, **SIZES)
    bert = TransformerConfig("encoder", n_encoder_layers=2, **SIZES)
    assert set(details(pair)) == encoder | decoder | {"cross-attention", "linear"}
    assert set(details(gpt)) == decoder | {"linear"}
    assert set(details(bert)) == encoder | {"linear"}
    drawn = skeleton("a model", pair, COUNTS)
    assert (drawn.encoder, drawn.decoder) == (2, 5)
    assert "cross-attention (60)" in drawn.words


def test_a_matrix_used_twice_is_said_so():
    tied = TransformerConfig("encoder-decoder", n_encoder_layers=1, n_decoder_layers=1, tied_embeddings=True, **SIZES)
    found = details(tied, **{"decoder embedding": 0, "linear": 0})
    assert found["decoder embedding"] == found["linear"] == "shared"
    assert details(tied, linear=1009)["linear"] == "shared + 1,009"
    own = TransformerConfig("decoder", n_decoder_layers=1, tied_embeddings=False, **SIZES)
    assert details(own, linear=1009)["linear"] == "1,009"


def test_states_are_sent_with_one_scale_and_holes(monkeypatch):
    mounted = Mounted(monkeypatch, state_changes)
    one = ChangeMap("a", np.array([[0.0, np.nan, 0.5]]), ("x",), ("A", "dog", "."), (1, 2), 1)
    other = ChangeMap("b", np.array([[0.0], [2.0], [np.inf]]), ("x", "1", "2"), ("B",))
    machines = [Machine("one", (one,)), Machine("two", (), "cannot read"), Machine("three", (other,))]
    state_changes.state_changes(machines, key="k", title="t")
    meta, arrays = unpack(mounted.data)
    assert meta["limit"] == 2.0  # the largest finite one
    assert [machine["problem"] for machine in meta["machines"]] == ["", "cannot read", ""]
    assert meta["machines"][0]["maps"][0]["changed"] == [1, 2] and meta["machines"][0]["maps"][0]["unreached"] == 1
    np.testing.assert_array_equal(arrays["m0"], one.values.astype(np.float32))
    assert arrays["m1"].shape == (3, 1)
