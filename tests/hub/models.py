"""Small random models of the transformers library, saved as it saves them: one maker for each family."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

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
