"""One Transformer, three architectures, from one set of parts (Vaswani et al. 2017, Figure 1).

encoder-decoder   the whole figure: translation
decoder           its right half without the attention over the encoder: GPT
encoder           its left half with logits on top: BERT
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.model.attention import MultiHeadAttention, causal_mask
from explorer.model.config import TransformerConfig
from explorer.model.layers import Block, CrossBlock, Embedding, FeedForward, make_norm
from explorer.model.position_codes import RelativePositions, make_position_bias
from explorer.model.readout import NoUnembedding, make_transform
from explorer.model.trace import DecoderTrace, EncoderDecoderTrace, EncoderTrace, StackTrace, TransformerTrace


@dataclass(frozen=True)
class Memory:
    """What the decoder of an encoder-decoder looks at."""

    states: Tensor  # [batch, source position, d_model]; with a bottleneck there is one position
    mask: Tensor  # [batch, 1, 1, source position], True for what is not padding

    def shared_by(self, n: int) -> Memory:
        """The memory of one source for ``n`` texts about it, without a copy."""
        return Memory(self.states.expand(n, -1, -1), self.mask.expand(n, -1, -1, -1))


class Encoder(nn.Module):
    """A stack in which every position looks at every position."""

    def __init__(self, config: TransformerConfig, vocab_size: int) -> None:
        super().__init__()
        self.embedding = Embedding(config, vocab_size)
        self.position_bias = make_position_bias(config, bidirectional=True)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_encoder_layers))
        self.norm = make_norm(config) if config.final_norm else nn.Identity()

    def forward(self, tokens: Tensor, mask: Tensor) -> StackTrace:
        """``tokens`` [batch, position]; ``mask`` [batch, 1, 1, key], True for tokens that are not padding."""
        beside = self.beside_x(tokens, mask)
        embedding = self.embedding(tokens)
        x, traces = embedding.output, []
        for block in self.blocks:
            traces.append(block(x, *beside))
            x = traces[-1].resid_post
        return StackTrace(embedding, tuple(traces), self.norm(x))

    def beside_x(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor | None, ...]:
        """What every block is given beside the states x."""
        n = tokens.shape[1]
        return mask.expand(-1, -1, n, -1), self.position_bias(n, n)


class Decoder(nn.Module):
    """A stack in which every position looks at itself and those before it, and at the encoder if there is one."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        make_block = CrossBlock if config.has_cross_attention else Block
        self.embedding = Embedding(config, config.vocab_size)
        self.position_bias = make_position_bias(config, bidirectional=False)
        self.blocks = nn.ModuleList(make_block(config) for _ in range(config.n_decoder_layers))
        self.norm = make_norm(config) if config.final_norm else nn.Identity()
        self.causal = True  # only explorer.model.changed takes the mask away, to show what it is there for

    def forward(self, tokens: Tensor, mask: Tensor, memory: Memory | None = None) -> StackTrace:
        """Run the decoder over ``tokens`` [batch, position].

        Parameters
        ----------
        mask : Tensor of bool [batch or 1, 1, 1, key]
            True for tokens that are not padding; the causal mask is added here.
        memory : Memory
            What the encoder has read; None for a GPT.
        """
        beside = self.beside_x(tokens, mask, memory)
        embedding = self.embedding(tokens)
        x, traces = embedding.output, []
        for block in self.blocks:
            traces.append(block(x, *beside))
            x = traces[-1].resid_post
        return StackTrace(embedding, tuple(traces), self.norm(x))

    def beside_x(self, tokens: Tensor, mask: Tensor, memory: Memory | None = None) -> tuple[Tensor | None, ...]:
        """What every block is given beside the states x."""
        n = tokens.shape[1]
        mask, position_bias = mask.expand(-1, -1, n, -1), self.position_bias(n, n)
        if self.causal:
            mask = mask & causal_mask(n, n, tokens.device)
        if memory is None:
            return mask, position_bias
        return mask, memory.states, memory.mask.expand(-1, -1, n, -1), position_bias


