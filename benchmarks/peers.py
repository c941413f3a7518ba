"""Models of the transformers library with exactly the sizes of one of ours, to measure beside it."""

from __future__ import annotations

import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    MarianConfig,
    MarianMTModel,
    PreTrainedModel,
)
from transformers.utils import logging

from explorer.model.config import TransformerConfig

ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu_tanh": "gelu_new"}

logging.set_verbosity_error()  # that 50256 is no token of a small vocabulary: nothing here uses it


def peer_of(config: TransformerConfig) -> PreTrainedModel:
    """A GPT-2 for a decoder, a Marian model for an encoder-decoder, a BERT for an encoder; random weights, eval mode.

    Both take d_k = d_v = d_model / n_heads. Marian reads a bottleneck's source as any other.
    """
    if config.n_heads * config.d_k != config.d_model or config.d_v != config.d_k:
        raise ValueError(f"transformers has no model with d_model={config.d_model} and heads of {config.d_k}")
    makers = {"decoder": gpt_2, "encoder-decoder": marian, "encoder": bert}
    return makers[config.architecture](config).eval()


def gpt_2(config: TransformerConfig) -> GPT2LMHeadModel:
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=config.vocab_size,
            n_positions=config.max_len + 1,
            n_embd=config.d_model,
            n_layer=config.n_decoder_layers,
            n_head=config.n_heads,
            n_inner=config.d_ff,
            activation_function=ACTIVATIONS[config.activation],
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def marian(config: TransformerConfig) -> MarianMTModel:
    return MarianMTModel(
        MarianConfig(
            vocab_size=config.vocab_size,
            d_model=config.d_model,
            encoder_layers=config.n_encoder_layers,
            decoder_layers=config.n_decoder_layers,
            encoder_attention_heads=config.n_heads,
            decoder_attention_heads=config.n_heads,
            encoder_ffn_dim=config.d_ff,
            decoder_ffn_dim=config.d_ff,
            activation_function=ACTIVATIONS[config.activation],
            max_position_embeddings=config.max_len + 1,
            scale_embedding=config.embedding_scale,
            pad_token_id=0,
            eos_token_id=0,
            decoder_start_token_id=0,
        )
    )


def bert(config: TransformerConfig) -> BertForMaskedLM:
    return BertForMaskedLM(
        BertConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.d_model,
            num_hidden_layers=config.n_encoder_layers,
            num_attention_heads=config.n_heads,
            intermediate_size=config.d_ff,
            hidden_act=ACTIVATIONS[config.activation],
            max_position_embeddings=config.max_len,
        )
    )


@torch.inference_mode()
def generate(peer: PreTrainedModel, read: list[int], n_new: int) -> torch.Tensor:
    """Exactly ``n_new`` greedy tokens after the one token of a GPT-2's prompt, or of a source: nothing ends early."""
    ids = torch.tensor([read])
    found = peer.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=n_new,
        do_sample=False,
        num_beams=1,
        eos_token_id=None,
        pad_token_id=0,
    )
    if found.shape[1] != 1 + n_new:
        raise RuntimeError(f"generate wrote {found.shape[1] - 1} tokens, not {n_new}")
    return found
