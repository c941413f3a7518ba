"""The state_dict of a torch.nn.Transformer computes here what torch computes: alone, and in a tutorial's model."""

from __future__ import annotations

import json
import math

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from explorer.hub.entry import read_hub_entry
from explorer.hub.open import open_entry
from explorer.model.catalogue import CheckpointError
from explorer.model.tokenizer import BOS, EOS, PAD, TextTokenizer
from tests.hub.models import open_ours

SIZES = {"d_model": 18, "nhead": 3, "num_encoder_layers": 2, "num_decoder_layers": 3, "dim_feedforward": 17}
# It says so wherever a faster way of its own does not apply.
pytestmark = pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
OPTIONS = [
    {},
    {"norm_first": True},
    {"activation": "gelu"},
    {"layer_norm_eps": 0.1},
    {"bias": False},
    {"bias": False, "norm_first": True, "activation": "gelu"},
    {"num_encoder_layers": 1, "num_decoder_layers": 1, "nhead": 1},
    {"d_model": 14, "nhead": 7, "dim_feedforward": 5},
    {"d_model": 15, "nhead": 5, "positions": "none"},
    {"dropout": 0.3, "batch_first": False},
]


def random(module, seed=0):
    """The module in eval mode, all its parameters drawn, biases and norms too."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.normal_(generator=generator).mul_(0.5 * parameter.shape[-1] ** -0.5)
            if "norm" in name and name.endswith("weight"):
                parameter.add_(1.0)
    return module.eval()


def save(module, folder, **config):
    save_file({name: t.clone() for name, t in module.state_dict().items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "torch.nn.Transformer", **config}))
    return folder


def refusal(folder):
    with pytest.raises(CheckpointError) as error:
        read_hub_entry(folder, "m")
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")
    return str(error.value)


def causal(n):
    return nn.Transformer.generate_square_subsequent_mask(n)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_plain_transformer_computes_the_same(options, tmp_path):
    """Its folder says what its tensors cannot: the heads, and what is not torch's default."""
    sizes = {**SIZES, **{name: value for name, value in options.items() if name != "positions"}}
    theirs = random(nn.Transformer(**{**sizes, "batch_first": True}))
    told = {name: value for name, value in options.items() if name not in SIZES and name != "bias"}
    entry, ours = open_ours(save(theirs, tmp_path, nhead=sizes["nhead"], **told))
    generator = torch.Generator().manual_seed(1)
    source, tokens = (torch.randint(0, 259, (2, n), generator=generator) for n in (13, 11))
    with torch.inference_mode():
        trace = ours(tokens, source)
        embedded = trace.encoder.embedding.output, trace.decoder.embedding.output
        memory = theirs.encoder(embedded[0])
        output = theirs(*embedded, tgt_mask=causal(11), tgt_is_causal=True)
        first = theirs.encoder.layers[0](embedded[0])
        _, weights = theirs.encoder.layers[0].self_attn(
            *[trace.encoder.blocks[0].attention_input] * 3, average_attn_weights=False
        )
    torch.testing.assert_close(trace.encoder.output, memory, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(trace.decoder.output, output, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(trace.encoder.blocks[0].resid_post, first, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(trace.encoder.blocks[0].attention.weights, weights, rtol=1e-5, atol=1e-5)
    drawn = 2 * 259 * sizes["d_model"]
    assert entry.about.n_parameters == ours.n_parameters() == sum(p.numel() for p in theirs.parameters()) + drawn
    assert any("drawn at random" in note for note in entry.notes)


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.d_model = d_model

    def forward(self, tokens):
        return self.embedding(tokens) * math.sqrt(self.d_model)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len):
        super().__init__()
        rate = torch.exp(-torch.arange(0, d_model, 2) * math.log(10000) / d_model)
        angle = torch.arange(max_len)[:, None] * rate
        self.register_buffer("pos_embedding", torch.stack((angle.sin(), angle.cos()), -1).flatten(1)[None])

    def forward(self, embedded):
        return embedded + self.pos_embedding[:, : embedded.shape[1]]


class Translator(nn.Module):
    """The model of the tutorial "Language Translation with nn.Transformer", batches first."""

    def __init__(self, source_vocabulary, vocabulary, bias=True, **sizes):
        super().__init__()
        self.transformer = nn.Transformer(**sizes, batch_first=True)
        self.generator = nn.Linear(sizes["d_model"], vocabulary, bias=bias)
        self.src_tok_emb = TokenEmbedding(source_vocabulary, sizes["d_model"])
        self.tgt_tok_emb = TokenEmbedding(vocabulary, sizes["d_model"])
        self.positional_encoding = PositionalEncoding(sizes["d_model"], 23)

    def forward(self, source, tokens):
        source, target = (
            self.positional_encoding(embed(ids))
            for embed, ids in ((self.src_tok_emb, source), (self.tgt_tok_emb, tokens))
        )
        return self.generator(self.transformer(source, target, tgt_mask=causal(tokens.shape[1])))


@pytest.mark.parametrize("bias", [True, False])
def test_a_tutorials_translator_computes_the_same_logits(bias, tmp_path):
    theirs = random(Translator(53, 61, bias, **SIZES))
    entry, ours = open_ours(save(theirs, tmp_path, nhead=3, max_len=23))
    assert (entry.config.source_vocab_size, entry.config.vocab_size, entry.config.max_len) == (53, 61, 23)
    assert entry.notes == ()
    generator = torch.Generator().manual_seed(1)
    source, tokens = (torch.randint(0, n, (2, k), generator=generator) for n, k in ((53, 23), (61, 19)))
    with torch.inference_mode():
        torch.testing.assert_close(ours(tokens, source).logits, theirs(source, tokens), rtol=1e-5, atol=1e-5)
    assert entry.about.n_parameters == ours.n_parameters() == sum(p.numel() for p in theirs.parameters())


def test_embeddings_that_are_drawn_are_the_same_each_time(tmp_path):
    folder = save(random(nn.Transformer(**SIZES)), tmp_path, nhead=3)
    first, second = open_ours(folder)[1], open_ours(folder)[1]
    assert first.encoder.embedding.token.weight.equal(second.encoder.embedding.token.weight)
    assert not first.encoder.embedding.token.weight.equal(first.decoder.embedding.token.weight)


def test_without_embeddings_it_reads_bytes(tmp_path):
    folder = save(random(nn.Transformer(**SIZES)), tmp_path, nhead=3)
    checkpoint = open_entry(read_hub_entry(folder, "m"))
    ids = checkpoint.tokenizer.encode("Käse")
    assert checkpoint.tokenizer.vocab_size == 259
    assert len(ids) == len(" Käse".encode())  # words begin with their space
    with torch.inference_mode():
        assert checkpoint.model(torch.tensor([ids]), torch.tensor([ids])).logits.shape == (1, 6, 259)


def test_with_embeddings_it_needs_the_vocabulary_beside_it(tmp_path):
    tokenizer = TextTokenizer.train(["one two three two one"] * 5, 263, (PAD, BOS, EOS))
    size = tokenizer.vocab_size
    assert size > 259
    folder = save(random(Translator(size, size, **SIZES)), tmp_path, nhead=3, max_len=23)
    entry = read_hub_entry(folder, "m")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is missing: without it nobody knows"):
        open_entry(entry)
    tokenizer.save(tmp_path / "tokenizer.json")
    assert open_entry(entry).tokenizer.encode("two one") == tokenizer.encode("two one")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "'nhead' is missing"),
        ({"nhead": 4}, "d_model=18 cannot be divided among nhead=4 heads"),
        ({"nhead": 0}, "'nhead' must be from 1"),
        ({"nhead": "3"}, "'nhead' must be a whole number"),
        ({"nhead": 3, "d_model": 19}, "the file holds d_model=18"),
        ({"nhead": 3, "dim_feedforward": 5}, "the file holds dim_feedforward=17"),
        ({"nhead": 3, "positions": "learned"}, "say 'sinusoidal' or 'none'"),
        ({"nhead": 3, "vocab_size": 10**8}, "'vocab_size' must be from 1 to 1,048,576"),
        ({"nhead": 3, "source_vocab_size": 10**8}, "'source_vocab_size' must be from 1 to 1,048,576"),
        ({"nhead": 3, "max_len": 10**6}, "at most 16,384"),
        ({"nhead": 3, "custom_encoder": "mine"}, "custom_encoder='mine' is not supported"),
        ({"nhead": 3, "activation": "mish"}, "activation='mish' is not supported"),
        ({"nhead": 3, "norm_first": 1}, "'norm_first' must be true or false"),
    ],
    ids=str,
)
def test_what_its_config_must_say(config, says, tmp_path):
    assert says in refusal(save(random(nn.Transformer(**SIZES)), tmp_path, **config))


