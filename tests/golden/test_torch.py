"""Attention, blocks and stacks equal those of torch.nn, with the weights copied across."""

import pytest
import torch
from torch import nn

from explorer.model.attention import MultiHeadAttention, causal_mask
from explorer.model.layers import Block, CrossBlock
from explorer.model.transformer import Transformer
from tests.golden.random_models import make_config, random_inputs, random_transformer, randomise

N_HEADS, D_HEAD, D_FF = 3, 5, 11
D_MODEL = N_HEADS * D_HEAD  # torch.nn ties these three together; this model does not
N_QUERIES, N_KEYS, N_LAYERS = 7, 5, 2

both_norm_positions = pytest.mark.parametrize("norm_position", ["post", "pre"])
both_activations = pytest.mark.parametrize("activation", ["relu", "gelu"])
with_and_without_biases = pytest.mark.parametrize("bias", [True, False])


def config_like_torch(architecture="encoder-decoder", *, bias=True, **options):
    """A config of what torch.nn can also do."""
    return make_config(
        architecture,
        d_model=D_MODEL,
        n_heads=N_HEADS,
        d_k=D_HEAD,
        d_v=D_HEAD,
        d_ff=D_FF,
        positions="learned",
        attention_bias=bias,
        ff_bias=bias,
        norm_bias=bias,
        **options,
    )


def torch_options(config):
    return {
        "d_model": config.d_model,
        "nhead": config.n_heads,
        "dim_feedforward": config.d_ff,
        "dropout": 0.0,
        "activation": config.activation,
        "layer_norm_eps": config.norm_eps,
        "batch_first": True,
        "norm_first": config.norm_position == "pre",
        "bias": config.attention_bias,
    }


@torch.no_grad()
def copy(theirs: nn.Module, **ours: torch.Tensor | None) -> None:
    for name, value in ours.items():
        if value is not None:
            theirs.get_parameter(name).copy_(value)


