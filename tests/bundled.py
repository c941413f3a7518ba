"""The bundled models as tests need them: which there are, texts that each can read, and its own pass over a text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from explorer.model.catalogue import TOY, Entry, pretrained_folder, read_catalogue
from explorer.model.checkpoint import Checkpoint, load_checkpoint
from explorer.model.config import ARCHITECTURES
from explorer.model.kinds import attention_kinds, n_layers
from explorer.model.run import Run, run

MODELS: dict[str, Entry] = read_catalogue(pretrained_folder())[0]
KINDS = [(name, kind) for name, entry in MODELS.items() for kind in attention_kinds(entry.config)]


def first(architecture: str) -> str:
    """The first model of an architecture in the list: never a toy."""
    return next(name for name, entry in MODELS.items() if entry.config.architecture == architecture)


def _is_telling(entry: Entry) -> bool:
    return entry.name in map(first, ARCHITECTURES) or entry.about.n_parameters < TOY or entry.config.bottleneck


# Where each case takes seconds: of each architecture the first model and the toy, and the one-vector translator.
TELLING = [(name, kind) for name, kind in KINDS if _is_telling(MODELS[name])]
TELLING_MODELS = list(dict.fromkeys(name for name, _ in TELLING))


@dataclass(frozen=True)
class Texts:
    """Texts that a model can read."""

    repeated: str  # its words come twice
    short: str
    masked: str  # with two gaps, for a model that has a [MASK]
    too_long: str  # for any model's max_len
    target: str  # what a translator may be told to have said


PLAIN = Texts("Two dogs and two dogs", "A dog sees a cat.", "A [MASK] sees a [MASK].", "word " * 1_000, "Ein Hund.")
OF_WORDS = Texts("cat dog cat dog", "sun moon", "cat [MASK] [MASK] cat", "star " * 1_000, "moon sun")


@cache
def checkpoint_of(name: str) -> Checkpoint:
    return load_checkpoint(MODELS[name].folder)


def units(name: str) -> str:
    """What the model's tokens are: bytes (pieces of words), characters, or words."""
    return checkpoint_of(name).tokenizer.units


def texts(name: str) -> Texts:
    return OF_WORDS if units(name) == "words" else PLAIN


def text_key(name: str) -> str:
    """Where the text stands in the session and in the URL."""
    return "source" if MODELS[name].config.has_cross_attention else "text"


@cache
def run_of(name: str, text: str, target: str = "") -> Run:
    """The same pass, in this process, without the app; an encoder-decoder without a target writes its own."""
    if MODELS[name].config.has_cross_attention:
        return run(checkpoint_of(name), target, text)
    return run(checkpoint_of(name), text)


def last_head(name: str, kind: str) -> tuple[int, int]:
    """(layer, head) of the last head, counted from 1 as on the screen."""
    config = MODELS[name].config
    return n_layers(config, kind), config.n_heads
