"""The saved state: damage and another recipe are told in one sentence, and older states are still read."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.training.train import prepare, train
from tests.training.samples import tiny_recipe, write_data

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    write_data(folder / "data")
    train(tiny_recipe(folder, "fill"), folder / "data", folder / "run", folder / "out", CPU)
    return folder


@pytest.fixture
def run(saved, tmp_path):
    """A copy of a finished run's folder, to be damaged."""
    return shutil.copytree(saved / "run", tmp_path / "run")


def resume(saved, run, **changes):
    trainer, _ = prepare(replace(tiny_recipe(saved, "fill"), **changes), saved / "data", run, CPU)
    trainer.run()
    return trainer


def test_state_in_two_files_without_metadata_is_read(saved, run):
    """As it was written at first: the position in the JSON file alone."""
    expected = resume(saved, run, updates=11)
    again = shutil.copytree(saved / "run", run.with_name("again"))
    save_file(load_file(again / "state.safetensors"), again / "state.safetensors")
    actual = resume(saved, again, updates=11)
    assert actual.update == 11
    assert all(map(torch.equal, actual.average, expected.average))


def test_position_goes_with_the_tensors(saved, run):
    """An interruption between the two files leaves an old JSON file, which must not be believed."""
    position = json.loads((run / "state.json").read_text())
    (run / "state.json").write_text(json.dumps(position | {"update": 2}))
    assert resume(saved, run).update == 7


@pytest.mark.parametrize(
    ("change", "field"),
    [({"learning_rate": 0.5}, "learning_rate"), ({"seed": 7}, "seed"), ({"train": ("x",)}, "train")],
)
def test_another_recipe_is_refused_by_the_field_that_differs(saved, run, change, field):
    trainer, _ = prepare(tiny_recipe(saved, "fill"), saved / "data", run, CPU)
    trainer.recipe = replace(trainer.recipe, **change)
    with pytest.raises(ValueError, match=f"holds a run with another '{field}': delete it, or give another --runs"):
        trainer.run()


def cut(path):
    path.write_bytes(path.read_bytes()[:-13])


def cut_header(path):
    path.write_bytes(path.read_bytes()[:101])


def flip(path):
    content = bytearray(path.read_bytes())
    content[11] ^= 0x80
    path.write_bytes(content)


def drop_average(path):
    tensors = load_file(path)
    del tensors["average.1"]
    save_file(tensors, path)


def change_shape(path):
    tensors = load_file(path)
    tensors["exp_avg.0"] = tensors["exp_avg.0"][:1].clone()
    save_file(tensors, path)


def without_position(path):
    save_file(load_file(path), path)
    path.with_name("state.json").write_text('{"update": 7')


def without_epoch(path):
    position = json.loads(path.with_name("state.json").read_text())
    del position["epoch"]
    save_file(load_file(path), path, metadata={"position": json.dumps(position)})


def no_object(path):
    save_file(load_file(path), path, metadata={"position": "[2, 3]"})


@pytest.mark.parametrize(
    "damage", [cut, cut_header, flip, drop_average, change_shape, without_position, without_epoch, no_object]
)
def test_damage_is_told_in_one_sentence(saved, run, damage):
    damage(run / "state.safetensors")
    with pytest.raises(
        ValueError, match=r"^The saved run in .*run is damaged \(.+\): delete it to start anew$"
    ) as error:
        resume(saved, run)
    assert "\n" not in str(error.value)
    assert error.value.__suppress_context__


def test_damaged_vocabulary_is_told_in_one_sentence(saved, run):
    cut(run / "tokenizer.json")
    with pytest.raises(ValueError, match=r"tokenizer\.json of the saved run is damaged"):
        resume(saved, run)


def test_vocabulary_without_a_state_is_learned_anew(saved, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tokenizer.json").write_text("left by someone else")
    _, tokenizer = prepare(tiny_recipe(saved, "fill"), saved / "data", tmp_path / "run", CPU)
    assert tokenizer.vocab_size == 300
