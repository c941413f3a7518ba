"""Dropout removes the share it is told, keeps the expectation, and does nothing once training is over."""

import pytest
import torch

from explorer.model.dropout import Dropout


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5, 11), (0, 3)])
def test_shape_and_eval_mode(shape):
    x, dropout = torch.randn(shape), Dropout(0.5)
    assert dropout(x).shape == x.shape
    assert dropout.eval()(x) is x
    assert Dropout(0.0)(x) is x


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9, 0.999])
def test_share_removed_and_expectation(p):
    torch.manual_seed(3)
    n = 1_000_003
    y = Dropout(p)(torch.ones(n))
    level = min(round(256 * p), 255)
    values = y.unique()
    assert values.tolist() == pytest.approx([0, 256 / (256 - level)])
    share = level / 256
    assert (y == 0).double().mean().item() == pytest.approx(share, abs=5 * (share * (1 - share) / n) ** 0.5)


def test_neighbours_are_independent():
    """Eight numbers come from one draw: knowing one of them must not tell another."""
    torch.manual_seed(5)
    removed = (Dropout(0.5)(torch.ones(800_000)) == 0).view(-1, 8).double()
    correlation = torch.corrcoef(removed.T) - torch.eye(8, dtype=torch.double)
    assert correlation.abs().max() < 0.02


def test_gradient_is_what_the_output_kept():
    torch.manual_seed(7)
    x = torch.randn(3, 7, 5, requires_grad=True)
    y = Dropout(0.3)(x)
    y.sum().backward()
    assert torch.equal(x.grad * x.detach(), y.detach())
