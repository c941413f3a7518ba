"""GPT, the translator and BERT equal those of the transformers library, with random weights copied across."""

import pytest
import torch

from explorer.model.layers import Block
from tests.golden.hugging_face import D_HEAD, N_HEADS, SIZES, random_gpt2, random_marian
from tests.golden.random_models import make_config, randomise

transformers = pytest.importorskip("transformers")


def assert_close(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)


@torch.no_grad()
def test_gpt_equals_gpt2():
    ours, theirs = random_gpt2()
    tokens = torch.randint(ours.config.vocab_size, (2, 11), generator=torch.Generator().manual_seed(0))
    trace, expected = ours(tokens), theirs(tokens, output_attentions=True, output_hidden_states=True)
    assert_close(trace.logits, expected.logits)
    for n, block in enumerate(trace.decoder.blocks):
        assert_close(block.attention.weights, expected.attentions[n])
        assert_close(block.resid_pre, expected.hidden_states[n])


@pytest.mark.parametrize(
    "options",
    [
        {"positions": "sinusoidal", "activation": "gelu"},
        {"positions": "learned", "activation": "relu", "embedding_scale": False},
        {"source_vocab_size": 23},
    ],
)
@torch.no_grad()
def test_encoder_decoder_equals_marian(options):
    ours, theirs = random_marian(**options)
    generator = torch.Generator().manual_seed(0)
    source = torch.randint(ours.config.source_vocab_size or ours.config.vocab_size, (2, 7), generator=generator)
    tokens = torch.randint(ours.config.vocab_size, (2, 11), generator=generator)
    real = torch.tensor([[True] * 7, [True] * 3 + [False] * 4])
    trace = ours(tokens, source, source_mask=real)
    expected = theirs(
        source,
        attention_mask=real.long(),
        decoder_input_ids=tokens,
        output_attentions=True,
        output_hidden_states=True,
    )
    assert_close(trace.logits, expected.logits)
    assert_close(trace.memory[real], expected.encoder_last_hidden_state[real])
    for n, block in enumerate(trace.decoder.blocks):
        assert_close(block.attention.weights, expected.decoder_attentions[n])
        assert_close(block.cross_attention.weights, expected.cross_attentions[n])
        assert_close(block.resid_post, expected.decoder_hidden_states[n + 1])


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
    config = make_config(
        "encoder", **SIZES, d_model=N_HEADS * D_HEAD, positions="none", activation="gelu", norm_eps=1e-12
    )
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
