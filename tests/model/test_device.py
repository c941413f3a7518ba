"""The device is chosen by itself, and a wish that cannot be met is answered with what there is."""

import pytest
import torch

from explorer.model.device import available_devices, choose_device, describe_device


def test_the_fastest_is_chosen_and_can_be_overridden(monkeypatch):
    monkeypatch.delenv("EXPLORER_DEVICE", raising=False)
    assert choose_device().type == available_devices()[0]
    assert available_devices()[-1] == "cpu"
    for wish in ("cpu", " CPU ", "cpu:0"):
        monkeypatch.setenv("EXPLORER_DEVICE", wish)
        assert choose_device().type == "cpu"
    assert choose_device("") == torch.device(available_devices()[0])
    assert describe_device(torch.device("cpu")) == "CPU"


@pytest.mark.parametrize("wish", ["gpu", "cuda:99", "cpu:x", "cpu:", "cpu:7", ":", "meta", "xla"])
def test_impossible_wish_lists_what_there_is(wish):
    with pytest.raises(ValueError, match=r"is not on this machine, which has: .*cpu$"):
        choose_device(wish)


@pytest.mark.parametrize(
    ("cuda", "mps", "order"),
    [(True, True, ["cuda", "mps", "cpu"]), (False, True, ["mps", "cpu"]), (True, False, ["cuda", "cpu"])],
)
def test_order_of_devices(monkeypatch, cuda, mps, order):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert available_devices() == order
    assert choose_device("").type == order[0]
    if cuda:
        assert choose_device("cuda:1") == torch.device("cuda", 1)
        with pytest.raises(ValueError, match="cuda:2"):
            choose_device("cuda:2")
