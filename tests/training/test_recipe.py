"""Recipes: those that come along are whole, and a wrong one is refused in one sentence that names the field."""

import pytest

from explorer.model.tokenizer import NEEDED_TOKENS
from explorer.training.data import SPECIAL_TOKENS
from explorer.training.recipe import TASKS, load_recipe, recipe_names
from tests.training.samples import recipe_text, tiny_recipe, write_recipe


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_is_whole(name):
    recipe = load_recipe(name)
    config = recipe.config(recipe.vocab_size)
    assert recipe.name == name
    assert config.vocab_size == recipe.vocab_size
    assert recipe.examples
    assert recipe.warmup < recipe.updates
    assert set(NEEDED_TOKENS[config.architecture]) <= set(SPECIAL_TOKENS[recipe.task])


def test_there_are_recipes():
    assert {load_recipe(name).task for name in recipe_names()} == set(TASKS)


def test_recipe_from_a_file(tmp_path):
    recipe = tiny_recipe(tmp_path, "translate", seed="13")
    assert (recipe.name, recipe.seed, recipe.train) == ("tiny-translate", 13, ("train.en", "train.xx"))


def test_unknown_recipe_lists_those_there_are():
    with pytest.raises(ValueError, match=r"no recipe 'caption-gpt'; there are: .*gpt-captions") as error:
        load_recipe("caption-gpt")
    assert all(name in str(error.value) for name in recipe_names())
    with pytest.raises(ValueError, match=r"no recipe '/nowhere/x\.toml'"):
        load_recipe("/nowhere/x.toml")


WRONG = {
    "task": ('"dream"', "one of translate, continue, fill"),
    "title": ("7", "a text"),
    "train": ('"train.en"', "a list of file names"),
    "validation": ('["a", 5]', "a list of file names"),
    "examples": ('[{text = "x"}]', "a list of tables"),
    "vocab_size": ("0", "a whole number of at least 1"),
    "updates": ("2.5", "a whole number"),
    "tokens_per_update": ('"many"', "a whole number"),
    "validate_every": ("0", "at least 1"),
    "warmup": ("-1", "at least 0"),
    "seed": ("true", "a whole number"),
    "learning_rate": ("nan", "a number above 0"),
    "weight_decay": ("-0.1", "at least 0"),
    "label_smoothing": ("1.0", "below 1"),
    "consistency": ("-1", "at least 0"),
    "bfloat16": ("1", "true or false"),
    "units": ('"letters"', "one of bytes, characters, words"),
    "average": ("inf", "below 1"),
    "masked": ("1", "below 1"),
}


@pytest.mark.parametrize("field", WRONG)
def test_wrong_value_is_named(tmp_path, field):
    value, words = WRONG[field]
    with pytest.raises(ValueError, match=rf"tiny-continue\.toml: the field '{field}' must be .*{words}"):
        tiny_recipe(tmp_path, "continue", **{field: value})


def test_missing_and_unknown_fields_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"the field 'warmup' is missing"):
        tiny_recipe(tmp_path, "fill", warmup="")
    with pytest.raises(ValueError, match=r"the field 'speed' is unknown"):
        tiny_recipe(tmp_path, "fill", speed="5")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("n_heads = 3", "n_heads = 0", "n_heads must be a whole number of at least 1, not 0"),
        ("n_heads = 3", "n_hats = 3", "unknown field 'n_hats'"),
        ('architecture = "decoder"', "", "field 'architecture' is missing"),
        ("n_heads = 3", "vocab_size = 3", "'vocab_size' of 'transformer' follows from the vocabulary"),
        ('["train.en"]', '["train.en", "train.xx"]', "the task 'continue' needs 1 files as 'train'"),
        (
            'architecture = "decoder"\n',
            'architecture = "encoder"\nn_encoder_layers = 1\n',
            "n_encoder_layers=1 and n_decoder_layers=2",
        ),
        ("[transformer]", "[transformer", "cannot be read as TOML"),
    ],
)
def test_impossible_model_is_refused(tmp_path, old, new, words):
    text = recipe_text("continue")
    assert old in text
    path = tmp_path / "bent.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError) as error:
        load_recipe(str(path))
    assert words in str(error.value)
    assert "bent.toml" in str(error.value)


def test_task_and_architecture_must_agree(tmp_path):
    path = write_recipe(tmp_path, "fill", task='"continue"')
    with pytest.raises(ValueError, match=r"task 'continue' needs architecture 'decoder', not 'encoder'"):
        load_recipe(str(path))
