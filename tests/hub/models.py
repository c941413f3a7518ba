"""Small random models of the transformers library, saved as it saves them: one maker for each family."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.hub.entry import read_hub_entry
from explorer.hub.weights import load_weights

transformers = pytest.importorskip("transformers")

VOCAB = 61
GPT2 = {"vocab_size": VOCAB, "n_positions": 23, "n_embd": 15, "n_layer": 2, "n_head": 3, "n_inner": 17}
BERT = {
    "vocab_size": VOCAB,
    "hidden_size": 15,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 17,
    "max_position_embeddings": 23,
    "type_vocab_size": 2,
}
DISTILBERT = {"vocab_size": VOCAB, "dim": 15, "n_layers": 2, "n_heads": 3, "hidden_dim": 17}
DISTILBERT["max_position_embeddings"] = 23
SEQ2SEQ = {
    "vocab_size": VOCAB,
    "d_model": 18,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 3,
    "decoder_attention_heads": 3,
    "encoder_ffn_dim": 17,
    "decoder_ffn_dim": 17,
    "max_position_embeddings": 23,
}
T5 = {
    "vocab_size": VOCAB,
    "d_model": 13,
    "d_kv": 5,
    "d_ff": 17,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "num_heads": 3,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 11,
    "decoder_start_token_id": 0,
}
SPECIAL = {"pad_token_id": 3, "bos_token_id": 0, "eos_token_id": 2}

CLASSES = {
    "gpt2": ("GPT2Config", "GPT2LMHeadModel", GPT2),
    "bert": ("BertConfig", "BertForMaskedLM", BERT),
    "distilbert": ("DistilBertConfig", "DistilBertForMaskedLM", DISTILBERT),
    "roberta": ("RobertaConfig", "RobertaForMaskedLM", {**BERT, "type_vocab_size": 1}),
    "bart": ("BartConfig", "BartForConditionalGeneration", {**SEQ2SEQ, "decoder_start_token_id": 2}),
    "marian": ("MarianConfig", "MarianMTModel", {**SEQ2SEQ, "decoder_start_token_id": 3}),
    "t5": ("T5Config", "T5ForConditionalGeneration", T5),
}


def make(family: str, seed: int = 0, model_class: str | None = None, **options):
    """A model of the library with random weights of a size at which every part of it matters."""
    config_class, default_class, sizes = CLASSES[family]
    special = SPECIAL if family != "gpt2" else {"bos_token_id": 0, "eos_token_id": 0}
    special = {**special, "bos_token_id": None} if family in ("marian", "t5") else special
    config = getattr(transformers, config_class)(**{**sizes, **special, "attn_implementation": "eager", **options})
    model = getattr(transformers, model_class or default_class)(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embed_positions" in name and family == "marian":
                continue  # fixed
            if family == "distilbert" and getattr(config, "sinusoidal_pos_embds", False) and "position_emb" in name:
                continue
            parameter.normal_(generator=generator)
            if parameter.ndim > 1:
                parameter.mul_(0.6 * parameter.shape[-1] ** -0.5)
            else:
                parameter.mul_(0.3).add_(1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0)
        for name, buffer in model.named_buffers():
            if name == "final_logits_bias" and family == "marian":
                buffer.normal_(generator=generator)
    return model


def save(model, folder: Path, **changes) -> Path:
    """Save it in its real format; ``changes`` go into config.json, as an older library may have written them."""
    model.save_pretrained(folder)
    if changes:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def open_ours(folder: Path):
    """(entry, model): a saved model as the explorer opens it, its tokenizer left out."""
    entry = read_hub_entry(folder, folder.name)
    return entry, load_weights(entry)


def both(family: str, folder: Path, seed: int = 0, model_class: str | None = None, **options):
    """(ours, theirs): one random model of the library, and ours from the folder in which it was saved."""
    theirs = make(family, seed, model_class, **options)
    return open_ours(save(theirs, folder))[1], theirs


def random_ids(n: int, length: int, seed: int = 0, vocab_size: int = VOCAB) -> torch.Tensor:
    """[n, length], none of them a token that any of the families treats as special: from 5 on."""
    return torch.randint(5, vocab_size, (n, length), generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def run_both(ours, theirs, n: int = 2, length: int = 11, source_length: int = 13):
    """(our trace, the library's output with all attentions and hidden states), for the same random ids."""
    vocabulary = ours.config.vocab_size
    tokens = random_ids(n, length, 1, vocabulary)
    everything = {"output_attentions": True, "output_hidden_states": True, "return_dict": True}
    if not ours.config.has_cross_attention:
        return ours(tokens), theirs(input_ids=tokens, **everything)
    source = random_ids(n, source_length, 2, ours.config.source_vocab_size or vocabulary)
    return ours(tokens, source), theirs(input_ids=source, decoder_input_ids=tokens, **everything)


def assert_same_trace(ours, theirs, atol: float = 1e-5, **lengths) -> None:
    """Logits, every attention, every hidden state and every stack's output agree; the library's logits may lack."""
    trace, there = run_both(ours, theirs, **lengths)
    if hasattr(there, "logits") and ours.config.unembedding:
        assert_close(trace.logits, there.logits, atol)
    if ours.config.has_cross_attention:
        stacks = [
            (trace.encoder, there.encoder_attentions, there.encoder_hidden_states),
            (trace.decoder, there.decoder_attentions, there.decoder_hidden_states),
        ]
        cross = [block.cross_attention.weights for block in trace.decoder.blocks]
        for mine, other in zip(cross, there.cross_attentions, strict=True):
            assert_close(mine, other, atol)
    else:
        stack = trace.decoder if ours.config.has_decoder else trace.encoder
        stacks = [(stack, there.attentions, there.hidden_states)]
    for stack, attentions, states in stacks:
        for block, attention in zip(stack.blocks, attentions, strict=True):
            assert_close(block.attention.weights, attention, atol)
        # What enters each block, and what leaves the stack: after its last norm, if it has one.
        entered = [block.resid_pre for block in stack.blocks]
        for mine, other in zip([*entered, stack.output], states, strict=True):
            assert_close(mine, other, atol)
        for block, state in zip(stack.blocks, states[1:-1], strict=False):
            assert_close(block.resid_post, state, atol)


def assert_close(ours: torch.Tensor, theirs: torch.Tensor, atol: float) -> None:
    assert ours.shape == theirs.shape
    assert float(theirs.abs().max()) > 1e-3  # numbers that say something
    torch.testing.assert_close(ours, theirs.float(), rtol=1e-5, atol=atol)


def n_parameters(model) -> int:
    """What was learned of a model of the library, by its own count of what is trainable.

    Marian's bias of the logits was learned, and the library keeps it as a buffer. Computed positions, and what stands
    in no formula when nothing is tied, are in its count and were not learned.
    """
    bias = getattr(model, "final_logits_bias", None)
    count = model.num_parameters(only_trainable=True)
    count += bias.numel() if bias is not None and bool(bias.any()) else 0
    names, tied = dict(model.named_parameters()), model.config.tie_word_embeddings
    unused = [] if tied else ["cls.predictions.bias", "lm_head.bias"]
    unused += [] if tied or model.config.model_type not in ("bart", "marian") else ["model.shared.weight"]
    if getattr(model.config, "sinusoidal_pos_embds", False):
        unused += ["distilbert.embeddings.position_embeddings.weight"]
    if model.config.model_type == "marian":
        unused += [f"model.{stack}.embed_positions.weight" for stack in ("encoder", "decoder")]
    return count - sum(names[name].numel() for name in unused if name in names and names[name].requires_grad)
