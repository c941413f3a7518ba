"""The loss and its gradient, taken by hand and in pieces, are those that autograd gives for the whole."""

import pytest
import torch
from torch.nn import functional

from explorer.training import loss
from explorer.training.data import IGNORE
from explorer.training.recipe import TASKS
from tests.training.samples import tiny_data, tiny_model


def whole(model, batch, smoothing, consistency):
    """The same loss from the logits of the whole batch."""
    n = len(batch.tokens)
    batch = batch.twice() if consistency else batch
    logits = model(batch.tokens, batch.source, batch.tokens_mask, batch.source_mask).logits
    mean = functional.cross_entropy(
        logits.flatten(0, 1), batch.targets.flatten(), label_smoothing=smoothing, ignore_index=IGNORE
    )
    if not consistency:
        return mean
    p, r = (half[batch.targets[:n] != IGNORE].log_softmax(-1) for half in (logits[:n], logits[n:]))
    divergences = [functional.kl_div(b, a, log_target=True, reduction="sum") for a, b in ((p, r), (r, p))]
    return mean + consistency / 4 * sum(divergences) / len(p)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("consistency", [0.0, 2.5])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_equals_autograd(task, consistency, smoothing, monkeypatch):
    monkeypatch.setattr(loss, "PIECE", 7)
    model = tiny_model(task, dropout=0.3, output_bias=True).double().train()
    batch = next(tiny_data(task).batches(211, torch.Generator().manual_seed(0)))
    assert (batch.targets != IGNORE).sum() > 14  # more than one piece
    torch.manual_seed(1)
    value = loss.backward(model, batch, smoothing, consistency)
    gradients = [parameter.grad.clone() for parameter in model.parameters()]
    torch.manual_seed(1)
    model.zero_grad()
    expected = whole(model, batch, smoothing, consistency)
    expected.backward()
    assert value == pytest.approx(expected.item(), abs=1e-12)
    for ours, parameter in zip(gradients, model.parameters(), strict=True):
        torch.testing.assert_close(ours, parameter.grad, atol=1e-12, rtol=1e-9)


def test_two_equal_readings_agree():
    """Without dropout the second reading adds nothing: the divergences are 0 and the mean is the same."""
    model = tiny_model("translate").train()
    batch = next(tiny_data("translate").batches(101, torch.Generator().manual_seed(0)))
    once, twice = (loss.backward(model, batch, 0.1, consistency) for consistency in (0.0, 5.0))
    assert twice == pytest.approx(once, abs=1e-6)


def test_short_mantissas_change_little():
    model = tiny_model("fill").train()
    batch = next(tiny_data("fill").batches(101, torch.Generator().manual_seed(0)))
    exact, rounded = (loss.backward(model, batch, bfloat16=short) for short in (False, True))
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.02)


def test_gradients_add_up():
    model = tiny_model("continue").train()
    batch = next(tiny_data("continue").batches(101, torch.Generator().manual_seed(0)))
    loss.backward(model, batch)
    once = [parameter.grad.clone() for parameter in model.parameters()]
    loss.backward(model, batch)
    for parameter, single in zip(model.parameters(), once, strict=True):
        torch.testing.assert_close(parameter.grad, 2 * single)
