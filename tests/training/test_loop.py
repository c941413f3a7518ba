"""The loop: it learns, padding does not matter, and an interrupted run ends bit for bit like one that was not."""

import json
from dataclasses import replace

import pytest
import torch

from explorer.model.checkpoint import load_checkpoint
from explorer.training.data import IGNORE, Batch
from explorer.training.loop import batch_loss, validation_loss
from explorer.training.recipe import TASKS
from explorer.training.train import prepare, train
from tests.training.samples import tiny_data, tiny_model, tiny_recipe, write_data

CPU = torch.device("cpu")


def weights(folder):
    return dict(load_checkpoint(folder).model.named_parameters())


def run_through(recipe, folder, name, stop_after=(), log=None):
    """Train to the end with an interruption after each of these updates; every piece is prepared afresh."""
    log = [] if log is None else log

    def report(progress):
        log.append((progress.update, progress.loss, progress.validation_loss))

    for end in [*stop_after, recipe.updates]:

        def stop(end=end):
            return log[-1:] and log[-1][0] + 1 == end

        finished = train(recipe, folder / "data", folder / name, folder / f"{name}-out", CPU, report, stop)
        assert log[-1][0] == end
        assert finished == (end == recipe.updates)
    return weights(folder / f"{name}-out")


@pytest.mark.parametrize("task", TASKS)
def test_interrupted_run_equals_uninterrupted_one(tmp_path, task):
    write_data(tmp_path / "data")
    recipe = tiny_recipe(tmp_path, task, updates="23")
    once_log, twice_log = [], []
    once = run_through(recipe, tmp_path, "once", log=once_log)
    torch.manual_seed(999)  # whatever the random state was, it is the run's that counts
    # 5 is a validation and a save, 6 is in the middle of an epoch, 19 in a later one
    twice = run_through(recipe, tmp_path, "twice", stop_after=(5, 6, 19), log=twice_log)
    assert once_log == twice_log
    assert [update for update, _, validation in once_log if validation is not None] == [5, 10, 15, 20, 23]
    assert once.keys() == twice.keys()
    assert all(torch.equal(once[name], twice[name]) for name in once)


def test_dropout_and_seed_matter(tmp_path):
    """What the comparison above would miss if nothing were random."""
    write_data(tmp_path / "data")
    recipe = tiny_recipe(tmp_path, "continue")
    one = run_through(recipe, tmp_path, "one")
    other = run_through(replace(recipe, seed=5), tmp_path, "other")
    without = run_through(replace(recipe, transformer=recipe.transformer | {"dropout": 0.0}), tmp_path, "without")
    for else_ in (other, without):
        assert not all(torch.equal(one[name], else_[name]) for name in one)


def test_run_can_be_continued_beyond_its_end(tmp_path):
    write_data(tmp_path / "data")
    recipe = tiny_recipe(tmp_path, "fill")
    run_through(recipe, tmp_path, "run")
    log = []
    run_through(replace(recipe, updates=11, title="Another title"), tmp_path, "run", log=log)
    assert [update for update, _, _ in log] == [8, 9, 10, 11]


@pytest.mark.parametrize("task", TASKS)
def test_loss_falls_when_a_tiny_text_is_learned_by_heart(tmp_path, task):
    write_data(tmp_path / "data")
    recipe = tiny_recipe(tmp_path, task, updates="60", validate_every="60", warmup="10", learning_rate="0.02")
    recipe = replace(recipe, transformer=recipe.transformer | {"dropout": 0.0}, label_smoothing=0.0)
    log = []
    run_through(recipe, tmp_path, "run", log=log)
    assert log[0][1] > 4  # ln 300 is 5.7
    assert log[-1][2] < 0.75 * log[0][1]


@pytest.mark.parametrize("task", TASKS)
def test_padding_does_not_change_the_loss(task):
    data, model = tiny_data(task), tiny_model(task)
    batch = next(data.batches(101, torch.Generator().manual_seed(0)))

    def longer(ids, fill, by):
        return None if ids is None else torch.cat((ids, torch.full((len(ids), by), fill, dtype=ids.dtype)), dim=1)

    by = 0 if task == "continue" else 3  # windows are full; padding of a GPT's text is tested through perplexities
    assert batch.tokens.shape[1] + by <= 29
    padded = Batch(
        longer(batch.tokens, data.pad, by),
        longer(batch.tokens_mask, False, by),
        longer(batch.targets, IGNORE, by),
        longer(batch.source, data.pad, 5),
        longer(batch.source_mask, False, 5),
    )
    with torch.inference_mode():
        expected, actual = (batch_loss(model, b).item() for b in (batch, padded))
    assert actual == pytest.approx(expected, abs=1e-5)


def test_validation_loss_counts_every_predicted_token_once():
    data, model = tiny_data("translate"), tiny_model("translate")
    in_small, in_large = (validation_loss(model, data, n_tokens, CPU) for n_tokens in (31, 997))
    assert in_small == pytest.approx(in_large, abs=1e-5)


def test_average_starts_at_the_model_and_follows_it(tmp_path):
    write_data(tmp_path / "data")
    trainer, _ = prepare(tiny_recipe(tmp_path, "translate"), tmp_path / "data", tmp_path / "run", CPU)
    state = torch.get_rng_state()
    averaged = trainer.averaged_model()
    assert torch.equal(state, torch.get_rng_state())
    assert not averaged.training
    assert averaged.unembedding.weight is averaged.decoder.embedding.token.weight
    for one, other in zip(averaged.parameters(), trainer.model.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one is not other
    trainer.run()
    assert not torch.equal(trainer.averaged_model().unembedding.weight, trainer.model.unembedding.weight)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("short", ["train", "val"])
def test_too_little_text_is_said_in_a_sentence(tmp_path, task, short):
    write_data(tmp_path / "data")
    for language in ("en", "xx"):
        (tmp_path / "data" / f"{short}.{language}").write_text("\n")
    with pytest.raises(ValueError, match="text is too short for a single batch"):
        train(tiny_recipe(tmp_path, task), tmp_path / "data", tmp_path / "run", tmp_path / "out", CPU)


def test_state_is_readable_by_people(tmp_path):
    write_data(tmp_path / "data")
    run_through(tiny_recipe(tmp_path, "continue"), tmp_path, "run")
    position = json.loads((tmp_path / "run" / "state.json").read_text())
    assert position["update"] == 7
    assert position["recipe"]["title"] == "A tiny model"
