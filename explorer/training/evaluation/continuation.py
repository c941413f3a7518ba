"""Figures of a GPT: perplexity, beside a language model of counts that predicts exactly the same tokens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch.nn import functional

from explorer.model.catalogue import Figure
from explorer.model.checkpoint import Checkpoint
from explorer.model.decoding import greedy_tokens
from explorer.model.padding import padded
from explorer.model.tokenizer import BOS, EOS, TextTokenizer
from explorer.model.transformer import Transformer
from explorer.training.data import IGNORE, read_files, read_text, split_stream
from explorer.training.evaluation.kneser_ney import KneserNey
from explorer.training.evaluation.report import Keep, Watch, percent, table, unkept, unwatched
from explorer.training.made import PREFIX
from explorer.training.recipe import Recipe

Sentences = list[list[int]]  # each starts with [BOS], which is read and not predicted

BATCH = 64  # sentences
SENTENCE_ORDER = 5  # of the n-grams, where tokens are pieces of words
CHARACTER_ORDERS = (5, 8)  # and where they are characters
VERSES = 3  # of the made-up song: they are alike, so that after the first one every word is certain


def continuation_figures(
    checkpoint: Checkpoint, recipe: Recipe, data_folder: Path, watch: Watch = unwatched, keep: Keep = unkept
) -> Iterator[str]:
    """A table, and what its figures are; ValueError if the data cannot be read."""
    if checkpoint.tokenizer.units == "characters":
        yield from _of_a_stream(checkpoint, recipe, data_folder, watch, keep)
    elif recipe.validation[0].startswith(PREFIX):
        yield from _of_sentences(checkpoint, recipe, data_folder, watch, unkept)
        yield from _exactness(checkpoint, recipe, data_folder, watch, keep)
    else:
        yield from _of_sentences(checkpoint, recipe, data_folder, watch, keep)


def _of_sentences(checkpoint: Checkpoint, recipe: Recipe, data_folder: Path, watch: Watch, keep: Keep) -> Iterator[str]:
    tokenizer = checkpoint.tokenizer
    (lines,), (train_lines,) = (read_files(data_folder, names) for names in (recipe.validation, recipe.train))
    lines = [line for line in lines if line.strip()]
    sentences = read_sentences(tokenizer, lines)
    counts = KneserNey(read_sentences(tokenizer, train_lines), SENTENCE_ORDER, tokenizer.vocab_size, watch)
    nats = {
        f"Kneser-Ney {SENTENCE_ORDER}-gram": -counts.log_probabilities(sentences).sum(),
        checkpoint.entry.name: total_nats(checkpoint.model, sentences, watch),
    }
    n_tokens = sum(len(sentence) - 1 for sentence in sentences)
    n_words = sum(len(line.split()) + 1 for line in lines)
    head = [f"validation: perplexity on {len(lines):,} sentences", "per token", "per word"]
    rows = [[name, *(f"{math.exp(total / n):.2f}" for n in (n_tokens, n_words))] for name, total in nats.items()]
    yield from table(head, rows)
    for unit, value in zip(head[1:], rows[-1][1:], strict=True):
        keep(Figure(f"perplexity {unit}", value, f"{len(lines):,} validation sentences"))
    yield f"(each sentence alone; {n_tokens:,} tokens, the same for both; {n_words:,} words, which are what stands"
    yield " between spaces; a sentence's end is predicted too, and is one token and one word)"
    yield "(Kneser-Ney: interpolated, modified, from the same training sentences in the same tokens)"


def _exactness(checkpoint: Checkpoint, recipe: Recipe, data_folder: Path, watch: Watch, keep: Keep) -> Iterator[str]:
    """How often the model, given the first verse of a made-up song, writes all the others and the end."""
    (lines,) = read_files(data_folder, recipe.validation)
    sentences = read_sentences(checkpoint.tokenizer, lines)
    right = 0
    for ids in watch(sentences, "verses"):
        given = 1 + (len(ids) - 2) // VERSES
        right += list(greedy_tokens(checkpoint.model, ids[:given], ids[-1], len(ids) - given)) == ids[given:]
    row = ["given the first verse, greedy", f"{right:,}", f"{right / len(lines):.1%}"]
    yield from table([f"validation: songs, {len(lines):,}", "exactly right", "share"], [row])
    keep(Figure("exactly right", percent(right, len(lines)), f"{len(lines):,} held-out texts, given their first verse"))


def _of_a_stream(checkpoint: Checkpoint, recipe: Recipe, data_folder: Path, watch: Watch, keep: Keep) -> Iterator[str]:
    tokenizer, max_len = checkpoint.tokenizer, checkpoint.entry.config.max_len
    train, held_out = (
        windows(text, tokenizer, max_len) for text in split_stream(read_text(data_folder / recipe.train[0]))
    )
    n_characters = sum(len(window) - 1 for window in held_out)
    nats = {}
    for order in CHARACTER_ORDERS:
        counts = KneserNey(train, order, tokenizer.vocab_size, watch)
        nats[f"Kneser-Ney {order}-gram"] = -counts.log_probabilities(held_out).sum()
    nats[checkpoint.entry.name] = total_nats(checkpoint.model, held_out, watch)
    head = [f"validation: {n_characters:,} characters", "nats per character", "perplexity per character"]
    rows = [[name, f"{n / n_characters:.4f}", f"{math.exp(n / n_characters):.3f}"] for name, n in nats.items()]
    yield from table(head, rows)
    keep(Figure("nats per character", rows[-1][1], f"{n_characters:,} validation characters"))
    yield f"(the last 10 % of the text; each character once, in windows of {max_len}, at whose start nothing before"
    yield " is known; Kneser-Ney: interpolated, modified, from the first 90 % in such windows)"


def read_sentences(tokenizer: TextTokenizer, lines: Sequence[str]) -> Sentences:
    """[BOS] ids [EOS] for each line that has ids; ValueError if none has."""
    bos, eos = tokenizer.id_of(BOS), tokenizer.id_of(EOS)
    sentences = [[bos, *ids, eos] for ids in tokenizer.encode_lines(lines) if ids]
    if not sentences:
        raise ValueError("There is no sentence to read")
    return sentences


def windows(text: str, tokenizer: TextTokenizer, max_len: int) -> Sentences:
    """A text cut into pieces of ``max_len`` tokens, [BOS] before each; the last one may be shorter.

    ValueError if there is no text.
    """
    bos, ids = tokenizer.id_of(BOS), tokenizer.encode(text)
    if not ids:
        raise ValueError("There is no text to read")
    return [[bos, *ids[start : start + max_len]] for start in range(0, len(ids), max_len)]


@torch.inference_mode()
def total_nats(model: Transformer, sentences: Sentences, watch: Watch = unwatched) -> float:
    """-log p of every token after the first of its sentence, given those before it, all added up."""
    device = next(model.parameters()).device
    order = sorted(sentences, key=len)
    nats = 0.0
    for batch in watch([order[start : start + BATCH] for start in range(0, len(order), BATCH)], "perplexity"):
        ids, real = (tensor.to(device) for tensor in padded(batch, 0))
        targets = ids[:, 1:].masked_fill(~real[:, 1:], IGNORE)
        logits = model(ids[:, :-1], tokens_mask=real[:, :-1]).logits
        nats += functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE, reduction="sum"
        ).item()
    return nats
