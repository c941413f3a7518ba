"""Figures of a BERT: how often it names a hidden token first, and its pseudo-perplexity, beside simpler models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from explorer.model.catalogue import Figure
from explorer.model.checkpoint import Checkpoint
from explorer.model.padding import padded
from explorer.model.transformer import Transformer
from explorer.training.data import IGNORE, Batch, FillingData, read_files
from explorer.training.evaluation.neighbours import Gaps, Guesses, Neighbours
from explorer.training.evaluation.report import Keep, Watch, percent, table, unkept, unwatched
from explorer.training.made import PREFIX
from explorer.training.recipe import Recipe

SEED = 0  # of the masks
BATCH = 4096  # tokens read at once; which are hidden follows from it and SEED
HEAD = ("many hidden: first", "one hidden: first", "pseudo-perplexity")


def filling_figures(
    checkpoint: Checkpoint, recipe: Recipe, data_folder: Path, watch: Watch = unwatched, keep: Keep = unkept
) -> Iterator[str]:
    """A table, and what its figures are; ValueError if the data cannot be read, or is too short."""
    model, tokenizer = checkpoint.model, checkpoint.tokenizer
    train, data = (
        FillingData(read_files(data_folder, names), tokenizer, model.config.max_len)
        for names in (recipe.train, recipe.validation)
    )
    batches = list(data.batches(BATCH, torch.Generator().manual_seed(SEED)))
    if not batches:
        raise ValueError("The validation text is too short to hide anything in it")
    hidden, in_turn = hidden_gaps(batches), gaps_in_turn(data.sentences)
    neighbours = Neighbours(train.sentences, tokenizer.vocab_size, data.mask)
    fillers = {
        "unigram": neighbours.unigram,
        "bigram, left neighbour": neighbours.left,
        "bigram, both neighbours": neighbours.both,
    }
    figures = {name: (fill(hidden).n_right, fill(in_turn)) for name, fill in fillers.items()}
    figures[checkpoint.entry.name] = (count_right(model, batches, watch), guesses_in_turn(model, data, watch))
    n_hidden, n = len(hidden.target), len(in_turn.target)
    head = [f"validation: {len(data.sentences):,} sentences", *HEAD]
    rows = [
        [name, f"{n_right / n_hidden:.1%}", f"{one.n_right / n:.1%}", f"{math.exp(one.nats / n):.2f}"]
        for name, (n_right, one) in figures.items()
    ]
    yield from table(head, rows)
    n_right, one = figures[checkpoint.entry.name]
    if recipe.validation[0].startswith(PREFIX):
        # With many hidden, the mirror image of a word may be hidden too: then nobody can know the word.
        keep(
            Figure(
                "exactly right",
                percent(one.n_right, n),
                f"each word of {len(data.sentences):,} held-out texts, hidden alone",
            )
        )
    else:
        keep(
            Figure(
                "hidden tokens named first",
                percent(n_right, n_hidden),
                "15 % of the validation tokens, hidden together",
            )
        )
        keep(Figure("pseudo-perplexity", f"{math.exp(one.nats / n):.2f}", "each validation token, hidden alone"))
    yield f"(many hidden: {n_hidden:,} tokens, 15 % by a fixed seed, are hidden; of those 80 % are masked, 10 %"
    yield " replaced, 10 % left as they are; first: the hidden token is the most probable one; unigram and bigram see"
    yield " the same neighbours, and not what stands in the gap)"
    yield f"(one hidden: each of all {n:,} tokens is masked in turn, while the others of its sentence are seen)"
    yield "(unigram: add-one; bigram: interpolated modified Kneser-Ney; from the same training sentences)"


def hidden_gaps(batches: Sequence[Batch]) -> Gaps:
    """The tokens that ``batches`` hide, with their neighbours as the model sees them there: perhaps hidden too."""
    found = []
    for batch in batches:
        row, position = (batch.targets != IGNORE).nonzero(as_tuple=True)
        found.append([batch.tokens[row, position - 1], batch.tokens[row, position + 1], batch.targets[row, position]])
    return Gaps(*(torch.cat(part).numpy() for part in zip(*found, strict=True)))


def gaps_in_turn(sentences: Sequence[Sequence[int]]) -> Gaps:
    """Every token between the first and the last of its sentence, with its true neighbours."""
    triples = [triple for ids in sentences for triple in zip(ids, ids[2:], ids[1:], strict=False)]
    return Gaps(*np.array(triples).T)


@torch.inference_mode()
def count_right(model: Transformer, batches: Sequence[Batch], watch: Watch = unwatched) -> int:
    """How many of the hidden tokens the model finds most probable."""
    device = next(model.parameters()).device
    right = 0
    for batch in watch(batches, "hidden tokens"):
        batch = batch.to(device)
        guesses = model(batch.tokens, tokens_mask=batch.tokens_mask).logits.argmax(-1)
        right += int((guesses == batch.targets)[batch.targets != IGNORE].sum())
    return right


@torch.inference_mode()
def guesses_in_turn(model: Transformer, data: FillingData, watch: Watch = unwatched) -> Guesses:
    """Every token of every sentence masked in turn (Salazar et al. 2020, section 2): what the model says of it.

    pseudo-perplexity = exp( -1/N sum_i log p(w_i | the sentence with w_i masked) ), over the N tokens of all sentences
    """
    device = next(model.parameters()).device
    places = [(ids, i) for ids in sorted(data.sentences, key=len) for i in range(1, len(ids) - 1)]
    n_right, nats = 0, 0.0
    for group in watch(_groups(places), "each token in turn"):
        masked = [[*ids[:i], data.mask, *ids[i + 1 :]] for ids, i in group]
        tokens, real = (tensor.to(device) for tensor in padded(masked, data.pad))
        states = model.last_states(tokens, tokens_mask=real)
        at = torch.tensor([i for _, i in group], device=device)
        log_p = model.unembedding(states[torch.arange(len(group), device=device), at]).log_softmax(-1)
        target = torch.tensor([ids[i] for ids, i in group], device=device)
        n_right += int((log_p.argmax(-1) == target).sum())
        nats -= log_p.gather(1, target[:, None]).sum().item()
    return Guesses(n_right, nats)


def _groups(places: list[tuple[list[int], int]]) -> list[list[tuple[list[int], int]]]:
    """Batches of about BATCH tokens; the sentences are in order of length."""
    groups, group = [], []
    for place in places:
        if group and len(place[0]) * (len(group) + 1) > BATCH:
            groups.append(group)
            group = []
        group.append(place)
    return [*groups, group] if group else groups
