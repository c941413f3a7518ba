"""Figures of a trained model on held-out text: BLEU, perplexity, masked-token accuracy."""

from __future__ import annotations

import math

import torch

from explorer.model.decoding import Memory, first_step, next_step
from explorer.model.tokenizer import BOS, EOS, PAD, TextTokenizer
from explorer.model.transformer import Transformer
from explorer.training.data import IGNORE, _padded
from explorer.training.loop import validation_loss


@torch.inference_mode()
def translate_greedily(model: Transformer, tokenizer: TextTokenizer, lines: list[str], batch_size: int = 64) -> list[str]:
    """Translate lines, sorted by length into batches and returned in their own order."""
    device = next(model.parameters()).device
    bos, eos, pad = (tokenizer.id_of(name) for name in (BOS, EOS, PAD))
    sources = [[*tokenizer.encode(line), eos] for line in lines]
    order = sorted(range(len(lines)), key=lambda i: len(sources[i]))
    translations = [""] * len(lines)
    for start in range(0, len(order), batch_size):
        group = order[start : start + batch_size]
        source, real = (t.to(device) for t in _padded([sources[i] for i in group], pad))
        mask = real[:, None, None, :]
        memory = Memory(model.encoder(source, mask).output, mask)
        step = first_step(model, torch.full((len(group), 1), bos, device=device), memory)
        written = []
        for _ in range(min(2 * source.shape[1] + 10, model.config.max_len - 1)):
            token = step.logits[:, -1].argmax(-1, keepdim=True)
            written.append(token)
            if (torch.cat(written, 1) == eos).any(1).all():
                break
            step = next_step(model, token, step)
        for i, row in zip(group, torch.cat(written, 1).tolist(), strict=True):
            translations[i] = tokenizer.decode(row[: row.index(eos)] if eos in row else row)
    return translations


def bleu(translations: list[str], references: list[str]) -> tuple[float, str]:
    """Corpus BLEU of cased, detokenised text and its signature (Post 2018, sacrebleu)."""
    from sacrebleu.metrics import BLEU  # slow to import, and only wanted here

    metric = BLEU()
    score = metric.corpus_score(translations, [references]).score
    return score, str(metric.get_signature())


def perplexity(model: Transformer, data, n_tokens: int, device: torch.device) -> float:
    """exp of the mean cross entropy per token."""
    return math.exp(validation_loss(model, data, n_tokens, device))


@torch.inference_mode()
def masked_accuracy(model: Transformer, data, n_tokens: int, device: torch.device) -> float:
    """Share of hidden tokens that the model names first; the masks follow from a fixed seed."""
    right = count = 0
    for batch in data.batches(n_tokens, torch.Generator().manual_seed(0)):
        batch = batch.to(device)
        hidden = batch.targets != IGNORE
        guesses = model(batch.tokens, tokens_mask=batch.tokens_mask).logits.argmax(-1)
        right += int((guesses == batch.targets)[hidden].sum())
        count += int(hidden.sum())
    return right / count
