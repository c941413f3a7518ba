"""Our models in the clothes of the transformers library: its GPT-2 and its Marian translator, with our weights.

Where our config has a choice, ``GPT2`` and ``MARIAN`` are the options with which both compute the same formulas.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.model.transformer import Transformer
from tests.golden.random_models import make_config, random_transformer

transformers = pytest.importorskip("transformers")

N_HEADS, D_HEAD = 3, 5
SIZES = {"n_heads": N_HEADS, "d_k": D_HEAD, "d_v": D_HEAD, "attention_bias": True}
GPT2 = {
    **SIZES,
    "d_model": N_HEADS * D_HEAD,
    "norm_position": "pre",
    "final_norm": True,
    "activation": "gelu_tanh",
    "positions": "learned",
    "embedding_scale": False,
}
# Sines and cosines pair up, so that here d_model must be even. Marian has them in another order: its table of positions
# is overwritten with ours.
MARIAN = {**SIZES, "d_k": 6, "d_v": 6, "d_model": N_HEADS * 6, "activation": "gelu", "output_bias": True}


def random_gpt2(seed: int = 0, **options):
    """(ours, theirs): a GPT with random weights."""
    ours = random_transformer(make_config("decoder", **GPT2, **options), seed)
    return ours, gpt2(ours)


def random_marian(seed: int = 0, **options):
    """(ours, theirs): a translator with random weights."""
    ours = random_transformer(make_config("encoder-decoder", **(MARIAN | options)), seed)
    return ours, marian(ours)


def gpt2(ours: Transformer):
    """The library's GPT-2 with the weights of ``ours``, whose config must have the options ``GPT2``."""
    config = ours.config
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=config.vocab_size,
            n_positions=config.max_len,
            n_embd=config.d_model,
            n_inner=config.d_ff,
            n_layer=config.n_decoder_layers,
            n_head=config.n_heads,
            tie_word_embeddings=config.tied_embeddings,
            bos_token_id=None,
            eos_token_id=None,
            attn_implementation="eager",
        )
    )
    theirs.load_state_dict(gpt2_parameters(ours))
    return theirs.eval()


def gpt2_parameters(model: Transformer) -> dict[str, Tensor]:
    """Our parameters under GPT-2's names. Its matrices are [in, out], and q, k, v stand side by side in c_attn."""
    ours = model.state_dict()
    theirs = {
        "transformer.wte.weight": ours["decoder.embedding.token.weight"],
        "transformer.wpe.weight": ours["decoder.embedding.position"],
        "transformer.ln_f.weight": ours["decoder.norm.weight"],
        "transformer.ln_f.bias": ours["decoder.norm.bias"],
        "lm_head.weight": ours["unembedding.weight"],
    }
    names = {"attention_norm": "ln_1", "ff_norm": "ln_2"}
    matrices = {"attention.w_o": "attn.c_proj", "ff.w_1": "mlp.c_fc", "ff.w_2": "mlp.c_proj"}
    for n in range(model.config.n_decoder_layers):
        block, h = f"decoder.blocks.{n}", f"transformer.h.{n}"
        for kind in ("weight", "bias"):
            qkv = [ours[f"{block}.attention.{w}.{kind}"].t() for w in ("w_q", "w_k", "w_v")]
            theirs[f"{h}.attn.c_attn.{kind}"] = torch.cat(qkv, dim=-1)
            theirs |= {f"{h}.{their}.{kind}": ours[f"{block}.{our}.{kind}"] for our, their in names.items()}
            theirs |= {f"{h}.{their}.{kind}": ours[f"{block}.{our}.{kind}"].t() for our, their in matrices.items()}
    return theirs


def marian(ours: Transformer):
    """The library's Marian translator with the weights of ``ours``, whose config must have the options ``MARIAN``."""
    config = ours.config
    theirs = transformers.MarianMTModel(
        transformers.MarianConfig(
            vocab_size=config.source_vocab_size or config.vocab_size,
            decoder_vocab_size=config.vocab_size,
            share_encoder_decoder_embeddings=not config.source_vocab_size,
            max_position_embeddings=config.max_len,
            d_model=config.d_model,
            encoder_layers=config.n_encoder_layers,
            decoder_layers=config.n_decoder_layers,
            encoder_attention_heads=config.n_heads,
            decoder_attention_heads=config.n_heads,
            encoder_ffn_dim=config.d_ff,
            decoder_ffn_dim=config.d_ff,
            activation_function=config.activation,
            scale_embedding=config.embedding_scale,
            tie_word_embeddings=config.tied_embeddings,
            pad_token_id=0,
            eos_token_id=None,
            forced_eos_token_id=None,
            decoder_start_token_id=1,
            attn_implementation="eager",
        )
    )
    theirs.load_state_dict(marian_parameters(ours))
    return theirs.eval()


def marian_parameters(model: Transformer) -> dict[str, Tensor]:
    """Our parameters under Marian's names; its tables of positions are filled with our codes, learned or not."""
    ours = model.state_dict()
    theirs = {"lm_head.weight": ours["unembedding.weight"], "final_logits_bias": ours["unembedding.bias"][None]}
    if not model.config.source_vocab_size:
        theirs["model.shared.weight"] = ours["decoder.embedding.token.weight"]
    names = {
        "attention.w_q": "self_attn.q_proj",
        "attention.w_k": "self_attn.k_proj",
        "attention.w_v": "self_attn.v_proj",
        "attention.w_o": "self_attn.out_proj",
        "attention_norm": "self_attn_layer_norm",
        "ff.w_1": "fc1",
        "ff.w_2": "fc2",
        "ff_norm": "final_layer_norm",
    }
    cross = {
        our.replace("attention", "cross_attention"): their.replace("self_attn", "encoder_attn")
        for our, their in names.items()
        if our.startswith("attention.")
    }
    stacks = {"encoder": names, "decoder": names | cross | {"cross_norm": "encoder_attn_layer_norm"}}
    for stack, parts in stacks.items():
        theirs[f"model.{stack}.embed_tokens.weight"] = ours[f"{stack}.embedding.token.weight"]
        theirs[f"model.{stack}.embed_positions.weight"] = getattr(model, stack).embedding.position
        for n in range(len(getattr(model, stack).blocks)):
            for kind in ("weight", "bias"):
                theirs |= {
                    f"model.{stack}.layers.{n}.{their}.{kind}": ours[f"{stack}.blocks.{n}.{our}.{kind}"]
                    for our, their in parts.items()
                }
    return theirs
