"""Six tiny models with random weights and the parts that published models have: a GPT-2, a BERT, a T5 and so on.

``zoo_folder()`` is a folder of checkpoints for EXPLORER_PRETRAINED; by hand: ``python -m tests.zoo FOLDER``.
"""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from pathlib import Path

import torch

from explorer.model.catalogue import About, Entry, Example
from explorer.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from explorer.model.config import TransformerConfig
from explorer.model.run import Run, run
from explorer.model.tokenizer import NEEDED_TOKENS, PAD, TextTokenizer
from tests.golden.random_models import random_transformer

SIZES = {"n_heads": 3, "d_k": 5, "d_v": 7, "d_ff": 11, "max_len": 19}
PAIR = {"architecture": "encoder-decoder", "n_encoder_layers": 2, "n_decoder_layers": 2}
BERT = {
    "architecture": "encoder",
    "n_encoder_layers": 2,
    "d_model": 13,
    "positions": "learned",
    "activation": "gelu",
    "n_segments": 2,
    "embedding_norm": True,
    "attention_bias": True,
    "embedding_scale": False,
}
ANIMALS = ["cat", "dog", "fish", "bird", "sun", "moon", "star", "tree"]
WORDS = {  # how many words each model knows, besides its special tokens: vocabularies of prime sizes
    "gpt2": 22,
    "bert": 20,
    "t5": 27,
    "marian": 104,  # more tokens than the 100 up to which a vocabulary is shown as a whole
    "bart": 29,
    "bert-attention": 26,
}
OPTIONS = {
    "gpt2": {
        "architecture": "decoder",
        "n_decoder_layers": 2,
        "d_model": 13,
        "positions": "learned",
        "norm_position": "pre",
        "final_norm": True,
        "activation": "gelu_tanh",
        "attention_bias": True,
        "embedding_scale": False,
    },
    "bert": {**BERT, "output_transform": "gelu", "output_bias": True},
    "t5": {
        **PAIR,
        "d_model": 13,
        "positions": "relative",
        "relative_buckets": 8,
        "relative_max_distance": 11,
        "norm_position": "pre",
        "final_norm": True,
        "norm": "rms",
        "activation": "gelu_tanh",
        "ff_gate": True,
        "ff_bias": False,
        "embedding_scale": False,
        "scale_scores": False,
        "output_scale": True,
    },
    "marian": {
        **PAIR,
        "d_model": 14,
        "positions": "sinusoidal-halves",
        "activation": "silu",
        "attention_bias": True,
        "output_bias": True,
        "suppressed_tokens": (0,),
    },
    "bart": {
        **PAIR,
        "d_model": 13,
        "positions": "learned",
        "position_offset": 2,
        "embedding_norm": True,
        "activation": "gelu",
        "attention_bias": True,
        "embedding_scale": False,
        "output_bias": True,
    },
    "bert-attention": {**BERT, "unembedding": False},
}
NAMES = tuple(OPTIONS)
PAIRS = ("t5", "marian", "bart")
TEXT, TARGET, GAPS = "cat dog fish cat sun moon star", "moon sun cat dog star", "cat [MASK] fish [MASK] sun moon star"


def words_of(name: str) -> list[str]:
    """The words of a model's vocabulary: eight that texts are made of, and made-up ones."""
    n = WORDS[name]
    return [*ANIMALS, *(f"word{i}" for i in range(len(ANIMALS), n))]


def specials_of(name: str) -> tuple[str, ...]:
    needed = NEEDED_TOKENS[OPTIONS[name]["architecture"]]
    return (PAD, *needed) if name == "marian" else needed


def text_of(name: str) -> str:
    """A text that the model reads: for a BERT one with gaps; an encoder-decoder's source."""
    return GAPS if name in ("bert", "bert-attention") else TEXT


def config_of(name: str) -> TransformerConfig:
    vocab_size = len(specials_of(name)) + WORDS[name]
    return TransformerConfig(vocab_size=vocab_size, **SIZES, **OPTIONS[name])


def build(folder: Path) -> None:
    """Write all six checkpoints below ``folder``, in float32."""
    for seed, name in enumerate(NAMES, start=3):
        model = random_transformer(config_of(name), seed)
        tokenizer = TextTokenizer.train([" ".join(words_of(name))], model.config.vocab_size, specials_of(name), "words")
        examples = (Example(text_of(name), "random weights"),)
        about = About(
            f"Tiny {name}", "nothing: its weights are random", "public domain", model.n_parameters(), examples
        )
        save_checkpoint(folder / name, model, tokenizer, about, torch.float32)


@cache
def zoo_folder() -> Path:
    """The folder of the six, written once for all tests of this process."""
    kept = tempfile.TemporaryDirectory(prefix="zoo")
    _folders.append(kept)  # removed when the process ends
    build(Path(kept.name))
    return Path(kept.name)


@cache
def checkpoint_of(name: str) -> Checkpoint:
    return load_checkpoint(zoo_folder() / name)


def entry_of(name: str) -> Entry:
    return checkpoint_of(name).entry


@cache
def run_of(name: str, text: str = "", target: str = TARGET) -> Run:
    """The model's own pass over a text, ``text_of(name)`` unless given; an encoder-decoder is told its target."""
    text = text or text_of(name)
    return run(checkpoint_of(name), target, text) if name in PAIRS else run(checkpoint_of(name), text)


_folders: list[tempfile.TemporaryDirectory] = []

if __name__ == "__main__":
    build(Path(sys.argv[1]))
