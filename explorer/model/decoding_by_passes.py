"""Greedy decoding by one whole pass for each token: slower than with a cache, and for any model with a forward pass.

What an intervention changes holds in every pass: ``explorer.model.cached_decoder`` knows the models as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.model.decoding import without_suppressed
from explorer.model.transformer import Transformer


@torch.inference_mode()
def greedy_by_passes(
    model: Transformer, prefix: list[int], end: int | None, max_new: int, source: list[int] | None = None
) -> Iterator[int]:
    """The token with the largest logit, again and again, as ``explorer.model.decoding.greedy_tokens`` yields them.

    Parameters
    ----------
    prefix : list of int
        What the decoder has read; never empty.
    end : int
        The token that ends a text, and is yielded last; None: only ``max_new`` and the model's room end it.
    max_new : int
        The most tokens to write.
    source : list of int
        What the encoder of an encoder-decoder reads.
    """
    device = next(model.parameters()).device
    read, memory = list(prefix), None
    if source is not None:
        memory = model.encode(torch.tensor([source], device=device))[1]
    while len(read) <= model.config.max_len and max_new > 0:
        tokens = torch.tensor([read], device=device)
        state = model.decoder(tokens, torch.ones_like(tokens, dtype=torch.bool)[:, None, None], memory).output[0, -1]
        logits = model.unembedding(model.to_unembedding(state))
        token = int(without_suppressed(logits, model).argmax())
        yield token
        if token == end:
            return
        read.append(token)
        max_new -= 1
