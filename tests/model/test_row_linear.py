"""The matrix laid out for one row gives what the matrix gives."""

from gc import collect
from weakref import ref

import pytest
import torch
from torch import nn

from explorer.model.row_linear import PANEL, RowLinear


def random_linear(n_in, n_out, bias):
    generator = torch.Generator().manual_seed(n_in * n_out)
    linear = nn.Linear(n_in, n_out, bias=bias).requires_grad_(False)
    for parameter in linear.parameters():
        parameter.normal_(generator=generator)
    return linear, torch.randn(3, 2, n_in, generator=generator)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("n_in", "n_out"), [(1, 1), (7, 5), (5, PANEL), (13, 2 * PANEL), (11, 37)])
def test_panels_give_the_same_product(n_in, n_out, bias):
    linear, x = random_linear(n_in, n_out, bias)
    row_linear = RowLinear(linear)
    row_linear.lay_out()
    for row in x.flatten(0, 1):
        found = row_linear(row[None, None])
        expected = linear.weight.double() @ row.double() + (linear.bias if bias else 0)
        assert found.shape == (1, 1, n_out)
        assert (found[0, 0] - expected).abs().max() < 1e-5


@pytest.mark.parametrize(("n_in", "n_out"), [(7, 5), (5, PANEL), (13, 2 * PANEL), (11, 37)])
def test_panels_do_not_depend_on_the_order_in_memory(n_in, n_out):
    linear, _ = random_linear(n_in, n_out, bias=False)
    by_rows, by_columns = RowLinear(linear), RowLinear(linear)
    by_rows.lay_out()
    by_columns.weight = linear.weight.t().contiguous().t()
    assert by_columns.weight.stride() != linear.weight.stride()
    by_columns.lay_out()
    assert by_columns.panels is not by_rows.panels
    assert by_columns.panels.weight.is_contiguous()
    assert torch.equal(by_columns.panels.weight, by_rows.panels.weight)


@pytest.mark.parametrize("laid_out", [True, False])
def test_several_rows_at_once(laid_out):
    linear, x = random_linear(7, 11, bias=True)
    row_linear = RowLinear(linear)
    if laid_out:
        row_linear.lay_out()
    for rows in (x, x[:1], x[:, :1]):  # [batch, position, in]
        assert torch.equal(row_linear(rows), linear(rows))


def test_weights_are_the_models_own_and_stay_as_they_are():
    linear, x = random_linear(7, 11, bias=True)
    before = {name: value.clone() for name, value in linear.state_dict().items()}
    row_linear = RowLinear(linear)
    assert row_linear.weight is linear.weight
    row_linear.lay_out()
    row_linear(x[:1, :1])
    assert vars(linear).keys() == vars(nn.Linear(7, 11)).keys()
    for name, value in linear.state_dict().items():
        assert torch.equal(value, before[name])


def laid_out(linear):
    row_linear = RowLinear(linear)
    row_linear.lay_out()
    return row_linear


def test_what_is_laid_out_serves_every_decoding():
    linear, _ = random_linear(7, 37, bias=True)
    other, _ = random_linear(7, 37, bias=True)
    assert laid_out(linear).panels is laid_out(linear).panels
    assert laid_out(other).panels is not laid_out(linear).panels


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("change", ["in place", "another tensor", "loaded"])
def test_weights_that_have_changed_are_laid_out_anew(name, change):
    linear, x = random_linear(7, 37, bias=True)
    row = x[:1, :1]
    before = laid_out(linear)(row)
    changed = getattr(linear, name) * 2
    if change == "in place":
        getattr(linear, name).mul_(2)
    elif change == "loaded":
        linear.load_state_dict({**linear.state_dict(), name: changed})
    else:
        setattr(linear, name, nn.Parameter(changed, requires_grad=False))
    found = laid_out(linear)(row)
    assert (found - before).abs().max() > 0.1
    assert (found - linear(row)).abs().max() < 1e-5


def test_it_goes_with_its_matrix():
    linear, _ = random_linear(7, 37, bias=True)
    panels = ref(laid_out(linear).panels.weight)
    assert panels() is not None
    del linear
    collect()
    assert panels() is None
