"""Draws follow the distribution, depend on nothing but their own numbers, and end where they should."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.model.decoding import greedy_tokens
from explorer.model.filters import Filters, stages
from explorer.model.sampling import choose, sample_tokens, uniform_numbers
from tests.golden.random_models import make_config, random_transformer

MODELS = {
    "encoder-decoder": ("encoder-decoder", {}, [2, 3, 5, 7, 11]),
    "bottleneck": ("encoder-decoder", {"bottleneck": True}, [2, 3, 5, 7, 11]),
    "decoder": ("decoder", {"positions": "learned", "norm_position": "pre", "tied_embeddings": False}, None),
}
PREFIX = [3, 1]


def build(kind, **options):
    architecture, more, source = MODELS[kind]
    return random_transformer(make_config(architecture, **more | options), seed=3), source


def numbers(n_draws, length, seed=0):
    return torch.stack([uniform_numbers(seed, draw, length) for draw in range(n_draws)])


def draw_texts(model, source, u, end=None, filters=None):
    """The texts, one list each."""
    steps = list(sample_tokens(model, PREFIX, end, filters or Filters(), u, source))
    return torch.stack(steps, dim=1).tolist() if steps else [[] for _ in u]


@pytest.mark.parametrize(
    ("u", "token"),
    # The pieces, the most probable first: 2 has [0, 0.5), 0 has [0.5, 0.75), 3 has [0.75, 1); 1 has none.
    [(0.0, 2), (0.49, 2), (0.5, 0), (0.74, 0), (0.75, 3), (0.999999, 3)],
)
def test_choose_by_hand(u, token):
    log_p = torch.tensor([[0.25, 0.0, 0.5, 0.25]], dtype=torch.float64).log()
    assert choose(log_p, torch.tensor([u], dtype=torch.float64)).tolist() == [token]


def test_each_row_has_its_own_number():
    log_p = torch.tensor([[0.25, 0.75], [0.75, 0.25], [0.25, 0.75]], dtype=torch.float64).log()
    assert choose(log_p, torch.tensor([0.8, 0.8, 0.7], dtype=torch.float64)).tolist() == [0, 1, 1]


def test_what_has_no_probability_is_never_drawn():
    """Even where the probabilities add up to a little less than u."""
    log_p = torch.tensor([[-math.inf, math.log(0.4), -math.inf, math.log(0.6) - 1e-6]], dtype=torch.float64)
    assert choose(log_p, torch.tensor([1 - 2**-53], dtype=torch.float64)).tolist() == [1]


def test_uniform_numbers():
    u = numbers(200, 5, seed=7)
    assert u.dtype == torch.float64
    assert ((u >= 0) & (u < 1)).all()
    assert len(set(u.flatten().tolist())) == 1000
    assert abs(u.mean() - 0.5) < 4 / math.sqrt(12 * 1000)
    assert torch.equal(uniform_numbers(7, 3, 5), u[3])
    assert torch.equal(uniform_numbers(7, 3, 11)[:5], u[3])  # longer texts begin alike
    assert not torch.equal(uniform_numbers(8, 3, 5), u[3])
    assert torch.isfinite(uniform_numbers(10**15, 199, 3)).all()


def test_torch_s_own_generator_is_left_alone():
    model, source = build("decoder")
    before = torch.random.get_rng_state()
    draw_texts(model, source, numbers(3, 5))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("kind", MODELS)
@torch.inference_mode()
def test_draws_are_as_frequent_as_they_are_probable(kind):
    """Chi-square over all texts of two tokens, for a vocabulary of five, each draw with a number of its own."""
    model, source = build(kind, vocab_size=5)
    source = source and [2, 0, 3]
    filters, n_draws = Filters(temperature=0.8, repetition_penalty=1.2, min_p=0.02), 4000
    texts = draw_texts(model, source, numbers(n_draws, 2), filters=filters)
    x = None if source is None else torch.tensor([source])

    def distribution(read):
        logits = model(torch.tensor([read]), x).logits[:, -1]
        return stages(logits, torch.tensor([read]), filters)[-1].log_probabilities[0].exp().tolist()

    first = distribution(PREFIX)
    statistic, n_cells = 0.0, 0
    for a, p_a in enumerate(first):
        for b, p_b in enumerate(distribution([*PREFIX, a])):
            expected, found = n_draws * p_a * p_b, texts.count([a, b])
            assert expected > 0 or not found
            if expected >= 5:
                statistic += (found - expected) ** 2 / expected
                n_cells += 1
    assert n_cells >= 7
    assert statistic < n_cells + 4 * math.sqrt(2 * n_cells)  # mean n, variance 2n: four standard deviations


@pytest.mark.parametrize("kind", MODELS)
def test_a_text_depends_on_its_number_alone(kind):
    model, source = build(kind)
    u = numbers(7, 11)
    together = draw_texts(model, source, u, end=4)
    assert len({tuple(text) for text in together}) > 3
    for n in range(7):
        alone = draw_texts(model, source, u[n : n + 1], end=4)[0]
        assert together[n][: len(alone)] == alone
        assert set(together[n][len(alone) :]) <= {4}
    assert draw_texts(model, source, u[[5, 2]], end=4) == [
        text[: max(len(draw_texts(model, source, u[n : n + 1], end=4)[0]) for n in (5, 2))]
        for text in (together[5], together[2])
    ]


@pytest.mark.parametrize("kind", MODELS)
@torch.inference_mode()
def test_each_token_is_chosen_from_what_a_full_pass_says(kind):
    model, source = build(kind)
    filters, u = Filters(temperature=1.3, top_k=7, top_p=0.9, repetition_penalty=1.5), numbers(3, 11)
    for text, mine in zip(draw_texts(model, source, u, filters=filters), u, strict=True):
        x = None if source is None else torch.tensor([source])
        for t, token in enumerate(text):
            read = torch.tensor([[*PREFIX, *text[:t]]])
            last = stages(model(read, x).logits[:, -1], read, filters)[-1]
            assert choose(last.log_probabilities, mine[t : t + 1]).tolist() == [token]


@pytest.mark.parametrize(
    "filters", [Filters(temperature=0.01), Filters(top_k=1), Filters(top_p=1e-9), Filters(min_p=1)]
)
@pytest.mark.parametrize("kind", MODELS)
def test_a_sharp_distribution_is_greedy(kind, filters):
    model, source = build(kind)
    free = list(greedy_tokens(model, PREFIX, -1, 12, source))
    for end in (None, free[0], free[-1]):
        greedy = free if end is None else free[: free.index(end) + 1]
        assert draw_texts(model, source, numbers(2, 12), end, filters) == [greedy] * 2


@pytest.mark.parametrize("kind", MODELS)
def test_the_end_is_repeated_until_the_last_text_has_ended(kind):
    model, source = build(kind, vocab_size=5)
    source = source and [2, 0, 3]
    texts = draw_texts(model, source, numbers(13, 12), end=2)
    lengths = [text.index(2) + 1 if 2 in text else None for text in texts]
    assert len(set(lengths)) > 2
    for text, length in zip(texts, lengths, strict=True):
        assert length is None or set(text[length:]) <= {2}
    if None not in lengths:
        assert len(texts[0]) == max(lengths)  # it stops as soon as all have ended
    everything = draw_texts(
        model, source, torch.zeros(3, 5), end=int(draw_texts(model, source, torch.zeros(1, 1))[0][0])
    )
    assert [len(text) for text in everything] == [1, 1, 1]


def test_every_position_can_be_filled_and_no_more():
    model, _ = build("decoder")  # 13 positions
    assert len(draw_texts(model, None, numbers(2, 12))[0]) == 12
    with pytest.raises(ValueError, match=r"14 tokens.*max_len=13"):
        draw_texts(model, None, numbers(2, 13))
    assert draw_texts(model, None, numbers(2, 0)) == [[], []]
