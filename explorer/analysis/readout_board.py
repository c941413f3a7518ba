"""The numbers of one factor as a board: the state, the logits, the softmax, and the logs of all factors so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.analysis.board import COLUMN, ROW, Block, Board, Line
from explorer.analysis.place import number
from explorer.analysis.readout import Readout

SMALLEST_LOG = -87.0  # exp of it is still a float32 with all its digits


def readout_board(readout: Readout) -> Board:
    """The numbers of one factor; its probability is what is asked about first."""
    row = Block(
        "e",
        "E_t",
        readout.weights.matrix[readout.token],
        "signed",
        (COLUMN,),
        lit=False,
        words="the row of the output matrix that belongs to this token",
    )
    lines = (*_state_lines(readout), Line(("·", row)), _table(readout), *_numbers(readout), *_text_lines(readout))
    names = [block.name for block in Board(lines).blocks]
    return Board(lines, (names.index("p"), readout.tokens.index(readout.token), 0))


def _state_lines(readout: Readout) -> list[Line]:
    """The last state, and what the model makes of it before the output matrix."""
    way, i = readout.way, readout.position

    def block(name: str, label: str, values: np.ndarray, words: str) -> Block:
        return Block(name, label, values[i], "signed", (COLUMN,), words=f"{words}, position {i + 1}")

    lines = [Line((block("h", "h_i", way.h.values, way.h.words),))]
    if way.dense is not None:
        t = block("t", "t_i", way.dense.values, "the last state, through the output layer")
        g = block("g", "g_i", way.normed.values, way.normed.words)
        lines += [Line(("→", t), "The output layer: t = f(W h + b)"), Line(("→", g), "Its norm: g = LN(t)")]
    if way.scaled is not None:
        u = block("u", "u_i", way.scaled.values, way.scaled.words)
        lines.append(Line(("→", u), "Divided by √d"))
    return lines


def _table(readout: Readout) -> Line:
    """One row per token: its logit, and the softmax step by step."""
    ids = list(readout.tokens)
    z = readout.logits[ids]
    shifted = z - readout.logits.max()
    mark = (readout.tokens.index(readout.token), -1)

    def column(name: str, label: str, values: np.ndarray, role: str, words: str, **more: Any) -> Block:
        values = np.asarray(values, dtype=np.float32)[:, None]
        return Block(name, label, values, role, (ROW,), mark=mark, words=words, **more)

    return Line(
        (
            column("z", "z_t", z, "signed", "logits", rows=readout.labels),
            column("shifted", "z_t − max", shifted, "signed", "logits minus the largest"),
            column("exponential", "e_t", np.exp(shifted), "weight", "exponentials"),
            column("p", "p_t", np.exp(readout.log_p[ids]), "weight", "probabilities"),
        ),
        "One row per token; the one that was taken is marked",
    )


def _numbers(readout: Readout) -> tuple[Line, Line]:
    """What the softmax of all tokens needs, and what the ledger's row shows."""
    factors, i = readout.text.factors, readout.factor
    total = np.exp(readout.logits - readout.logits.max()).sum()
    log_p, entropy = factors.log_p[i] / readout.unit, factors.entropy[i] / readout.unit
    softmax = (
        number("largest", "max z", readout.logits.max(), (), "the largest logit", lit=False),
        number("total", "Σ_t e_t", total, (), "the sum of all exponentials", lit=False),
    )
    row = (
        number("log_p", "log p", log_p, (), f"logarithm of the probability, in {_unit(readout)}"),
        number("rank", "rank", factors.rank[i], (), "rank: 1 is the first choice", role="count"),
        number("entropy", "H_i", entropy, (), f"entropy of the distribution, in {_unit(readout)}"),
    )
    return Line(softmax), Line(row, f"Row {i + 1} of the ledger: logarithm, rank and entropy, in {_unit(readout)}")


def _text_lines(readout: Readout) -> list[Line]:
    """The logs of all factors up to this one, and what they add up to; of a prompt's continuation by itself too."""
    text, stop = readout.text, readout.factor + 1
    lines = _so_far(readout, 0, stop, "All up to this one: the logarithms, and what they come to")
    if 0 < text.first < stop:
        lines += _so_far(readout, text.first, stop, "Those of the continuation alone, given the prompt")
    return lines


def _so_far(readout: Readout, start: int, stop: int, caption: str) -> list[Line]:
    part, at, product = readout.text.factors.part(start, stop), (start, stop), readout.text.is_product
    logs = (part.log_p / readout.unit).astype(np.float32)
    pseudo = "" if product else "pseudo-"
    words = "sum of the logarithms" if product else "pseudo-log-likelihood"
    sums: list[Block | str] = [
        "Σ",
        number("sum", "Σ log p" if product else "PLL", part.total_log_p / readout.unit, at, words),
        number("perplexity", "PPL", part.perplexity, at, f"{pseudo}perplexity of these tokens"),
        number("bits", "bits/token", part.bits_per_token, at, "bits per token"),
    ]
    if product and part.total_log_p > SMALLEST_LOG:  # the last, so that the others keep their places
        sums.append(number("product", "Π p", np.exp(part.total_log_p), at, "product of the factors"))
    strip = Block("log", "log p", logs, "signed", (start, COLUMN), lit=False, words="logarithms of the factors")
    return [Line((strip,), caption), Line(tuple(sums))]


def _unit(readout: Readout) -> str:
    return "bits" if readout.bits else "nats"