def copy_attention(ours: MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    projections = (ours.w_q, ours.w_k, ours.w_v)
    copy(theirs, in_proj_weight=torch.cat([w.weight for w in projections]))
    if ours.w_q.bias is not None:
        copy(theirs, in_proj_bias=torch.cat([w.bias for w in projections]))
    copy(theirs.out_proj, weight=ours.w_o.weight, bias=ours.w_o.bias)


def copy_block(ours: Block | CrossBlock, theirs: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer) -> None:
    copy_attention(ours.attention, theirs.self_attn)
    norms = [ours.attention_norm, ours.ff_norm]
    if isinstance(ours, CrossBlock):
        copy_attention(ours.cross_attention, theirs.multihead_attn)
        norms.insert(1, ours.cross_norm)
    for n, norm in enumerate(norms, start=1):
        copy(theirs.get_submodule(f"norm{n}"), weight=norm.weight, bias=norm.bias)
    copy(theirs.linear1, weight=ours.ff.w_1.weight, bias=ours.ff.w_1.bias)
    copy(theirs.linear2, weight=ours.ff.w_2.weight, bias=ours.ff.w_2.bias)


def copy_stack(ours: nn.Module, theirs: nn.TransformerEncoder | nn.TransformerDecoder) -> None:
    for our_block, their_layer in zip(ours.blocks, theirs.layers, strict=True):
        copy_block(our_block, their_layer)
    if theirs.norm is not None:
        copy(theirs.norm, weight=ours.norm.weight, bias=ours.norm.bias)


def assert_close(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def assert_attention_equal(trace, theirs: nn.MultiheadAttention, x, context, mask):
    """Output and the weights of every head; torch's masks are True where a key is hidden."""
    hidden = (~mask).expand(-1, theirs.num_heads, x.shape[1], -1).flatten(0, 1)
    output, weights = theirs(x, context, context, attn_mask=hidden, need_weights=True, average_attn_weights=False)
    assert_close(trace.output, output)
    assert_close(trace.weights, weights)


def random_states(length, seed):
    return torch.randn(2, length, D_MODEL, generator=torch.Generator().manual_seed(seed))


def random_mask(n_queries, n_keys):
    """[2, 1, query, key], with every query allowed to look at one key at least."""
    mask = torch.rand(2, 1, n_queries, n_keys, generator=torch.Generator().manual_seed(3)) < 0.6
    mask[..., 0] = True
    return mask


@with_and_without_biases
@pytest.mark.parametrize("n_keys", [N_KEYS, N_QUERIES])
@torch.no_grad()
def test_attention_equals_multihead_attention(n_keys, bias):
    ours = MultiHeadAttention(config_like_torch(bias=bias))
    randomise(ours)
    theirs = nn.MultiheadAttention(D_MODEL, N_HEADS, bias=bias, batch_first=True)
    copy_attention(ours, theirs)
    x, context, mask = random_states(N_QUERIES, 0), random_states(n_keys, 1), random_mask(N_QUERIES, n_keys)
    assert_attention_equal(ours(x, context, mask), theirs, x, context, mask)


@both_norm_positions
@both_activations
@with_and_without_biases
@torch.no_grad()
def test_block_equals_encoder_layer(norm_position, activation, bias):
    config = config_like_torch(norm_position=norm_position, activation=activation, bias=bias)
    ours = Block(config)
    randomise(ours)
    theirs = nn.TransformerEncoderLayer(**torch_options(config))
    copy_block(ours, theirs)
    x, real = random_states(N_QUERIES, 0), random_mask(1, N_QUERIES)
    trace = ours(x, real.expand(-1, -1, N_QUERIES, -1))
    assert_close(trace.resid_post, theirs(x, src_key_padding_mask=~real[:, 0, 0]))
    assert_attention_equal(trace.attention, theirs.self_attn, trace.attention_input, trace.attention_input, real)


@both_norm_positions
@both_activations
@with_and_without_biases
@torch.no_grad()
def test_cross_block_equals_decoder_layer(norm_position, activation, bias):
    config = config_like_torch(norm_position=norm_position, activation=activation, bias=bias)
    ours = CrossBlock(config)
    randomise(ours)
    theirs = nn.TransformerDecoderLayer(**torch_options(config))
    copy_block(ours, theirs)
    x, memory = random_states(N_QUERIES, 0), random_states(N_KEYS, 1)
    causal, memory_real = causal_mask(N_QUERIES, N_QUERIES), random_mask(1, N_KEYS)
    trace = ours(x, causal.expand(2, -1, -1, -1), memory, memory_real.expand(-1, -1, N_QUERIES, -1))
    expected = theirs(x, memory, tgt_mask=~causal[0, 0], memory_key_padding_mask=~memory_real[:, 0, 0])
    assert_close(trace.resid_post, expected)
    x = trace.attention_input
    assert_attention_equal(trace.attention, theirs.self_attn, x, x, causal.expand(2, -1, -1, -1))
    assert_attention_equal(trace.cross_attention, theirs.multihead_attn, trace.cross_input, memory, memory_real)


@both_norm_positions
@pytest.mark.parametrize("final_norm", [True, False])
@torch.no_grad()
def test_encoder_equals_transformer_encoder(norm_position, final_norm):
    config = config_like_torch("encoder", norm_position=norm_position, final_norm=final_norm)
    ours, inputs = random_transformer(config), random_inputs(config)
    norm = nn.LayerNorm(D_MODEL, config.norm_eps) if final_norm else None
    layer = nn.TransformerEncoderLayer(**torch_options(config))
    theirs = nn.TransformerEncoder(layer, N_LAYERS, norm, enable_nested_tensor=False)
    copy_stack(ours.encoder, theirs)
    trace = ours(**inputs).encoder
    assert_close(trace.output, theirs(trace.embedding.output, src_key_padding_mask=~inputs["tokens_mask"]))


@both_norm_positions
@torch.no_grad()
def test_gpt_equals_transformer_encoder_with_a_causal_mask(norm_position):
    config = config_like_torch("decoder", norm_position=norm_position, activation="gelu")
    ours, inputs = random_transformer(config), random_inputs(config)
    layer = nn.TransformerEncoderLayer(**torch_options(config))
    theirs = nn.TransformerEncoder(layer, N_LAYERS, enable_nested_tensor=False)
    copy_stack(ours.decoder, theirs)
    trace = ours(**inputs).decoder
    n_tokens = inputs["tokens"].shape[1]
    hidden = ~causal_mask(n_tokens, n_tokens)[0, 0]
    expected = theirs(trace.embedding.output, hidden, src_key_padding_mask=~inputs["tokens_mask"])
    assert_close(trace.output, expected)


@both_norm_positions
@pytest.mark.parametrize("final_norm", [True, False])
@torch.no_grad()
def test_decoder_equals_transformer_decoder(norm_position, final_norm):
    config = config_like_torch(norm_position=norm_position, final_norm=final_norm)
    ours, inputs = random_transformer(config), random_inputs(config)
    norm = nn.LayerNorm(D_MODEL, config.norm_eps) if final_norm else None
    theirs = nn.TransformerDecoder(nn.TransformerDecoderLayer(**torch_options(config)), N_LAYERS, norm)
    copy_stack(ours.decoder, theirs)
    trace = ours(**inputs)
    n_tokens = inputs["tokens"].shape[1]
    expected = theirs(
        trace.decoder.embedding.output,
        trace.encoder.output,
        tgt_mask=~causal_mask(n_tokens, n_tokens)[0, 0],
        tgt_key_padding_mask=~inputs["tokens_mask"],
        memory_key_padding_mask=~inputs["source_mask"],
    )
    assert_close(trace.decoder.output, expected)


@both_norm_positions
@both_activations
@with_and_without_biases
@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
@torch.no_grad()
def test_the_whole_model_equals_transformer(norm_position, activation, bias):
    config = config_like_torch(norm_position=norm_position, activation=activation, bias=bias, final_norm=True)
    ours, inputs = random_transformer(config), random_inputs(config)
    theirs = nn.Transformer(num_encoder_layers=N_LAYERS, num_decoder_layers=N_LAYERS, **torch_options(config))
    copy_stack(ours.encoder, theirs.encoder)
    copy_stack(ours.decoder, theirs.decoder)
    trace = ours(**inputs)
    n_tokens = inputs["tokens"].shape[1]
    causal = causal_mask(n_tokens, n_tokens)
    expected = theirs(
        trace.encoder.embedding.output,
        trace.decoder.embedding.output,
        tgt_mask=~causal[0, 0],
        src_key_padding_mask=~inputs["source_mask"],
        tgt_key_padding_mask=~inputs["tokens_mask"],
        memory_key_padding_mask=~inputs["source_mask"],
    )
    assert_close(trace.decoder.output, expected)
    assert_close(trace.logits, expected @ ours.unembedding.weight.T)
    assert_all_attention_equal(ours, theirs, trace, inputs)


def assert_all_attention_equal(ours: Transformer, theirs: nn.Transformer, trace, inputs):
    """The attention of every layer of all three kinds."""
    source_real, real = inputs["source_mask"][:, None, None], inputs["tokens_mask"][:, None, None]
    causal = causal_mask(real.shape[-1], real.shape[-1]) & real
    for block, layer in zip(trace.encoder.blocks, theirs.encoder.layers, strict=True):
        x = block.attention_input
        assert_attention_equal(block.attention, layer.self_attn, x, x, source_real)
    for block, layer in zip(trace.decoder.blocks, theirs.decoder.layers, strict=True):
        x = block.attention_input
        assert_attention_equal(block.attention, layer.self_attn, x, x, causal)
        memory = trace.encoder.output
        assert_attention_equal(block.cross_attention, layer.multihead_attn, block.cross_input, memory, source_real)
