"""Traces too large to be kept: how large a trace is, and blocks that are computed when they are looked at."""

import numpy as np
import pytest
import torch

from explorer.limits import ALL_WEIGHTS, BLOCKS_KEPT
from explorer.model import run as run_module
from explorer.model.export import named_arrays
from explorer.model.on_demand import KEPT, KeptBlocks, trace_on_demand
from explorer.model.reading import InputError
from explorer.model.run import run
from explorer.model.trace import nbytes, to_numpy
from explorer.model.trace_size import check_room, trace_bytes, weights_bytes
from tests.golden.random_models import ARCHITECTURES, make_config, random_transformer
from tests.model.test_run import TASKS, tiny
from tests.training.samples import ENGLISH, TEXT

OPTIONS = [
    {},
    {"positions": "relative", "relative_buckets": 8, "relative_max_distance": 11, "ff_gate": True},
    {"embedding_norm": True, "n_segments": 2, "output_transform": "gelu", "output_scale": True},
]


def texts(config):
    tokens, source = torch.tensor([[2, 3, 5, 7, 11]]), torch.tensor([[13, 17, 2]])
    return (tokens, source) if config.has_cross_attention else (tokens,)


def configs():
    found = [make_config(architecture, **options) for architecture in ARCHITECTURES for options in OPTIONS]
    return [*found, make_config("encoder-decoder", bottleneck=True), make_config("encoder", unembedding=False)]


@pytest.mark.parametrize("config", configs(), ids=lambda c: f"{c.architecture}-{c.positions}-{c.bottleneck}")
@torch.inference_mode()
def test_bytes_are_known_before_and_blocks_on_demand_are_the_same(config):
    model = random_transformer(config)
    whole = to_numpy(model(*texts(config)))
    assert trace_bytes(config, *(text.shape[1] for text in texts(config))) == nbytes(whole)
    lazy = trace_on_demand(model, *texts(config))
    for stack in ("encoder", "decoder"):
        if not hasattr(whole, stack):
            continue
        kept, made = getattr(whole, stack), getattr(lazy, stack)
        np.testing.assert_array_equal(made.output, kept.output)
        np.testing.assert_array_equal(made.embedding.output, kept.embedding.output)
        assert len(made.blocks) == len(kept.blocks)
        for one, other in zip(made.blocks, kept.blocks, strict=True):
            for name in vars(other):
                if "attention" in name and "input" not in name:
                    np.testing.assert_array_equal(getattr(one, name).weights, getattr(other, name).weights)
                else:
                    np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert not made.blocks[-1].resid_post.flags.writeable
        assert [block.resid_pre.sum() for block in made.blocks[1:]] == [b.resid_pre.sum() for b in kept.blocks[1:]]
        with pytest.raises(IndexError, match="2 blocks"):
            made.blocks[2]
    np.testing.assert_array_equal(lazy.logits, whole.logits)
    np.testing.assert_array_equal(lazy.unembedding_input, whole.unembedding_input)


@torch.inference_mode()
def test_no_more_than_a_few_blocks_are_kept():
    config = make_config("decoder", n_decoder_layers=7)
    before = KEPT.nbytes
    blocks = trace_on_demand(random_transformer(config), *texts(config)).decoder.blocks
    first = blocks[0]
    assert blocks[0] is first  # not computed twice in a row
    for _ in blocks:
        pass
    assert blocks[0] is not first
    assert KEPT.nbytes - before == BLOCKS_KEPT * nbytes(first)
    mask = 5  # of bool, one for each position; the causal mask is made anew
    assert blocks.nbytes >= 7 * first.resid_pre.nbytes + mask
    del blocks
    assert KEPT.nbytes == before  # a trace that is gone leaves nothing behind


def test_the_blocks_of_all_traces_have_one_bound():
    kept, made = KeptBlocks(70), []

    class Stack:
        pass

    def compute():
        made.append(1)
        return np.zeros(3)  # 24 bytes

    stacks = [Stack() for _ in range(5)]
    numbers = [kept.number(stack) for stack in stacks]
    for number in numbers:
        kept.get(number, 0, compute)
    assert [kept.of(number) for number in numbers] == [
        [],
        [],
        [],
        [0],
        [0],
    ]  # 72 bytes are too many
    assert kept.nbytes == 48
    kept.get(numbers[3], 0, compute)  # used again, so the other one goes first
    kept.get(numbers[0], 1, compute)
    assert [kept.of(number) for number in numbers] == [[1], [], [], [0], []] and len(made) == 6
    kept.get(numbers[1], 0, lambda: np.zeros(13))  # 104 bytes: too large alone, kept until the next one
    assert kept.nbytes == 104 and kept.of(numbers[1]) == [0]
    kept.get(numbers[1], 1, compute)
    del stacks
    assert kept.nbytes == 0


@pytest.mark.parametrize("task", TASKS)
def test_a_run_whose_trace_is_large_keeps_the_states_alone(task, monkeypatch):
    texts = (TEXT, ENGLISH[0] if task == "translate" else "")
    whole = named_arrays(run(tiny(task), *texts))
    monkeypatch.setattr(run_module, "WHOLE_TRACE", 1000)
    lazy = run(tiny(task), *texts)
    arrays = named_arrays(lazy)
    assert not isinstance(lazy.stack("encoder" if task == "fill" else "decoder").blocks, tuple)
    assert arrays.keys() == whole.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, whole[name])


def test_a_text_whose_attention_would_fill_the_memory_is_refused_with_the_numbers():
    config = make_config("decoder", n_heads=11, n_decoder_layers=13, max_len=4096)
    assert weights_bytes(config, 7) == 4 * 11 * 13 * 49
    assert weights_bytes(make_config("encoder-decoder"), 3, 5) == 4 * 3 * (2 * 9 + 2 * 25 + 2 * 15)
    longest = int((ALL_WEIGHTS / (4 * 11 * 13)) ** 0.5)
    check_room(config, longest)
    with pytest.raises(InputError, match=rf"{longest + 1:,} tokens .* 512: please shorten"):
        check_room(config, longest + 1)
