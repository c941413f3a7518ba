"""Weights are used where they lie in the file; damaged ones are refused in one sentence."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file, save_file

from explorer.hub.entry import read_hub_entry
from explorer.hub.weights import CHECKED_AT_ONCE, is_finite, load_weights
from explorer.model.catalogue import CheckpointError
from tests.hub.models import CLASSES, make, open_ours, save

# Reads its own resident memory, in bytes, before the weights are loaded, after, and after one pass.
MEASURE = """
import sys
from pathlib import Path
import torch
from explorer.hub.entry import read_hub_entry
from explorer.hub.weights import load_weights

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

torch.set_num_threads(1)
torch.nn.Linear(512, 512)(torch.randn(7, 512))  # what the library itself sets up
entry = read_hub_entry(Path(sys.argv[1]), "m")
before = resident()
model = load_weights(entry)
loaded = resident()
with torch.inference_mode():
    model(torch.tensor([[7, 11, 13, 17, 19]]))
print(before, loaded, resident(), "torch._dynamo" in sys.modules)
"""


def change(folder, name, edit):
    """Change one tensor of a saved model where ``edit`` changes it in place or returns another."""
    path = folder / "model.safetensors"
    tensors = {key: tensor.clone() for key, tensor in load_file(path).items()}
    changed = edit(tensors[name])
    tensors[name] = tensors[name] if changed is None else changed
    save_file(tensors, path)
    return folder


def refusal(folder):
    entry = read_hub_entry(folder, "m")
    with pytest.raises(CheckpointError) as error:
        load_weights(entry)
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")
    return str(error.value)


@pytest.mark.parametrize("family", CLASSES)
def test_no_weight_of_a_float32_file_is_copied(family, tmp_path):
    """All parameters lie in the bytes of one mapped file, and those of a larger matrix in its bytes."""
    folder = save(make(family), tmp_path)
    size = (folder / "model.safetensors").stat().st_size
    _, ours = open_ours(folder)
    storages = {parameter.untyped_storage().data_ptr(): parameter.untyped_storage() for parameter in ours.parameters()}
    first, last = min(storages), max(begin + storage.nbytes() for begin, storage in storages.items())
    assert last - first <= size
    assert not any(parameter.requires_grad for parameter in ours.parameters())
    assert not any(tensor.is_meta for tensor in (*ours.parameters(), *ours.buffers()))
    assert not ours.training


def test_a_tied_matrix_is_one(tmp_path):
    _, ours = open_ours(save(make("marian"), tmp_path))
    assert ours.unembedding.weight is ours.encoder.embedding.token.weight is ours.decoder.embedding.token.weight


def test_q_k_and_v_of_gpt2_are_views_of_its_matrix(tmp_path):
    theirs = make("gpt2")
    _, ours = open_ours(save(theirs, tmp_path))
    attention, matrix = ours.decoder.blocks[1].attention, theirs.transformer.h[1].attn.c_attn
    for i, layer in enumerate((attention.w_q, attention.w_k, attention.w_v)):
        torch.testing.assert_close(layer.weight, matrix.weight.T[15 * i : 15 * (i + 1)], rtol=0, atol=0)
        torch.testing.assert_close(layer.bias, matrix.bias[15 * i : 15 * (i + 1)], rtol=0, atol=0)
    pointers = {layer.weight.untyped_storage().data_ptr() for layer in (attention.w_q, attention.w_k, attention.w_v)}
    assert max(pointers) - min(pointers) < 4 * matrix.weight.numel()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_model_takes_no_more_memory_than_its_file(tmp_path):
    """A GPT-2 of 120 MB: after loading, which reads every number once, and after one pass."""
    d, layers, vocabulary = 512, 7, 16_007
    generator, tensors = np.random.default_rng(0), {}
    for n in range(layers):
        shapes = {"attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d), "mlp.c_fc": (d, 4 * d), "mlp.c_proj": (4 * d, d)}
        for name, shape in shapes.items():
            tensors[f"h.{n}.{name}.weight"] = generator.standard_normal(shape, np.float32) * np.float32(0.02)
            tensors[f"h.{n}.{name}.bias"] = np.zeros(shape[1], np.float32)
        for name in ("ln_1", "ln_2"):
            tensors |= {f"h.{n}.{name}.weight": np.ones(d, np.float32), f"h.{n}.{name}.bias": np.zeros(d, np.float32)}
    tensors |= {"ln_f.weight": np.ones(d, np.float32), "ln_f.bias": np.zeros(d, np.float32)}
    tensors["wte.weight"] = generator.standard_normal((vocabulary, d), np.float32)
    tensors["wpe.weight"] = generator.standard_normal((1024, d), np.float32)
    path = tmp_path / "model.safetensors"
    save_numpy(tensors, path)
    config = {"model_type": "gpt2", "n_embd": d, "n_layer": layers, "n_head": 8, "vocab_size": vocabulary}
    (tmp_path / "config.json").write_text(json.dumps(config))
    size = path.stat().st_size
    run = subprocess.run([sys.executable, "-c", MEASURE, tmp_path], capture_output=True, text=True, check=True)
    path.unlink()
    *resident, compiler = run.stdout.split()
    before, loaded, after = map(int, resident)
    assert size > 115e6
    assert 0.8 * size < loaded - before <= 1.2 * size
    assert after - before <= 1.2 * size
    assert compiler == "False"  # nothing of torch's compiler was needed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("family", CLASSES)
def test_numbers_that_are_not_finite_are_refused(family, value, tmp_path):
    folder = save(make(family), tmp_path)
    tensors = load_file(folder / "model.safetensors")
    name = sorted(name for name in tensors if tensors[name].ndim == 2 and "final_logits" not in name)[-1]
    said = refusal(change(folder, name, lambda t: t[-1, -1:].fill_(value) and None))
    assert "not finite" in said
    assert "model.safetensors" in said


def test_a_float64_number_that_float32_does_not_hold_is_refused(tmp_path):
    folder = save(make("gpt2").double(), tmp_path)
    assert "not finite (as float32)" in refusal(change(folder, "transformer.wpe.weight", lambda t: t * 1e300))


def test_finite_is_asked_part_by_part():
    large = torch.zeros(3, CHECKED_AT_ONCE)
    assert is_finite(large)
    large[2, -1] = float("nan")
    assert not is_finite(large)
    assert not is_finite(torch.tensor([1.0, float("inf")]))
    assert not is_finite(large.t())


def test_a_tied_matrix_that_differs_under_its_other_name_is_refused(tmp_path):
    folder = save(make("gpt2"), tmp_path)
    tensors = load_file(folder / "model.safetensors")
    copy = tensors["transformer.wte.weight"].clone()
    copy[3, 5] += 1e-4
    save_file(tensors | {"lm_head.weight": copy}, folder / "model.safetensors")
    said = refusal(folder)
    assert "'wte.weight'" in said
    assert "'lm_head.weight'" in said
    assert "should be the same" in said


@pytest.mark.parametrize("family", ["bart", "bert"])
def test_another_tied_pair_that_differs_is_refused(family, tmp_path):
    names = {"bart": "model.encoder.embed_tokens.weight", "bert": "cls.predictions.decoder.weight"}
    folder = save(make(family), tmp_path)
    tensors = load_file(folder / "model.safetensors")
    original = next(tensors[name] for name in tensors if name.endswith(("shared.weight", "word_embeddings.weight")))
    save_file(tensors | {names[family]: original.flip(0).contiguous()}, folder / "model.safetensors")
    assert "should be the same" in refusal(folder)


def test_computed_positions_that_differ_in_the_file_are_refused(tmp_path):
    theirs = make("marian")
    folder = save(theirs, tmp_path)
    tensors = load_file(folder / "model.safetensors")
    name = "model.encoder.embed_positions.weight"
    save_file(tensors | {name: theirs.state_dict()[name].flip(1).contiguous()}, folder / "model.safetensors")
    assert "other positions in 'encoder.embed_positions.weight'" in refusal(folder)


def test_a_file_that_is_cut_short_is_refused(tmp_path):
    """Before its header is read, and after."""
    folder = save(make("gpt2"), tmp_path)
    path, entry = folder / "model.safetensors", read_hub_entry(folder, "m")
    whole = path.read_bytes()
    for n in (0, 7, 8, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:n])
        with pytest.raises(CheckpointError, match=r"^[^\n]*\.$"):
            read_hub_entry(folder, "m")
        with pytest.raises(CheckpointError, match=r"^[^\n]*\.$"):
            load_weights(entry)
    path.unlink()
    with pytest.raises(CheckpointError, match=r"^[^\n]*\.$"):
        load_weights(entry)


def test_loading_says_how_far_it_is_and_can_be_stopped(tmp_path):
    entry = read_hub_entry(save(make("t5"), tmp_path), "m")
    shares = []
    load_weights(entry, shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 30
    assert shares[-1] == 1.0

    class Stop(Exception):
        pass

    def stop(share):
        if share > 0.5:
            raise Stop

    with pytest.raises(Stop):
        load_weights(entry, stop)
