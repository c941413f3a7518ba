"""The app at an address of any kind, over models of every kind, and what must hold there whatever the address says."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from explorer.model.catalogue import PRETRAINED, pretrained_folder
from tests.hub.whole import whole_model
from tests.zoo import zoo_folder

ROOT = Path(__file__).resolve().parents[2]
TOYS = ("classroom-tiny-encoder-decoder", "classroom-tiny-gpt", "classroom-tiny-bert")
OWN = ("t5", "marian", "bart", "gpt2", "bert", "bert-attention")  # of tests.zoo
ADDED = ("folder:gpt2", "folder:bert", "folder:t5")
MODELS = (*TOYS, *OWN, *ADDED)
PICTURES = ("bidi_component", "arrow_data_frame", "table")
_folders: list[tempfile.TemporaryDirectory] = []


@cache
def folders() -> dict[str, str]:
    """The environment in which the explorer has the toys, those of tests.zoo, and three of Hugging Face's format."""
    kept = tempfile.TemporaryDirectory(prefix="fuzz-")
    _folders.append(kept)  # removed when the process ends
    own, models = Path(kept.name) / "pretrained", Path(kept.name) / "models"
    own.mkdir(), models.mkdir()
    for folder in [*(PRETRAINED / name for name in TOYS), *(zoo_folder() / name for name in OWN)]:
        (own / folder.name).symlink_to(folder)
    entries = []
    for name in ADDED:
        folder = name.removeprefix("folder:")
        whole_model(models / folder, folder)
        entries.append({"name": name, "source": "folder", "folder": folder, "bytes": 7})
    (models / "added.json").write_text(json.dumps({"models": entries}))
    return {"EXPLORER_PRETRAINED": str(own), "EXPLORER_MODELS": str(models)}


def open_at(page: str, address: dict[str, Any], **session: Any) -> AppTest:
    """The app after its first run at that address; ``session`` is what a visitor has typed."""
    assert pretrained_folder() != PRETRAINED, "the fixture `models` is missing"
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in session.items():
        app.session_state[key] = value
    for key, value in address.items():
        app.query_params[key] = value
    if page != "home":
        app.switch_page(f"explorer/pages/{page}.py")
    return app.run()


def assert_usable(app: AppTest) -> None:
    """No exception; a title; a picture or one sentence saying why there is none; every notice one plain sentence."""
    assert not app.exception, [each.stack_trace for each in app.exception]
    assert len(app.title) == 1, "the page has no title"
    shown = [*(each for kind in PICTURES for each in app.main.get(kind)), *app.main.subheader, *app.main.button]
    shown += [each for each in app.main.markdown if "|---" in each.value]
    refused = [each.value for each in (*app.main.warning, *app.main.error, *app.main.info)]
    assert shown or refused, "there is nothing on the page"
    for text in [*refused, *(each.value for each in app.caption if each.value.startswith(BEGINNINGS))]:
        assert_is_sentence(text)


BEGINNINGS = ("The address ", "In the address", "One change is left out", "There is no model")


def assert_is_sentence(text: str) -> None:
    """Short, in one line, with a full stop, and no trace of the program or of where it lies."""
    assert "\n" not in text.strip() and len(text) < 700, text[:1_000]
    assert text.rstrip().endswith((".", "?", "!", "`")), text
    for sign in ("Traceback", "Error(", "<class", "object at 0x", str(ROOT), "/tmp/"):
        assert sign not in text, text
