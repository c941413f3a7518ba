"""The decoder without a trace gives the logits of the traced one, whatever the config, the text and the pieces."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.model.decoding import encode, first_step, greedy_tokens, next_step, take_rows
from tests.golden.random_models import MAX_LEN, VOCAB_SIZE, make_config, random_transformer
from tests.golden.test_reference import configs, texts

N_THREADS, N_CASES = 2, 60


@st.composite
def cuts(draw):
    """Where a text of MAX_LEN tokens is cut into pieces; half of the time into single tokens from somewhere on."""
    places = draw(st.sets(st.integers(1, MAX_LEN - 1)))
    if draw(st.booleans()):
        places |= set(range(draw(st.integers(1, MAX_LEN - 1)), MAX_LEN))
    return [0, *sorted(places), MAX_LEN]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), config=configs().filter(lambda config: config.has_decoder), pieces=cuts())
@torch.inference_mode()
def test_any_config_gives_the_logits_of_the_full_pass(data, config, pieces):
    model = random_transformer(config, seed=data.draw(st.integers(0, 2**16)))
    n_texts = data.draw(st.sampled_from((1, 2)))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 2**16)))
    tokens = torch.randint(VOCAB_SIZE, (n_texts, MAX_LEN), generator=generator)
    source, source_mask = None, None
    if config.has_cross_attention:
        source, source_mask = (two[:n_texts] for two in data.draw(texts(config.source_vocab_size or VOCAB_SIZE)))
    expected = model(tokens, source, source_mask=source_mask).logits
    memory = encode(model, source, source_mask) if source is not None else None
    step = None
    for start, end in itertools.pairwise(pieces):
        new = tokens[:, start:end]
        step = next_step(model, new, step) if step else first_step(model, new, memory)
        assert step.logits.shape == (n_texts, end - start, VOCAB_SIZE)
        assert (step.logits - expected[:, start:end]).abs().max() < 1e-5


@torch.inference_mode()
def test_rows_taken_go_on_as_if_they_had_been_read_alone():
    model = random_transformer(make_config("encoder-decoder"))
    generator = torch.Generator().manual_seed(3)
    source = torch.randint(VOCAB_SIZE, (3, 11), generator=generator)
    source_mask = torch.arange(11) < torch.tensor([[11], [7], [2]])
    tokens = torch.randint(VOCAB_SIZE, (3, 5), generator=generator)
    step, rows = first_step(model, tokens, encode(model, source, source_mask)), [2, 0, 2, 1, 2]
    taken = take_rows(step, rows)
    assert torch.equal(taken.logits, step.logits[rows])
    for new in torch.randint(VOCAB_SIZE, (3, 5, 1), generator=generator):
        tokens = torch.cat((tokens[rows], new), dim=1)
        taken = next_step(model, new, taken)
        full = model(tokens, source[rows], source_mask=source_mask[rows]).logits
        assert (taken.logits[:, -1] - full[:, -1]).abs().max() < 1e-5
        source, source_mask, rows = source[rows], source_mask[rows], [4, 1, 1, 0, 3]
        taken = take_rows(taken, rows)


@torch.inference_mode()
def test_one_step_can_go_on_in_two_ways():
    model = random_transformer(make_config("decoder"))
    common = next_step(model, torch.tensor([[5]]), first_step(model, torch.tensor([[2, 3]])))
    continuations = ([[7]], [[11, 13]], [[17]])
    steps = [next_step(model, torch.tensor(new), common) for new in continuations]
    steps = [next_step(model, torch.tensor([[1]]), step) for step in steps]
    for new, step in zip(continuations, steps, strict=True):
        full = model(torch.tensor([[2, 3, 5, *new[0], 1]])).logits
        assert (step.logits[:, -1] - full[:, -1]).abs().max() < 1e-5


@torch.inference_mode()
def all_logits(model, tokens, source):
    """The logits of reading ``tokens`` one by one."""
    step = first_step(model, tokens[:, :1], encode(model, source))
    found = [step.logits]
    for n in range(1, tokens.shape[1]):
        step = next_step(model, tokens[:, n : n + 1], step)
        found.append(step.logits)
    return torch.cat(found, dim=1)


def test_threads_that_share_a_model_each_read_what_they_would_alone():
    model = random_transformer(make_config("encoder-decoder"))
    generator = torch.Generator().manual_seed(7)
    cases = [
        [torch.randint(VOCAB_SIZE, (n_texts, length), generator=generator) for length in (MAX_LEN, n_source)]
        for n_texts in (1, 2, 1)
        for n_source in (2, 3, 5, 7)
    ]
    alone = [all_logits(model, *case) for case in cases]
    together = threading.Barrier(N_THREADS)

    def session(thread: int) -> list[int]:
        """The cases that came out other than alone, in an order of this thread's own."""
        together.wait()
        order = [(thread * 5 + n) % len(cases) for n in range(N_CASES)]
        return [n for n in order if not torch.allclose(all_logits(model, *cases[n]), alone[n], rtol=0, atol=1e-6)]

    with ThreadPoolExecutor(N_THREADS) as pool:
        assert list(pool.map(session, range(N_THREADS))) == [[]] * N_THREADS


def test_the_model_stays_as_it_is():
    model = random_transformer(make_config("encoder-decoder"))
    attributes = [(name, set(vars(module))) for name, module in model.named_modules()]
    numbers = {name: value.clone() for name, value in model.state_dict().items()}
    list(greedy_tokens(model, [1], -1, MAX_LEN, [2, 3]))
    assert [(name, set(vars(module))) for name, module in model.named_modules()] == attributes
    for name, value in model.state_dict().items():
        assert torch.equal(value, numbers[name])
