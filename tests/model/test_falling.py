"""Tokens by falling probability: held against a stable sort of the tokens themselves, ties and all."""

from __future__ import annotations

import pytest
import torch

from explorer.model.falling import falling, first_tokens, token_at


def some_values(seed: int, rows: int = 7, columns: int = 101, distinct: int = 13) -> torch.Tensor:
    """Rows with many equal numbers, some of them -inf."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, distinct, (rows, columns), generator=generator).double().log()
    assert (values == -torch.inf).any()
    return values


@pytest.mark.parametrize("seed", range(3))
def test_every_place_is_that_of_a_stable_sort(seed):
    values = some_values(seed)
    expected, order = values.sort(dim=-1, descending=True, stable=True)
    ordered = falling(values)
    assert torch.equal(ordered, expected)
    for place in range(values.shape[1]):
        assert token_at(torch.full((7,), place), values, ordered).tolist() == order[:, place].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_the_first_tokens_are_those_of_a_stable_sort(seed):
    values = some_values(seed)
    ranks = values.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    n = torch.tensor([1, 2, 5, 17, 50, 100, 101])  # each row another number
    found = first_tokens(n, values, falling(values))
    assert torch.equal(found, ranks < n[:, None])


def test_by_hand():
    values = torch.tensor([[0.1, 0.4, 0.1, 0.4]]).double()
    ordered = falling(values)
    tokens = [int(token_at(torch.tensor([place]), values, ordered)[0]) for place in range(4)]
    assert tokens == [1, 3, 0, 2]
    assert first_tokens(torch.tensor([3]), values, ordered).tolist() == [[True, True, False, True]]