def test_an_odd_width_has_no_sinusoids(tmp_path):
    folder = save(random(nn.Transformer(**{**SIZES, "d_model": 15})), tmp_path, nhead=3)
    assert "d_model=15 must be even" in refusal(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: {n: v for n, v in t.items() if n.startswith("encoder.")}, "this is no torch.nn.Transformer"),
        (lambda t: {n: v for n, v in t.items() if "layers.0.linear2" not in n}, "lacks the tensor"),
        (lambda t: {n: v for n, v in t.items() if "encoder.layers.0" not in n}, "this is no torch.nn.Transformer"),
        (lambda t: {n: v for n, v in t.items() if "encoder.norm" not in n}, "'decoder.norm.bias' that is no part"),
        (lambda t: {**t, "encoder.layers.9999.linear1.bias": torch.zeros(17)}, "calls for 10,003 layers"),
        (lambda t: {**t, "encoder.layers.0.linear1.weight": torch.zeros(17)}, "is no matrix"),
        (lambda t: {**t, "src_tok_emb.embedding.weight": torch.zeros(5, 7)}, "does not fit"),
        (lambda t: {**t, "src_tok_emb.embedding.weight": torch.zeros(())}, "does not fit"),
        (lambda t: {**t, "pooler.weight": torch.zeros(5, 7)}, "no part of a torch.nn.Transformer"),
    ],
)
def test_what_its_file_must_hold(change, says, tmp_path):
    folder = save(random(nn.Transformer(**SIZES)), tmp_path, nhead=3)
    save_file(change(load_file(folder / "model.safetensors")), folder / "model.safetensors")
    assert says in refusal(folder)
