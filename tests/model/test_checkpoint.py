"""Checkpoints come back as they were saved, and damage is named before it costs anything."""

import json
import struct

import pytest
import torch
from safetensors.torch import load_file, save, save_file

from explorer.model import checkpoint as module
from explorer.model.catalogue import CheckpointError
from explorer.model.checkpoint import load_checkpoint, save_checkpoint
from explorer.model.run import run
from tests.training.samples import ENGLISH, about, tiny_model, tiny_tokenizer

TASKS = ("translate", "continue", "fill")


def saved(folder, task="translate", dtype=torch.float32, **options):
    model = tiny_model(task, **options)
    save_checkpoint(folder, model, tiny_tokenizer(task), about(model), dtype)
    return model


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
@pytest.mark.parametrize("task", TASKS)
def test_round_trip(tmp_path, task, positions):
    model = saved(tmp_path / "tiny", task, positions=positions)
    loaded = load_checkpoint(tmp_path / "tiny")
    assert loaded.entry.name == "tiny"
    assert loaded.entry.config == model.config
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    expected = dict(model.named_parameters())
    actual = dict(loaded.model.named_parameters())
    assert expected.keys() == actual.keys()
    assert all(torch.equal(expected[name], actual[name]) for name in expected)
    tokens = torch.tensor([[1, 2, 3]])
    source = tokens if task == "translate" else None
    assert torch.equal(loaded.model(tokens, source).logits, model(tokens, source).logits)


def test_large_matrices_that_are_only_multiplied_lie_column_by_column(tmp_path):
    model = saved(tmp_path, "continue", d_model=70, d_ff=130)
    loaded = load_checkpoint(tmp_path)
    attention, ff = loaded.model.decoder.blocks[0].attention, loaded.model.decoder.blocks[0].ff
    assert ff.w_1.weight.stride() == (1, 130) and ff.w_2.weight.stride() == (1, 70)
    assert attention.w_q.weight.numel() < module.LARGE and attention.w_q.weight.is_contiguous()
    assert loaded.model.unembedding.weight is loaded.model.decoder.embedding.token.weight
    assert loaded.model.unembedding.weight.is_contiguous()  # tokens look up its rows
    tokens = torch.arange(9)[None]
    torch.testing.assert_close(loaded.model(tokens).logits, model(tokens).logits, rtol=0, atol=1e-5)
    save_checkpoint(tmp_path / "again", loaded.model, loaded.tokenizer, loaded.entry.about, torch.float32)
    first, second = (load_file(folder / "model.safetensors") for folder in (tmp_path, tmp_path / "again"))
    assert first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_half_precision_is_read_as_float32(tmp_path):
    model = saved(tmp_path, dtype=torch.float16)
    for parameter, original in zip(load_checkpoint(tmp_path).model.parameters(), model.parameters(), strict=True):
        assert parameter.dtype == torch.float32
        assert torch.equal(parameter, original.half().float())


@pytest.mark.parametrize("options", [{}, {"tied_embeddings": False}, {"source_vocab_size": 300}])
def test_tied_matrices_are_stored_once_and_counted_once(tmp_path, options):
    model = saved(tmp_path, **options)
    stored = load_file(tmp_path / "model.safetensors")
    loaded = load_checkpoint(tmp_path)
    assert sum(tensor.numel() for tensor in stored.values()) == model.n_parameters() == loaded.model.n_parameters()
    assert loaded.entry.about.n_parameters == model.n_parameters()
    tied = loaded.model.unembedding.weight is loaded.model.decoder.embedding.token.weight
    assert tied == model.config.tied_embeddings


