"""The commands that the sentences propose do what they say, typed into a shell as they are printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from transformers import GPT2Config, GPT2LMHeadModel

from explorer.hub.files import ModelFiles
from explorer.hub.formats import convert_hub_command
from explorer.model.catalogue import CheckpointError

pytestmark = pytest.mark.timeout(300)


def run_the_command_of(folder: Path) -> None:
    """Take the command out of the sentence and run it in the folder, as its reader would."""
    with pytest.raises(CheckpointError) as error:
        _ = ModelFiles(folder).weights
    (command,) = re.findall(r"`(.*)`", str(error.value))
    assert command.startswith("python -c ")
    shell = f'python() {{ {sys.executable} "$@"; }}; {command}'
    result = subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]


def test_a_pickle_of_transformers_becomes_safetensors(tmp_path: Path) -> None:
    config = GPT2Config(vocab_size=11, n_positions=7, n_embd=6, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config)
    config.architectures = ["GPT2LMHeadModel"]
    config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    run_the_command_of(tmp_path)
    header = ModelFiles(tmp_path).header
    assert header["transformer.wte.weight"].shape == (11, 6)
    found = load_file(tmp_path / "model.safetensors")["transformer.wte.weight"]
    assert np.array_equal(found, model.transformer.wte.weight.detach().numpy())


@pytest.mark.parametrize("inside", [False, True], ids=["plain", "in a checkpoint"])
def test_a_state_dict_of_torch_becomes_safetensors(tmp_path: Path, inside: bool) -> None:
    state = {"a.weight": torch.arange(15.0).reshape(5, 3).T, "b": torch.ones(7)}
    torch.save({"state_dict": state} if inside else state, tmp_path / "net.pt")
    run_the_command_of(tmp_path)
    assert {name: info.shape for name, info in ModelFiles(tmp_path).header.items()} == {"a.weight": (3, 5), "b": (7,)}
    assert np.array_equal(load_file(tmp_path / "model.safetensors")["a.weight"], state["a.weight"].numpy())


def test_the_command_for_a_repository_is_python() -> None:
    command = convert_hub_command("Helsinki-NLP/opus-mt-en-de", {"architectures": ["MarianMTModel"]})
    code = re.fullmatch(r'python -c "(.*)"', command)[1]
    compile(code, "command", "exec")
    assert "import AutoTokenizer, MarianMTModel as Model" in code
    assert "save_pretrained('opus-mt-en-de')" in code
