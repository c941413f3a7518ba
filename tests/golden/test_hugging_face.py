"""GPT and BERT equal those of the transformers library, with random weights copied across."""

import pytest
import torch

from explorer.model.layers import Block
from tests.golden.random_models import make_config, random_transformer, randomise

transformers = pytest.importorskip("transformers")

N_HEADS, D_HEAD = 3, 5
SIZES = {"d_model": N_HEADS * D_HEAD, "n_heads": N_HEADS, "d_k": D_HEAD, "d_v": D_HEAD, "attention_bias": True}


def assert_close(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)


def gpt2_parameters(ours: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Our parameters under GPT-2's names. Its matrices are [in, out], and q, k, v stand side by side in c_attn."""
    theirs = {
        "transformer.wte.weight": ours["decoder.embedding.token.weight"],
        "transformer.wpe.weight": ours["decoder.embedding.position"],
        "transformer.ln_f.weight": ours["decoder.norm.weight"],
        "transformer.ln_f.bias": ours["decoder.norm.bias"],
        "lm_head.weight": ours["unembedding.weight"],
    }
    names = {"attention_norm": "ln_1", "ff_norm": "ln_2"}
    matrices = {"attention.w_o": "attn.c_proj", "ff.w_1": "mlp.c_fc", "ff.w_2": "mlp.c_proj"}
    for n in range(2):
        block, h = f"decoder.blocks.{n}", f"transformer.h.{n}"
        for kind in ("weight", "bias"):
            qkv = [ours[f"{block}.attention.{w}.{kind}"].t() for w in ("w_q", "w_k", "w_v")]
            theirs[f"{h}.attn.c_attn.{kind}"] = torch.cat(qkv, dim=-1)
            theirs |= {f"{h}.{their}.{kind}": ours[f"{block}.{our}.{kind}"] for our, their in names.items()}
            theirs |= {f"{h}.{their}.{kind}": ours[f"{block}.{our}.{kind}"].t() for our, their in matrices.items()}
    return theirs


@torch.no_grad()
def test_gpt_equals_gpt2():
    config = make_config(
        "decoder",
        **SIZES,
        norm_position="pre",
        final_norm=True,
        activation="gelu_tanh",
        positions="learned",
        embedding_scale=False,
    )
    ours = random_transformer(config)
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=config.vocab_size,
            n_positions=config.max_len,
            n_embd=config.d_model,
            n_inner=config.d_ff,
            n_layer=config.n_decoder_layers,
            n_head=config.n_heads,
            attn_implementation="eager",
        )
    ).eval()
    theirs.load_state_dict(gpt2_parameters(ours.state_dict()))
    tokens = torch.randint(config.vocab_size, (2, 11), generator=torch.Generator().manual_seed(0))
    trace, expected = ours(tokens), theirs(tokens, output_attentions=True, output_hidden_states=True)
    assert_close(trace.logits, expected.logits)
    for n, block in enumerate(trace.decoder.blocks):
        assert_close(block.attention.weights, expected.attentions[n])
        assert_close(block.resid_pre, expected.hidden_states[n])


def bert_layer_parameters(theirs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The parameters of one of BERT's layers under our names."""
    names = {
        "attention.w_q": "attention.self.query",
        "attention.w_k": "attention.self.key",
        "attention.w_v": "attention.self.value",
        "attention.w_o": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "ff.w_1": "intermediate.dense",
        "ff.w_2": "output.dense",
        "ff_norm": "output.LayerNorm",
    }
    return {f"{our}.{kind}": theirs[f"{their}.{kind}"] for our, their in names.items() for kind in ("weight", "bias")}


@torch.no_grad()
def test_blocks_equal_those_of_bert():
    config = make_config("encoder", **SIZES, positions="none", activation="gelu", norm_eps=1e-12)
    theirs = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.d_model,
            num_hidden_layers=2,
            num_attention_heads=config.n_heads,
            intermediate_size=config.d_ff,
            attn_implementation="eager",
        ),
        add_pooling_layer=False,
    ).eval()
    randomise(theirs)
    tokens = torch.randint(config.vocab_size, (2, 7), generator=torch.Generator().manual_seed(0))
    real = torch.tensor([[True] * 7, [True] * 3 + [False] * 4])
    expected = theirs(tokens, attention_mask=real.long(), output_attentions=True, output_hidden_states=True)
    for n, layer in enumerate(theirs.encoder.layer):
        ours = Block(config)
        ours.load_state_dict(bert_layer_parameters(layer.state_dict()))
        trace = ours(expected.hidden_states[n], real[:, None, None].expand(-1, -1, 7, -1))
        assert_close(trace.resid_post, expected.hidden_states[n + 1])
        assert_close(trace.attention.weights, expected.attentions[n])
