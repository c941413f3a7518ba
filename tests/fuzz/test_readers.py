"""What the readers of an address and of a typed path do with any text: what it describes, or one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.hub import folders
from explorer.model.catalogue import CheckpointError
from explorer.model.config import TransformerConfig
from explorer.model.config_text import apply_changes, changes_text
from explorer.model.intervention import SWITCHES
from explorer.model.intervention_text import intervention_text, read_intervention
from tests.fuzz.depth import tries

BASE = TransformerConfig(architecture="decoder", vocab_size=17, n_decoder_layers=2, d_model=10, n_heads=2, d_ff=14)
NUMBERS = ["1", "0", "-3", "7", "2.5", "nan", "1e999", "9" * 30, "٣", "1_000", " 2", "", "True", "true", "null"]
CHANGES = [*SWITCHES, "head", "layer", "row", "number", "decoder", "cross", "zero", "off", "uniform", "w_q.weight"]
FIELDS = [*vars(BASE), "n_headz", "__class__", "<b>", "d_model=7,d_model"]
INSIDE, OUTSIDE = "models", "secret"
STEPS = [
    "..",
    ".",
    "",
    "gpt",
    "owner",
    "gpt/",
    "link",
    "circle",
    "file",
    "~",
    "\x00",
    "/",
    "\\",
    "%2e%2e",
    "．．",
    "models",
]


def pieces(words: list[str], marks: str) -> st.SearchStrategy[str]:
    """Texts of these words with these marks between them, and now and then of anything."""
    word = st.one_of(st.sampled_from(words), st.sampled_from(NUMBERS), st.text(max_size=3))
    return st.lists(st.tuples(word, st.sampled_from(marks)), max_size=9).map(
        lambda parts: "".join(part for pair in parts for part in pair)
    )


def one_sentence(error: Exception) -> bool:
    text = str(error)
    return 0 < len(text) < 400 and "\n" not in text and "Traceback" not in text


@tries(150, shrink=True)
@given(pieces(CHANGES, ".:;,="))
def test_any_text_is_an_intervention_or_one_sentence(text: str) -> None:
    try:
        found = read_intervention(text)
    except ValueError as error:
        assert one_sentence(error)
        return
    assert read_intervention(intervention_text(found)) == found


@tries(150, shrink=True)
@given(pieces(FIELDS, "=,+ "))
def test_any_text_is_a_configuration_or_one_sentence(text: str) -> None:
    try:
        found = apply_changes(BASE, text)
    except ValueError as error:
        assert one_sentence(error)
        return
    assert apply_changes(BASE, changes_text(BASE, found)) == found


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with a model, links out of it and in a circle, beside a folder that is nobody's business."""
    root = tmp_path_factory.mktemp("disk")
    for folder in (f"{INSIDE}/gpt", f"{INSIDE}/owner/gpt", f"{OUTSIDE}/gpt"):
        (root / folder).mkdir(parents=True)
        (root / folder / "config.json").write_text("{}", encoding="utf-8")
    (root / INSIDE / "file").write_text("", encoding="utf-8")
    (root / INSIDE / "link").symlink_to(root / OUTSIDE)
    (root / INSIDE / "circle").symlink_to(root / INSIDE / "circle")
    return root


@pytest.fixture
def models(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_MODELS", str(disk / INSIDE))
    return disk / INSIDE


@tries(150, shrink=True)
@given(st.lists(st.one_of(st.sampled_from(STEPS), st.text(max_size=3)), max_size=5), st.booleans())
def test_no_path_leads_out_of_the_folder_of_models(models: Path, steps: list[str], absolute: bool) -> None:
    """Nor does an answer tell what lies outside."""
    typed = f"{models.parent}/{'/'.join(steps)}" if absolute else "/".join(steps)
    try:
        found = folders.resolve(typed)
    except CheckpointError as error:
        assert one_sentence(error)
        assert OUTSIDE not in str(error).replace(typed[:60], "")
        return
    assert found.is_relative_to(models)
    assert found != models
    assert "config.json" in {path.name for path in found.rglob("*")}


@pytest.mark.parametrize("typed", ["gpt", "models/gpt", "owner/gpt"])
def test_a_folder_inside_is_found(models: Path, typed: str) -> None:
    assert folders.resolve(typed).name == "gpt"


@pytest.mark.parametrize("typed", ["link", "link/gpt", "../secret/gpt", "circle", "owner/../../secret/gpt"])
def test_what_leads_outside_is_refused(models: Path, typed: str) -> None:
    with pytest.raises(CheckpointError):
        folders.resolve(typed)
