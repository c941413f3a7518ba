"""The shape of a Transformer, as one frozen dataclass of plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any

ARCHITECTURES = ("encoder-decoder", "decoder", "encoder")
NORM_POSITIONS = ("post", "pre")
NORMS = ("layer", "rms")
ACTIVATIONS = ("relu", "gelu", "gelu_tanh", "silu", "quick_gelu", "tanh")
POSITIONS = ("sinusoidal", "sinusoidal-halves", "sinusoidal-board", "learned", "relative", "none")


@dataclass(frozen=True)
class TransformerConfig:
    """Everything that decides the shapes and the formulas of one Transformer.

    The symbols of the lecture: ``s = n_heads``, ``d = d_model``, ``m = d_k``, ``l = d_v``.

    Raises
    ------
    ValueError
        If a value is out of its range or two values contradict each other; the message holds the numbers.
    """

    architecture: str  # "encoder-decoder" (Vaswani et al. 2017), "decoder" (GPT) or "encoder" (BERT)
    vocab_size: int  # tokens that can be read and predicted (for an encoder-decoder: the target's)
    source_vocab_size: int = 0  # encoder-decoder only; 0 means source and target share one vocabulary and embedding
    d_model: int = 128  # width of the residual stream: every x_i is in R^d
    n_heads: int = 4  # s, the number of heads in each attention layer
    d_k: int = 32  # m, the size of each q and k; free, not tied to d_model / n_heads
    d_v: int = 32  # l, the size of each v; free, and need not equal d_k
    d_ff: int = 256  # width of the feed-forward network's hidden layer
    n_encoder_layers: int = 0  # 0 exactly when the architecture has no encoder
    n_decoder_layers: int = 0  # 0 exactly when the architecture has no decoder
    max_len: int = 128  # positions the model was built for; a longer text is refused, never cut
    norm_position: str = "post"  # "post": LN(x + f(x)), the paper; "pre": x + f(LN(x)), GPT-2 and later
    norm: str = "layer"  # "layer" (mean and variance) or "rms" (root mean square, no mean, no bias)
    norm_eps: float = 1e-5  # keeps the division in the norm finite
    final_norm: bool = False  # one more norm after the last block; pre-norm stacks need it, torch.nn.Transformer has it
    activation: str = "relu"  # f between the feed-forward layers, see explorer.model.activations
    ff_gate: bool = False  # f(W_1 x) is multiplied by W_3 x, as in T5 1.1 (Shazeer 2020)
    attention_bias: bool = False  # biases b_Q, b_K, b_V, b_O; the paper and the board have none
    ff_bias: bool = True  # biases b_1, b_2 of the feed-forward network (paper, equation 2)
    norm_bias: bool = True  # the bias of each layer norm ("rms" never has one)
    output_bias: bool = False  # a bias on the logits, as in BERT
    positions: str = "sinusoidal"  # added to embeddings (explorer.model.position_codes), or to scores: "relative"
    position_offset: int = 0  # "learned" only: position i has row i + offset of the table, as in RoBERTa and BART
    relative_buckets: int = 32  # "relative" only: how many kinds of distance have a bias of their own (T5)
    relative_max_distance: int = 128  # "relative" only: from this distance on all are of one kind
    n_segments: int = 0  # segment embeddings as in BERT, of which a single text has the first; 0 for none
    embedding_norm: bool = False  # a norm over the sum of embeddings before the first block, as in BERT and BART
    embedding_scale: bool = True  # multiply token embeddings by sqrt(d_model) (paper, section 3.4)
    tied_embeddings: bool = True  # the output matrix is the (target) embedding matrix (paper, section 3.4)
    dropout: float = 0.0  # of embeddings and of sublayers' outputs (paper, section 5.4); training only, as the next
    attention_dropout: float = 0.0  # of attention weights, as in GPT-2 and BERT; a model on screen is in eval mode
    bottleneck: bool = False  # encoder-decoder only: the decoder sees one vector, the mean of the encoder's output
    scale_scores: bool = True  # divide q.k by sqrt(d_k) (paper, equation 1)
    unembedding: bool = True  # False: a stack without logits, as a BERT whose masked-word head is not in its file
    output_transform: str = "none"  # BERT's LN(f(W x + b)) before the unembedding: "none", or which f
    output_scale: bool = False  # the last state is divided by sqrt(d_model) before the unembedding (T5)
    suppressed_tokens: tuple[int, ...] = ()  # ids that decoding never writes, whatever their logits (Marian's padding)

    def __post_init__(self) -> None:
        self._require_choice("architecture", ARCHITECTURES)
        self._require_choice("norm_position", NORM_POSITIONS)
        self._require_choice("norm", NORMS)
        self._require_choice("activation", ACTIVATIONS)
        self._require_choice("positions", POSITIONS)
        self._require_choice("output_transform", ("none", *ACTIVATIONS))
        for name in ("vocab_size", "d_model", "n_heads", "d_k", "d_v", "d_ff", "max_len"):
            self._require_int(name, minimum=1)
        for name in ("source_vocab_size", "n_encoder_layers", "n_decoder_layers", "position_offset", "n_segments"):
            self._require_int(name, minimum=0)
        for field in fields(self):
            if field.type == "bool" and not isinstance(getattr(self, field.name), bool):
                raise ValueError(f"{field.name} must be true or false, not {getattr(self, field.name)!r}")
        for name in ("dropout", "attention_dropout"):
            value = getattr(self, name)
            if not _is_number(value) or not 0.0 <= value < 1.0:
                raise ValueError(f"{name} must be at least 0 and below 1, not {value!r}")
        if not _is_number(self.norm_eps) or not 0.0 < self.norm_eps < float("inf"):
            raise ValueError(f"norm_eps must be a finite number above 0, not {self.norm_eps!r}")
        if self.has_encoder != (self.n_encoder_layers > 0) or self.has_decoder != (self.n_decoder_layers > 0):
            raise ValueError(
                f"architecture {self.architecture!r} needs {'at least 1' if self.has_encoder else '0'} encoder and "
                f"{'at least 1' if self.has_decoder else '0'} decoder layers, "
                f"not n_encoder_layers={self.n_encoder_layers} and n_decoder_layers={self.n_decoder_layers}"
            )
        if self.source_vocab_size and self.architecture != "encoder-decoder":
            raise ValueError(
                f"source_vocab_size={self.source_vocab_size} needs architecture 'encoder-decoder', "
                f"not {self.architecture!r}, which reads one text only"
            )
        if self.bottleneck and self.architecture != "encoder-decoder":
            raise ValueError(
                f"bottleneck=True needs architecture 'encoder-decoder', not {self.architecture!r}, "
                "which has no decoder that looks at an encoder"
            )
        self._check_positions()
        self._check_output()

    @property
    def has_encoder(self) -> bool:
        return self.architecture != "decoder"

    @property
    def has_decoder(self) -> bool:
        return self.architecture != "encoder"

    @property
    def has_cross_attention(self) -> bool:
        return self.architecture == "encoder-decoder"

    @property
    def score_scale(self) -> float:
        """What q.k is multiplied by before the softmax: 1/sqrt(d_k), or 1 with ``scale_scores=False``."""
        return self.d_k**-0.5 if self.scale_scores else 1.0

    def to_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TransformerConfig:
        """Build a config from plain values; an unknown or missing name raises ValueError naming it."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            close = get_close_matches(unknown[0], known, n=1)
            raise ValueError(f"unknown field {unknown[0]!r}" + (f": did you mean {close[0]!r}" if close else ""))
        if missing := [name for name in ("architecture", "vocab_size") if name not in values]:
            raise ValueError(f"field {missing[0]!r} is missing")
        if isinstance(tokens := values.get("suppressed_tokens"), list):  # JSON has no tuples
            values = {**values, "suppressed_tokens": tuple(tokens)}
        return cls(**values)

    def _check_positions(self) -> None:
        if self.position_offset and self.positions != "learned":
            raise ValueError(
                f"position_offset={self.position_offset} needs positions 'learned', not {self.positions!r}"
            )
        if self.positions == "relative":
            self._require_int("relative_buckets", minimum=4)
            if self.relative_buckets % 4:
                raise ValueError(f"relative_buckets={self.relative_buckets} must be divisible by 4")
            self._require_int("relative_max_distance", minimum=self.relative_buckets // 2 + 1)
        if self.positions.startswith("sinusoidal") and self.d_model % 2:
            raise ValueError(f"sinusoidal positions pair sines with cosines: d_model={self.d_model} must be even")

    def _check_output(self) -> None:
        if not self.unembedding and (self.has_decoder or self.output_transform != "none" or self.output_bias):
            raise ValueError("a model without unembedding is an encoder without output_transform and output_bias")
        tokens = self.suppressed_tokens
        if not isinstance(tokens, tuple) or not all(type(t) is int and 0 <= t < self.vocab_size for t in tokens):
            raise ValueError(f"suppressed_tokens must be ids below vocab_size={self.vocab_size}, not {tokens!r}")

    def _require_choice(self, name: str, choices: tuple[str, ...]) -> None:
        if getattr(self, name) not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")

    def _require_int(self, name: str, minimum: int) -> None:
        value = getattr(self, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise ValueError(f"{name} must be a whole number of at least {minimum}, not {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
