"""The loss and its gradient, some positions at a time.

The logits of a whole batch are by far its largest tensor (4,096 positions x 10,000 tokens: 164 MB), and autograd would
write and read it a dozen times. Here the loss is differentiated by hand, on pieces: on a CPU they stay in its cache; a
GPU is fast only on large ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.model.transformer import Transformer
from explorer.training.data import IGNORE, Batch

PIECE = 128  # positions, on a CPU
GPU_PIECE = 16_384  # positions, on a GPU


def backward(
    model: Transformer, batch: Batch, label_smoothing: float = 0.0, consistency: float = 0.0, bfloat16: bool = False
) -> float:
    """Add the gradient of a batch's mean loss per predicted token to the parameters' ``.grad``; return that loss.

    The loss at one position, with p = softmax(logits), target t and V tokens, is cross entropy with label smoothing
    (Szegedy et al. 2016, section 7; Vaswani et al. 2017, section 5.4), in nats:

        CE(p) = -(1 - eps) log p_t - eps / V sum_v log p_v

    With ``consistency`` alpha > 0 each text is read twice, p and r differing by what dropout removed, and the two must
    agree (R-Drop: Liang et al. 2021, equation 3):

        (CE(p) + CE(r)) / 2 + alpha / 4 (KL(p || r) + KL(r || p))

    Parameters
    ----------
    bfloat16 : bool
        Whether the products of matrices are computed with 8-bit mantissas; sums, norms and the loss never are.
    """
    if consistency:
        batch = batch.twice()
    predicted = batch.targets != IGNORE
    targets = batch.targets[predicted]
    device = targets.device.type
    with torch.autocast(device, torch.bfloat16, enabled=bfloat16):
        states = model.last_states(batch.tokens, batch.source, batch.tokens_mask, batch.source_mask)
    states = states[predicted]
    dtype = model.unembedding.weight.dtype
    leaf = states.detach().requires_grad_()
    readings = 2 if consistency else 1
    n = len(targets) // readings
    step = (PIECE if device == "cpu" else GPU_PIECE) // readings
    total = torch.zeros((), dtype=dtype, device=targets.device)
    for start in range(0, n, step):
        piece = slice(start, min(start + step, n))
        rows = torch.cat([leaf[i * n : (i + 1) * n][piece] for i in range(readings)])
        with torch.autocast(device, torch.bfloat16, enabled=bfloat16):
            logits = model.unembedding(rows)
        with torch.no_grad():
            loss, gradient = _loss_and_gradient(logits.to(dtype), targets[piece], label_smoothing, consistency)
            total += loss
        logits.backward(gradient.div_(n).to(logits.dtype))
    states.backward(leaf.grad)
    return total.item() / n


def _loss_and_gradient(logits: Tensor, targets: Tensor, label_smoothing: float, consistency: float):
    """The summed loss over the positions of ``targets`` and its gradient with respect to ``logits``.

    ``logits`` [reading * position, token]: one or two readings of the same positions, the second after the first.
    """
    n, vocab_size = len(targets), logits.shape[1]
    logs = logits.log_softmax(-1)
    weight = n / len(logits)  # 1, or 1/2 for each of two readings
    every = targets.repeat(len(logits) // n)[:, None]
    loss = -(1 - label_smoothing) * logs.gather(1, every).sum()
    if label_smoothing:
        loss -= label_smoothing / vocab_size * logs.sum()
    loss *= weight
    probabilities = logs.exp()
    gradient = probabilities if not consistency else probabilities.clone()
    gradient.sub_(label_smoothing / vocab_size).mul_(weight)
    gradient.scatter_add_(1, every, torch.full_like(every, -(1 - label_smoothing) * weight, dtype=gradient.dtype))
    if consistency:
        (p, r), difference = probabilities.split(n), logs[:n] - logs[n:]
        p_from_r = (p * difference).sum(-1, keepdim=True)  # KL(p || r)
        r_from_p = -(r * difference).sum(-1, keepdim=True)
        share = consistency / 4
        loss += share * (p_from_r.sum() + r_from_p.sum())
        # d KL(p || r) = p (log p - log r - KL) towards p's logits, and r - p towards r's; and the same exchanged.
        gradient[:n] += share * (p * (difference - p_from_r) + p - r)
        gradient[n:] += share * (r * (-difference - r_from_p) + r - p)
    return loss, gradient