def test_files_are_for_everyone_and_nothing_is_left_behind(tmp_path):
    saved(tmp_path)
    saved(tmp_path)
    names = {"config.json", "model.safetensors", "tokenizer.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    (tmp_path / "other").touch()
    assert {(tmp_path / name).stat().st_mode for name in names} == {(tmp_path / "other").stat().st_mode}


def test_interrupted_save_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    old = saved(tmp_path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save", full)
    with pytest.raises(OSError, match="No space left"):
        saved(tmp_path, d_model=22)
    assert load_checkpoint(tmp_path).entry.config == old.config


def change_tensors(change):
    def damage(folder):
        path = folder / "model.safetensors"
        tensors = load_file(path)
        change(tensors)
        path.unlink()
        save_file(tensors, path)

    return damage


def change_bytes(change):
    def damage(folder):
        path = folder / "model.safetensors"
        path.write_bytes(change(path.read_bytes()))

    return damage


def change_config(part, field, value):
    def damage(folder):
        content = json.loads((folder / "config.json").read_text())
        content[part][field] = value
        (folder / "config.json").write_text(json.dumps(content))

    return damage


def remove(name):
    return lambda folder: (folder / name).unlink()


def flip(content):
    return content[:13] + bytes([content[13] ^ 0x80]) + content[14:]


W_Q = "decoder.blocks.1.cross_attention.w_q.weight"


def set_to(value):
    def change(tensors):
        tensors[W_Q][2, 3] = value

    return change


DAMAGE = {
    "no weights": (remove("model.safetensors"), "model.safetensors is missing."),
    "no tokenizer": (remove("tokenizer.json"), "tokenizer.json is missing."),
    "no config": (remove("config.json"), "config.json is missing."),
    "empty": (change_bytes(lambda content: b""), "model.safetensors is damaged or cut short"),
    "cut short": (change_bytes(lambda content: content[:-13]), "model.safetensors is damaged or cut short"),
    "cut header": (change_bytes(lambda content: content[:101]), "model.safetensors is damaged or cut short"),
    "flipped header": (change_bytes(flip), "model.safetensors is damaged or cut short"),
    "huge header": (change_bytes(lambda c: struct.pack("<Q", 2**60) + c[8:]), "model.safetensors is damaged"),
    "a pickle": (change_bytes(lambda content: b"\x80\x04cos\nsystem\n(S'false'\ntR."), "model.safetensors is damaged"),
    "missing tensor": (change_tensors(lambda t: t.pop(W_Q)), f"model.safetensors lacks the tensor '{W_Q}'"),
    "unknown tensor": (
        change_tensors(lambda t: t.update(extra=torch.ones(2))),
        "model.safetensors has a tensor 'extra' that config.json does not call for",
    ),
    "wrong shape": (
        change_tensors(lambda t: t.update({W_Q: torch.ones(14, 15)})),
        f"'{W_Q}' with shape [14, 15], but config.json calls for [15, 14]",
    ),
    "shape to stretch": (change_tensors(lambda t: t.update({W_Q: torch.ones(1, 14)})), "with shape [1, 14]"),
    "whole numbers": (
        change_tensors(lambda t: t.update({W_Q: t[W_Q].long()})),
        f"'{W_Q}' in the format I64, which is not one of",
    ),
    "not a number": (change_tensors(set_to(float("nan"))), f"numbers in '{W_Q}' that are not finite"),
    "infinite": (change_tensors(set_to(float("-inf"))), f"numbers in '{W_Q}' that are not finite"),
    "beyond float32": (
        change_tensors(lambda t: t.update({W_Q: t[W_Q].double() * 1e300})),
        f"numbers in '{W_Q}' that are not finite (as float32)",
    ),
    "wide model": (change_config("transformer", "d_model", 16), "calls for"),
    "odd head": (
        change_config("transformer", "d_k", 3),
        "w_q.weight' with shape [15, 14], but config.json calls for [9, 14]",
    ),
    "one layer more": (change_config("transformer", "n_decoder_layers", 3), "lacks the tensor 'decoder.blocks.2."),
    "one layer less": (change_config("transformer", "n_decoder_layers", 1), "has a tensor 'decoder.blocks.1."),
    "another norm": (change_config("transformer", "norm", "rms"), "does not call for"),
    "n_parameters": (change_config("about", "n_parameters", 7), "config.json says n_parameters=7"),
    "vocab_size": (change_config("transformer", "vocab_size", 299), "with shape [300, 14]"),
    "huge d_model": (change_config("transformer", "d_model", 10**9), "calls for [300, 1000000000]"),
    "huge d_ff": (change_config("transformer", "d_ff", 10**30), "calls for"),
    "huge vocab_size": (change_config("transformer", "vocab_size", 10**12), "calls for [1000000000000, 14]"),
    "huge n_heads": (change_config("transformer", "n_heads", 10**10), "calls for"),
    "huge n_layers": (change_config("transformer", "n_encoder_layers", 10**12), "n_encoder_layers=1000000000000"),
    "huge max_len": (change_config("transformer", "max_len", 10**12), "says max_len=1000000000000"),
    "wrong type": (change_config("transformer", "d_model", "abc"), "config.json does not describe a model: d_model"),
    "bent tokenizer": (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer.json is not a tokenizer"),
    "tokenizer is a folder": (
        lambda folder: ((folder / "tokenizer.json").unlink(), (folder / "tokenizer.json").mkdir()),
        "tokenizer.json is missing",
    ),
    "other tokenizer": (
        lambda folder: tiny_tokenizer("fill").save(folder / "tokenizer.json"),
        "tokenizer.json lacks the token [BOS] that architecture 'encoder-decoder' needs",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_in_one_sentence(tmp_path, monkeypatch, name):
    damage, words = DAMAGE[name]
    saved(tmp_path)
    damage(tmp_path)
    if name.startswith("huge"):  # refused before anything of that size is allocated
        monkeypatch.setattr(module, "Transformer", lambda config: pytest.fail("built"))
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(tmp_path)
    message = str(error.value)
    assert words in message
    assert f"{tmp_path.parent.name}/{tmp_path.name}/" in message
    assert str(tmp_path) not in message  # where the folder lies on the server is nobody's business
    assert message.endswith(".")
    assert not message.endswith("..")
    assert "\n" not in message
    assert error.value.__context__ is None or error.value.__suppress_context__


def test_tokenizer_of_another_size(tmp_path):
    model = tiny_model("fill", vocab_size=301)
    save_checkpoint(tmp_path, model, tiny_tokenizer("fill"), about(model))
    with pytest.raises(
        CheckpointError, match=r"tokenizer\.json has 300 tokens, but config\.json says vocab_size=301\.$"
    ):
        load_checkpoint(tmp_path)
    model = tiny_model("translate", source_vocab_size=299)
    save_checkpoint(tmp_path, model, tiny_tokenizer("translate"), about(model))
    with pytest.raises(CheckpointError, match=r"has 300 tokens, but config\.json says source_vocab_size=299\.$"):
        load_checkpoint(tmp_path)


def test_loading_reads_no_pickle(tmp_path, monkeypatch):
    saved(tmp_path)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("a pickle was read"))
    monkeypatch.setattr("pickle.Unpickler", None)
    monkeypatch.setattr("pickle.loads", lambda *_, **__: pytest.fail("a pickle was read"))
    assert run(load_checkpoint(tmp_path), source=ENGLISH[0]).trace.logits.shape[1] == 300


def test_weights_are_saved_contiguous(tmp_path):
    model = tiny_model("fill")
    with torch.no_grad():
        block = model.encoder.blocks[0]
        block.ff.w_1.weight = torch.nn.Parameter(block.ff.w_1.weight.T.contiguous().T)
    assert not block.ff.w_1.weight.is_contiguous()
    save_checkpoint(tmp_path, model, tiny_tokenizer("fill"), about(model), torch.float32)
    assert torch.equal(load_checkpoint(tmp_path).model.encoder.blocks[0].ff.w_1.weight, block.ff.w_1.weight)
    assert len(save(load_file(tmp_path / "model.safetensors"))) > 4 * model.n_parameters()