class Transformer(nn.Module):
    """The model. ``forward`` returns the whole trace; ``encode`` and ``decode`` are its two halves, for decoding."""

    def __init__(self, config: TransformerConfig, generator: torch.Generator | None = None) -> None:
        """Draw random weights, from torch's own generator unless one is given."""
        super().__init__()
        self.config = config
        if config.has_encoder:
            self.encoder = Encoder(config, config.source_vocab_size or config.vocab_size)
        if config.has_decoder:
            self.decoder = Decoder(config)
        if config.has_cross_attention and not config.source_vocab_size:
            self.decoder.embedding.token.weight = self.encoder.embedding.token.weight  # one vocabulary, one matrix
        self.transform = make_transform(config)
        # Where tied embeddings are not scaled on their way in, T5 scales on the way out (Raffel et al. 2020, its code).
        self.output_scale = config.d_model**-0.5 if config.output_scale else 1.0
        if config.unembedding:
            self.unembedding = nn.Linear(config.d_model, config.vocab_size, bias=config.output_bias)
        else:
            self.unembedding = NoUnembedding()
        if config.unembedding and config.tied_embeddings:
            top = self.decoder if config.has_decoder else self.encoder
            self.unembedding.weight = top.embedding.token.weight
        self._initialise(generator)

    def forward(
        self,
        tokens: Tensor,
        source: Tensor | None = None,
        tokens_mask: Tensor | None = None,
        source_mask: Tensor | None = None,
    ) -> TransformerTrace:
        """The whole forward pass.

        Parameters
        ----------
        tokens : Tensor of int [batch, position]
            What the decoder reads (encoder-decoder, decoder) or the encoder reads (encoder).
        source : Tensor of int [batch, source position]
            What the encoder reads; for an encoder-decoder only.
        tokens_mask, source_mask : Tensor of bool, the shape of ``tokens`` and ``source``
            True where the token is real, False where it is padding; by default everything is real.

        Raises
        ------
        ValueError
            If ``source`` is missing or not expected, or a text is empty or longer than ``max_len``.
        """
        encoder, memory, decoder = self._stacks(tokens, source, tokens_mask, source_mask)
        return self.unembed(encoder, memory, decoder)

    def unembed(
        self, encoder: StackTrace | None, memory: Memory | None, decoder: StackTrace | None
    ) -> TransformerTrace:
        """The whole trace from those of the stacks, None for what the architecture lacks."""
        last = self.to_unembedding((decoder or encoder).output)
        logits = self.unembedding(last)
        if decoder is None:
            return EncoderTrace(encoder, last, logits)
        if encoder is None:
            return DecoderTrace(decoder, last, logits)
        return EncoderDecoderTrace(encoder, memory.states, decoder, last, logits)

    def encode(self, source: Tensor, source_mask: Tensor | None = None) -> tuple[StackTrace, Memory]:
        """Run the encoder of an encoder-decoder over ``source`` [batch, source position]; the mask as in ``forward``.

        The memory is the encoder's output; with a bottleneck it is one vector, the mean over the n real positions:

            x̄ = 1/n sum_i encoder.output_i
        """
        mask = _padding_mask(source, source_mask)
        encoder = self.encoder(source, mask)
        return encoder, self.memory_of(encoder.output, mask)

    def memory_of(self, states: Tensor, mask: Tensor) -> Memory:
        """What the decoder sees of the encoder's output [batch, source position, d_model]."""
        if not self.config.bottleneck:
            return Memory(states, mask)
        real = mask[:, 0, 0, :, None].to(states.dtype)
        mean = (states * real).sum(1, keepdim=True) / real.sum(1, keepdim=True)
        return Memory(mean, torch.ones_like(mask[..., :1]))

    def last_states(
        self,
        tokens: Tensor,
        source: Tensor | None = None,
        tokens_mask: Tensor | None = None,
        source_mask: Tensor | None = None,
    ) -> Tensor:
        """What ``forward`` unembeds, [batch, position, d_model]: training takes its logits piece by piece."""
        encoder, _, decoder = self._stacks(tokens, source, tokens_mask, source_mask)
        return self.to_unembedding((decoder or encoder).output)

    def to_unembedding(self, states: Tensor) -> Tensor:
        """The last states [..., d_model] of a stack as the unembedding takes them: transformed, and scaled."""
        states = self.transform(states)
        return states * self.output_scale if self.config.output_scale else states

    def _stacks(
        self,
        tokens: Tensor,
        source: Tensor | None,
        tokens_mask: Tensor | None,
        source_mask: Tensor | None,
    ) -> tuple[StackTrace | None, Memory | None, StackTrace | None]:
        """The encoder, the memory and the decoder, None for what the architecture lacks."""
        if (source is not None) != self.config.has_cross_attention:
            needs = "needs" if self.config.has_cross_attention else "takes no"
            raise ValueError(f"a model with architecture {self.config.architecture!r} {needs} source")
        mask = _padding_mask(tokens, tokens_mask)
        if not self.config.has_encoder:
            return None, None, self.decoder(tokens, mask)
        if not self.config.has_decoder:
            return self.encoder(tokens, mask), None, None
        encoder, memory = self.encode(source, source_mask)
        return encoder, memory, self.decoder(tokens, mask, memory)

    def n_parameters(self) -> int:
        """How many numbers were learned; a tied matrix counts once, and fixed position codes do not count."""
        return sum(parameter.numel() for parameter in self.parameters())

    def _initialise(self, generator: torch.Generator | None) -> None:
        """Xavier for the matrices; embeddings small enough that tied logits start near 0."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        std = self.config.d_model**-0.5 if self.config.embedding_scale else 0.02
        for module in self.modules():
            if isinstance(module, Embedding):
                nn.init.normal_(module.token.weight, std=std, generator=generator)
                for learned in (module.position, module.segment):
                    if isinstance(learned, nn.Parameter):
                        nn.init.normal_(learned, std=0.02, generator=generator)
            if isinstance(module, RelativePositions):
                nn.init.normal_(module.weight, std=module.weight.shape[0] ** -0.5, generator=generator)
        if self.config.norm_position == "post":
            for stack in self.children():
                _quieten(stack)


def _quieten(stack: nn.Module) -> None:
    """Divide what each sublayer of a stack adds to its residual by sqrt(number of sublayers), as GPT-2 does.

    A post-norm stack whose sublayers speak as loudly as its residual hardly learns at the rates that suit it later
    (Xiong et al. 2020, section 3.3): a translator's validation loss after 350 updates was 3.6 with it, and 4.8 without
    it at the best of the rates tried.
    """
    sublayers = [module for module in stack.modules() if isinstance(module, (MultiHeadAttention, FeedForward))]
    with torch.no_grad():
        for sublayer in sublayers:
            last = sublayer.w_o if isinstance(sublayer, MultiHeadAttention) else sublayer.w_2
            last.weight.mul_(len(sublayers) ** -0.5)


def _padding_mask(tokens: Tensor, real: Tensor | None) -> Tensor:
    """[batch, 1, 1, position] from the caller's mask, or all True."""
    if tokens.ndim != 2 or tokens.shape[1] == 0:
        shape = list(tokens.shape)
        raise ValueError(f"tokens must have shape [batch, position] with at least one position, not {shape}")
    if real is None:
        real = torch.ones_like(tokens, dtype=torch.bool)
    return real[:, None, None, :]
