"""A trace is a record: frozen, and on its way to the screen made of arrays that nobody can write to."""

from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import numpy as np
import pytest
import torch

from explorer.model import trace as traces
from explorer.model.trace import allclose, nbytes, to_numpy
from tests.golden.random_models import ARCHITECTURES, make_config, random_inputs, random_transformer

LAST_FIELDS = {
    traces.EmbeddingTrace: "output",
    traces.AttentionTrace: "output",
    traces.FeedForwardTrace: "output",
    traces.BlockTrace: "resid_post",
    traces.CrossBlockTrace: "resid_post",
    traces.StackTrace: "output",
    traces.EncoderDecoderTrace: "logits",
    traces.DecoderTrace: "logits",
    traces.EncoderTrace: "logits",
}


def make_trace(architecture="encoder-decoder", seed=0):
    config = make_config(architecture)
    with torch.inference_mode():
        return random_transformer(config)(**random_inputs(config, seed=seed))


def records(trace):
    """The trace and every record inside it."""
    if isinstance(trace, tuple):
        return [record for part in trace for record in records(part)]
    if not is_dataclass(trace):
        return []
    return [trace, *(record for field in fields(trace) for record in records(getattr(trace, field.name)))]


def leaves(trace):
    """Every tensor or array of a trace, by the record and the field it is in."""
    values = [
        (record, field.name, getattr(record, field.name)) for record in records(trace) for field in fields(record)
    ]
    return [value for value in values if isinstance(value[2], torch.Tensor | np.ndarray)]


@pytest.mark.parametrize(("record", "last"), LAST_FIELDS.items(), ids=lambda value: getattr(value, "__name__", value))
def test_the_last_field_is_the_output(record, last):
    assert fields(record)[-1].name == last


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("convert", [lambda trace: trace, to_numpy], ids=["tensors", "arrays"])
def test_no_record_can_be_changed(architecture, convert):
    found = records(convert(make_trace(architecture)))
    assert len(found) > 5
    for record in found:
        for field in fields(record):
            with pytest.raises(FrozenInstanceError):
                setattr(record, field.name, None)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_array_can_be_written_to(architecture):
    found = leaves(to_numpy(make_trace(architecture)))
    assert len(found) > 20
    for _, name, array in found:
        assert isinstance(array, np.ndarray), name
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("n", [0, 1])
def test_arrays_are_the_tensors_without_the_batch(architecture, n):
    trace = make_trace(architecture)
    pairs = list(zip(leaves(trace), leaves(to_numpy(trace, n)), strict=True))
    for (record, name, tensor), (same_record, same_name, array) in pairs:
        assert (type(record), name) == (type(same_record), same_name)
        expected = tensor if name in ("position_code", "segment_embedding") else tensor[n]
        np.testing.assert_array_equal(array, expected.numpy(), err_msg=name)


def test_arrays_do_not_share_memory_with_the_tensors():
    trace = make_trace("encoder")
    arrays = to_numpy(trace)
    before = arrays.logits.copy()
    with torch.inference_mode():
        trace.logits.zero_()
    np.testing.assert_array_equal(arrays.logits, before)


def test_a_trace_that_is_given_up_lends_its_memory_but_never_that_of_a_parameter():
    model = random_transformer(make_config("encoder", positions="learned", n_segments=2))
    with torch.inference_mode():
        trace = model(torch.tensor([[2, 3, 5]]))
        arrays = to_numpy(trace, copy=False)
        before = arrays.encoder.embedding.position_code.copy()
        trace.logits.zero_()
    assert not arrays.logits.any() and not arrays.logits.flags.writeable
    assert np.shares_memory(arrays.encoder.blocks[0].attention.q, trace.encoder.blocks[0].attention.q.numpy())
    assert arrays.encoder.blocks[0].resid_post is arrays.encoder.blocks[1].resid_pre
    assert not arrays.encoder.blocks[0].attention.q.flags.writeable
    own = [parameter.detach().numpy() for parameter in model.parameters()]
    for _, name, array in leaves(arrays):
        assert not any(np.shares_memory(array, each) for each in own), name
    np.testing.assert_array_equal(arrays.encoder.embedding.position_code, before)


@pytest.mark.parametrize("n", [0, 1])
def test_lent_memory_holds_the_same_numbers(n):
    trace = make_trace()
    for (_, name, lent), (_, _, copied) in zip(
        leaves(to_numpy(trace, n, copy=False)), leaves(to_numpy(trace, n)), strict=True
    ):
        np.testing.assert_array_equal(lent, copied, err_msg=name)
        assert copied.flags.c_contiguous and not lent.flags.writeable, name


def test_nbytes_counts_every_array():
    trace = make_trace()
    assert nbytes(trace) == sum(tensor.nbytes for _, _, tensor in leaves(trace)) > 0
    assert nbytes(to_numpy(trace)) == sum(array.nbytes for _, _, array in leaves(to_numpy(trace)))


@pytest.mark.parametrize("convert", [lambda trace: trace, to_numpy], ids=["tensors", "arrays"])
def test_allclose_sees_every_field(convert):
    trace = convert(make_trace())
    assert allclose(trace, convert(make_trace()), atol=0)
    assert not allclose(trace, convert(make_trace(seed=1)), atol=1e-3)
    block = trace.decoder.blocks[1]
    for record in (trace.encoder.embedding, block, block.cross_attention):
        for _, name, value in [leaf for leaf in leaves(record) if leaf[0] is record]:
            changed = value ^ True if name == "mask" else value + 1
            assert not allclose(record, replace(record, **{name: changed}), atol=1e-3), name
            assert not allclose(record, replace(record, **{name: value[None]}), atol=1e-3), name
    assert not allclose(trace.decoder, replace(trace.decoder, blocks=trace.decoder.blocks[:1]), atol=1e-3)
    rescaled = replace(block.attention, scale=block.attention.scale * 2)
    assert not allclose(block.attention, rescaled, atol=1e-3)
