"""How many numbers a Transformer learns: term by term, tensor by tensor, each with its formula.

Symbols: s = n_heads, d = d_model, m = d_k, l = d_v, n = the size of an attention layer's output (d again in a stack),
f = d_ff, V = vocab_size, N = max_len (the rows of learned position codes), T = n_segments, B = relative_buckets.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from explorer.model.config import TransformerConfig
from explorer.model.shapes import parameter_shapes


@dataclass(frozen=True)
class AttentionCount:
    """One attention layer without biases, all s heads, as the board counts it and exactly."""

    s: int
    d: int
    m: int
    l: int  # noqa: E741 (the board's letter)
    n: int

    @property
    def w_q(self) -> int:
        """W_Q: s matrices of m x d; W_K has as many."""
        return self.s * self.d * self.m

    @property
    def w_v(self) -> int:
        return self.s * self.d * self.l

    @property
    def w_o(self) -> int:
        """W_O: (l s) x n."""
        return self.l * self.s * self.n

    @property
    def exact(self) -> int:
        """s(2dm + dl) + l s n."""
        return 2 * self.w_q + self.w_v + self.w_o

    @property
    def board(self) -> int:
        """s(n^2 + dm + dl), as the board writes it."""
        return self.s * (self.n**2 + self.d * self.m + self.d * self.l)

    @property
    def once(self) -> int:
        """What the board leaves out, since it counts W_Q and W_K once: s d m."""
        return self.w_q

    @property
    def as_n(self) -> int:
        """What the board has too much, since it takes l = n in W_O: s n (n - l); negative where l > n."""
        return self.s * self.n * (self.n - self.l)


@dataclass(frozen=True)
class TensorCount:
    """One learned array."""

    name: str  # in the checkpoint: "decoder.blocks.0.attention.w_q.weight"
    shape: tuple[int, ...]
    formula: str  # LaTeX, in the symbols above: "s m d"

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def module(self) -> str:
        """The part that it belongs to: "decoder.blocks.0.attention"."""
        return _MODULE.match(self.name).group()


# What a tensor's name ends with, and its shape as a product; the first that matches counts.
_FORMULAS = (
    (r"encoder\.embedding\.token\.weight", "V_x d"),
    (r"embedding\.token\.weight", "V d"),
    (r"embedding\.position", "N d"),
    (r"embedding\.segment", "T d"),
    (r"position_bias\.weight", "B s"),
    (r"w_[qk]\.weight", "s m d"),
    (r"w_[qk]\.bias", "s m"),
    (r"w_v\.weight", "s l d"),
    (r"w_v\.bias", "s l"),
    (r"w_o\.weight", "d l s"),
    (r"w_[13]\.weight", "f d"),
    (r"w_[13]\.bias", "f"),
    (r"w_2\.weight", "d f"),
    (r"(w_[o2]|norm)\.(weight|bias)", "d"),
    (r"transform\.linear\.weight", "d d"),
    (r"transform\.linear\.bias", "d"),
    (r"unembedding\.weight", "V d"),
    (r"unembedding\.bias", "V"),
)
_MODULE = re.compile(r"unembedding|transform|(encoder|decoder)\.(embedding|norm|position_bias|blocks\.\d+\.\w+)")


def tensor_counts(config: TransformerConfig) -> tuple[TensorCount, ...]:
    """Every learned array of ``Transformer(config)``, in the model's order; a tied matrix counts once."""
    return tuple(TensorCount(name, shape, _formula(name, config)) for name, shape in parameter_shapes(config).items())


def symbols(config: TransformerConfig) -> dict[str, int]:
    """The value of each symbol in the formulas."""
    source = config.source_vocab_size or config.vocab_size
    return {
        "s": config.n_heads,
        "d": config.d_model,
        "m": config.d_k,
        "l": config.d_v,
        "f": config.d_ff,
        "V": config.vocab_size,
        "V_x": source,
        "N": config.max_len + config.position_offset,
        "T": config.n_segments,
        "B": config.relative_buckets,
    }


def _formula(name: str, config: TransformerConfig) -> str:
    found = next(formula for pattern, formula in _FORMULAS if re.search(pattern + "$", name))
    return found if config.source_vocab_size else found.replace("V_x", "V")
