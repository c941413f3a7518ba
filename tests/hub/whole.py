"""Whole small models in Hugging Face's format: random weights and a real tokenizer that fits them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from tests.hub.models import make
from tests.hub.tokenizer_folders import MAKE

KEPT = TemporaryDirectory(prefix="whole-models-")  # until this process ends


def whole_model(folder: Path, family: str, model_class: str | None = None, wide: int = 0) -> Path:
    """Write a model of one family into a folder; made once, copied afterwards. ``wide`` is d_ff of a large GPT-2."""
    return copytree(_made(family, model_class, wide), folder, dirs_exist_ok=True)


@cache
def _made(family: str, model_class: str | None, wide: int) -> Path:
    (folder := Path(KEPT.name) / f"{family} {model_class} {wide}").mkdir()
    MAKE[family](folder, "saved")
    said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    special = {key: value for key, value in said.items() if key.endswith("_token_id")}
    sizes = {"n_inner": wide, "n_positions": 97} if wide else {}
    make(family, 0, model_class, vocab_size=said["vocab_size"], **special, **sizes).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    return folder
