"""Figures of a trained model on held-out text: BLEU, perplexity, masked-token accuracy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.nn import functional

from explorer.model.checkpoint import Checkpoint
from explorer.model.decoding import encode, first_step, next_step
from explorer.model.run import max_target
from explorer.model.tokenizer import BOS, EOS, PAD, TextTokenizer
from explorer.model.transformer import Transformer
from explorer.training.data import IGNORE, FillingData, padded, read_files
from explorer.training.recipe import Recipe

TEST_SET = "test_2016_flickr"  # Multi30k's first test set, the one that most publications report


def evaluate(checkpoint: Checkpoint, recipe: Recipe, data_folder: Path) -> Iterator[str]:
    """The figures of a model on its recipe's held-out text, one line of words each, as soon as it is there.

    Raises
    ------
    ValueError
        If the recipe trains another architecture, or its data cannot be read.
    """
    model, tokenizer = checkpoint.model, checkpoint.tokenizer
    architecture, trained = checkpoint.entry.config.architecture, recipe.config(tokenizer.vocab_size).architecture
    if architecture != trained:
        raise ValueError(
            f"{checkpoint.entry.name} is of architecture {architecture!r}; {recipe.name} trains {trained!r}"
        )
    if recipe.task == "translate":
        # The test set lies beside the validation set, under its published name.
        tests = tuple(name.replace("val.", f"{TEST_SET}.") for name in recipe.validation)
        for names, title in {recipe.validation: "validation", tests: TEST_SET}.items():
            lines, references = read_files(data_folder, names)
            score, signature = bleu(translate_greedily(model, tokenizer, lines), references)
            yield f"{title}: BLEU {score:.2f} on {len(lines)} sentences ({signature}), greedy, cased, detokenised"
    elif recipe.task == "continue":
        (lines,) = read_files(data_folder, recipe.validation)
        per_token, per_word = perplexities(model, tokenizer, lines)
        yield f"validation: perplexity {per_token:.2f} per token, {per_word:.2f} per word, on {len(lines)} sentences"
        yield "(each sentence alone; words are what stands between spaces; a sentence's end is one token and one word)"
    else:
        data = FillingData(read_files(data_folder, recipe.validation), tokenizer, model.config.max_len)
        right, count = masked_accuracy(model, data, recipe.tokens_per_update)
        n = len(data.sentences)
        yield f"validation: {right / count:.1%} of {count} hidden tokens named first, in {n} sentences"
        yield "(15 % of the tokens hidden, by a fixed seed; of those 80 % masked, 10 % replaced, 10 % left as they are)"


@torch.inference_mode()
def translate_greedily(
    model: Transformer, tokenizer: TextTokenizer, lines: list[str], batch_size: int = 64
) -> list[str]:
    """Translate lines, sorted by length into batches and returned in their own order."""
    device = next(model.parameters()).device
    bos, eos, pad = (tokenizer.id_of(name) for name in (BOS, EOS, PAD))
    sources = [[*tokenizer.encode(line), eos] for line in lines]
    order = sorted(range(len(lines)), key=lambda i: len(sources[i]))
    translations = [""] * len(lines)
    for start in range(0, len(order), batch_size):
        group = order[start : start + batch_size]
        source, real = (tensor.to(device) for tensor in padded([sources[i] for i in group], pad))
        step, read = None, torch.full((len(group), 1), bos, device=device)
        memory, written = encode(model, source, real), read[:, :0]
        for _ in range(max_target(source.shape[1], model.config.max_len)):
            step = next_step(model, read, step) if step else first_step(model, read, memory)
            read = step.logits[:, -1].argmax(-1, keepdim=True)
            written = torch.cat((written, read), dim=1)
            if (written == eos).any(1).all():
                break
        for i, row in zip(group, written.tolist(), strict=True):
            translations[i] = tokenizer.decode(row[: row.index(eos)] if eos in row else row).strip()
    return translations


def bleu(translations: list[str], references: list[str]) -> tuple[float, str]:
    """Corpus BLEU of cased, detokenised text and its signature (Post 2018, sacrebleu); ValueError without sacrebleu."""
    try:
        from sacrebleu.metrics import BLEU  # slow to import, and only wanted here
    except ModuleNotFoundError:
        raise ValueError("BLEU needs the package sacrebleu: pip install -r requirements-dev.txt") from None
    metric = BLEU()
    score = metric.corpus_score(translations, [references]).score
    return score, str(metric.get_signature())


@torch.inference_mode()
def perplexities(
    model: Transformer, tokenizer: TextTokenizer, lines: list[str], batch_size: int = 64
) -> tuple[float, float]:
    """Perplexity per token and per word of a GPT: exp of the total cross entropy over the number of either.

    Each line is read by itself, [BOS] before it; its [EOS] is predicted too, and counts as a token and as a word.
    ValueError if there is no line to read.
    """
    device = next(model.parameters()).device
    bos, eos = tokenizer.id_of(BOS), tokenizer.id_of(EOS)
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise ValueError("There is no sentence to read")
    sentences = sorted(([bos, *ids, eos] for ids in tokenizer.encode_lines(lines)), key=len)
    nats = 0.0
    for start in range(0, len(sentences), batch_size):
        ids, real = (tensor.to(device) for tensor in padded(sentences[start : start + batch_size], eos))
        targets = ids[:, 1:].masked_fill(~real[:, 1:], IGNORE)
        logits = model(ids[:, :-1], tokens_mask=real[:, :-1]).logits
        nats += functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE, reduction="sum"
        ).item()
    n_tokens = sum(len(sentence) - 1 for sentence in sentences)
    n_words = sum(len(line.split()) + 1 for line in lines)
    return math.exp(nats / n_tokens), math.exp(nats / n_words)


@torch.inference_mode()
def masked_accuracy(model: Transformer, data: FillingData, n_tokens: int) -> tuple[int, int]:
    """How many hidden tokens the model names first, and how many there are; the masks follow from a fixed seed.

    ValueError if nothing was hidden.
    """
    device = next(model.parameters()).device
    right = count = 0
    for batch in data.batches(n_tokens, torch.Generator().manual_seed(0)):
        batch = batch.to(device)
        hidden = batch.targets != IGNORE
        guesses = model(batch.tokens, tokens_mask=batch.tokens_mask).logits.argmax(-1)
        right += int((guesses == batch.targets)[hidden].sum())
        count += int(hidden.sum())
    if not count:
        raise ValueError("The validation text is too short to hide anything in it")
    return right, count
