"""A folder from elsewhere as an entry: real configs are taken, and what is wrong is said in one sentence, at once."""

from __future__ import annotations

import json
import tracemalloc

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from explorer.hub.entry import is_from_elsewhere, read_hub_entry
from explorer.hub.weights import load_weights
from explorer.model.catalogue import CheckpointError
from tests.hub.checkpoints import write_model
from tests.hub.configs import REAL
from tests.hub.models import CLASSES, assert_same_trace, make, open_ours, save, transformers

FAMILIES = tuple(CLASSES)
MODEL_CLASS = {family: getattr(transformers, name) for family, (_, name, _) in CLASSES.items()}
SIZES = {  # fields that hold one, by family
    "gpt2": ["vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "n_inner"],
    "bert": ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"],
    "distilbert": ["vocab_size", "dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings"],
    "roberta": ["max_position_embeddings", "type_vocab_size", "num_hidden_layers"],
    "bart": ["d_model", "encoder_layers", "decoder_layers", "encoder_ffn_dim", "max_position_embeddings"],
    "marian": ["vocab_size", "encoder_attention_heads", "decoder_ffn_dim", "max_position_embeddings"],
    "t5": ["d_model", "d_kv", "num_layers", "num_decoder_layers", "n_positions", "relative_attention_num_buckets"],
}


COMPUTED = [("t5", "n_positions"), ("marian", "max_position_embeddings")]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder of each family."""
    return {family: save(make(family), tmp_path_factory.mktemp(family)) for family in FAMILIES}


def with_config(saved, family, folder, **changes):
    """The model of a family with a changed config; a field that is changed to ... is taken out."""
    config = json.loads((saved[family] / "config.json").read_text()) | changes
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if v is not ...}))
    if not (folder / "model.safetensors").exists():
        (folder / "model.safetensors").symlink_to(saved[family] / "model.safetensors")
    return folder


def with_tensors(saved, family, folder, change):
    """The model of a family with other tensors."""
    with_config(saved, family, folder)
    tensors = {name: tensor.clone() for name, tensor in load_file(saved[family] / "model.safetensors").items()}
    (folder / "model.safetensors").unlink()
    save_file({k: v.contiguous() for k, v in change(tensors).items()}, folder / "model.safetensors")
    return folder


def refusal(folder) -> str:
    """The one sentence that a folder is refused with."""
    with pytest.raises(CheckpointError) as error:
        load_weights(read_hub_entry(folder, "m"))
    said = str(error.value)
    assert "\n" not in said
    assert said.endswith(".")
    assert len(said) < 400
    assert str(folder.parent.parent) not in said  # where the server keeps it
    return said


@pytest.mark.parametrize("name", REAL)
def test_real_configs_are_taken(name, tmp_path):
    """What the library reads out of such a config is what we read: the logits agree."""
    family, fields = REAL[name]
    special = {} if family == "t5" else {"pad_token_id": fields.get("pad_token_id", 3)}
    theirs = make(family, seed=11, **special)
    kept = json.loads((save(theirs, tmp_path) / "config.json").read_text())
    sizes = {key: value for key, value in kept.items() if key in CLASSES[family][2] or key == "model_type"}
    if "gated" in fields.get("feed_forward_proj", ""):
        theirs = make(family, seed=11, feed_forward_proj=fields["feed_forward_proj"], tie_word_embeddings=False)
        save(theirs, tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(sizes | fields))
    entry, ours = open_ours(tmp_path)
    theirs = MODEL_CLASS[family].from_pretrained(tmp_path, attn_implementation="eager", dtype=torch.float32).eval()
    assert_same_trace(ours, theirs)
    assert entry.family == family
    assert entry.about.n_parameters == ours.n_parameters()
    assert entry.config.suppressed_tokens == ((3,) if family == "marian" else ())


REFUSED = [
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
    ("gpt2", {"add_cross_attention": True}),
    ("gpt2", {"activation_function": "mish"}),
    ("gpt2", {"is_decoder": True}),
    ("gpt2", {"bad_words_ids": [[5, 7]]}),
    ("gpt2", {"bad_words_ids": [["five"]]}),
    ("gpt2", {"bad_words_ids": "five"}),
    ("gpt2", {"bad_words_ids": [5]}),
    ("gpt2", {"suppress_tokens": [True]}),
    ("gpt2", {"pruned_heads": {"0": [1]}}),
    ("gpt2", {"quantization_config": {"load_in_8bit": True}}),
    ("bert", {"position_embedding_type": "relative_key"}),
    ("bert", {"position_embedding_type": "relative_key_query"}),
    ("bert", {"is_decoder": True}),
    ("bert", {"add_cross_attention": True}),
    ("bert", {"embedding_size": 128}),
    ("bert", {"hidden_act": "gelu_10"}),
    ("bert", {"pruned_heads": {"1": [0, 2]}}),
    ("distilbert", {"activation": ""}),
    ("distilbert", {"layer_norm_eps": 1e-5}),
    ("roberta", {"position_embedding_type": "relative_key"}),
    ("roberta", {"hidden_act": "xielu"}),
    ("bart", {"normalize_before": True}),
    ("bart", {"normalize_embedding": False}),
    ("bart", {"add_bias_logits": True}),
    ("bart", {"add_final_layer_norm": True}),
    ("bart", {"static_position_embeddings": True}),
    ("bart", {"decoder_attention_heads": 6}),
    ("bart", {"decoder_ffn_dim": 19}),
    ("bart", {"do_blenderbot_90_layernorm": True}),
    ("marian", {"normalize_before": True}),
    ("marian", {"normalize_embedding": True}),
    ("marian", {"static_position_embeddings": False}),
    ("marian", {"encoder_attention_heads": 9}),
    ("marian", {"tie_encoder_decoder": True}),
    ("marian", {"decoder_vocab_size": 59}),
    ("t5", {"feed_forward_proj": "gated-mish"}),
    ("t5", {"is_gated_act": True}),
    ("t5", {"dense_act_fn": "silu"}),
    ("t5", {"is_decoder": True}),
    ("t5", {"some_new_option": 0.5}),
    ("t5", {"begin_suppress_tokens": [7]}),
]


@pytest.mark.parametrize(("family", "changes"), REFUSED, ids=str)
def test_an_option_that_is_not_supported_is_refused_by_its_name(family, changes, saved, tmp_path):
    said = refusal(with_config(saved, family, tmp_path / "m", **changes))
    (name,) = changes
    assert name in said
    assert "config.json" in said


@pytest.mark.parametrize("family", FAMILIES)
def test_an_option_that_says_nothing_is_taken(family, saved, tmp_path):
    nothing = {"some_new_option": False, "another": None, "more": [], "still_more": {}, "text": "", "zero": 0}
    entry = read_hub_entry(with_config(saved, family, tmp_path / "m", **nothing, _private="yes"), "m")
    assert entry == read_hub_entry(saved[family], "m").__class__(**{**vars(entry), "folder": tmp_path / "m"})


@pytest.mark.parametrize("model_type", ["llama", "gpt_neo", "mt5", "mbart", "", None, 7, ["gpt2"], "x" * 1000])
def test_other_kinds_of_models_are_refused(model_type, saved, tmp_path):
    said = refusal(with_config(saved, "gpt2", tmp_path / "m", model_type=model_type))
    assert f"model_type={model_type!r:.60}" in said
    assert "gpt2, bert, distilbert, roberta, marian, bart, t5, torch.nn.Transformer" in said


@pytest.mark.parametrize(("family", "field"), [(family, field) for family in FAMILIES for field in SIZES[family]])
def test_a_size_that_is_none_or_does_not_fit_is_refused_at_once(family, field, saved, tmp_path):
    """Nothing is built before the file's header has been compared."""
    for value in (0, -3, 10**4, 10**9, 10**12, 10**400, 2.5, "768", True, [3], {"a": 1}, 1e300):
        if value == 10**4 and (family, field) in COMPUTED:
            continue  # these positions are not in the file, and there may be any number of them
        folder = with_config(saved, family, tmp_path / "m", **{field: value})
        tracemalloc.start()
        said = refusal(folder)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "config" in said
        assert peak < 15_000_000


@pytest.mark.parametrize(
    ("family", "changes", "says"),
    [
        ("gpt2", {"layer_norm_epsilon": "small"}, "'layer_norm_epsilon' must be a number"),
        ("gpt2", {"layer_norm_epsilon": -1.0}, "norm_eps"),
        ("gpt2", {"layer_norm_epsilon": 10**400}, "'layer_norm_epsilon' must be a number"),
        ("gpt2", {"layer_norm_epsilon": float("nan")}, "norm_eps"),
        ("gpt2", {"tie_word_embeddings": "yes"}, "'tie_word_embeddings' must be true or false"),
        ("gpt2", {"activation_function": ["gelu"]}, "'activation_function' must be a text"),
        ("gpt2", {"n_head": 4}, "n_embd=15 cannot be divided among n_head=4 heads"),
        ("roberta", {"pad_token_id": 40}, "max_len"),
        ("roberta", {"pad_token_id": -5}, "position_offset"),
        ("marian", {"bad_words_ids": [[61]]}, "suppressed_tokens"),
        ("marian", {"bad_words_ids": [[-1]]}, "suppressed_tokens"),
        ("t5", {"relative_attention_num_buckets": 6}, "relative_buckets=6 must be divisible by 4"),
        ("t5", {"n_positions": 10**5}, "at most 16,384"),
        ("gpt2", {"x" * 1000: 1}, "is not supported"),
        ("gpt2", {"new": "y" * 100_000}, "new="),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_of_the_wrong_kind_is_named(family, changes, says, saved, tmp_path):
    assert says in refusal(with_config(saved, family, tmp_path / "m", **changes))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(family=st.sampled_from(FAMILIES), data=st.data())
def test_whatever_a_config_says_there_is_one_sentence_or_a_model(family, data, saved, tmp_path):
    config = json.loads((saved[family] / "config.json").read_text())
    field = data.draw(st.sampled_from(sorted(config)))
    anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    value = data.draw(anything | st.lists(anything, max_size=3) | st.dictionaries(st.text(max_size=3), anything))
    folder = with_config(saved, family, tmp_path / "m", **{field: value})
    try:
        read_hub_entry(folder, "m")
    except CheckpointError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_missing_tensor_is_named(family, saved, tmp_path):
    lacking = {"gpt2": "wpe.weight", "bert": "LayerNorm.bias", "t5": "relative_attention_bias.weight"}
    ending = lacking.get(family, "ayer_norm.bias")

    def without_one(tensors):
        name = next(name for name in tensors if name.endswith(ending))
        del tensors[name]
        return tensors

    said = refusal(with_tensors(saved, family, tmp_path / "m", without_one))
    assert "lacks the tensor" in said
    assert ending in said


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: {**t, "adapter.weight": torch.ones(2, 3)}, "has a tensor 'adapter.weight' that is no part of a"),
        (lambda t: {**t, first(t): torch.ones(2, 3)}, "with shape [2, 3], which does not fit its config"),
        (lambda t: {**t, first(t): torch.ones(())}, "with shape [], which does not fit its config"),
        (lambda t: {**t, first(t): t[first(t)].to(torch.int8)}, "in the format I8, not F16, BF16, F32, F64"),
    ],
    ids=["extra", "shape", "scalar", "int8"],
)
def test_a_tensor_that_is_wrong_is_named(family, change, says, saved, tmp_path):
    said = refusal(with_tensors(saved, family, tmp_path / "m", change))
    assert says in said


def first(tensors):
    """A weight that every model of the family needs."""
    return sorted(name for name, tensor in tensors.items() if tensor.ndim == 2 and "final" not in name)[0]


def test_a_tensor_under_two_names_but_for_the_prefix_is_refused(saved, tmp_path):
    def twice(tensors):
        return {**tensors, "wpe.weight": tensors["transformer.wpe.weight"] + 1}

    said = refusal(with_tensors(saved, "gpt2", tmp_path / "m", twice))
    assert "'transformer.wpe.weight'" in said
    assert "'wpe.weight'" in said


def test_an_untied_model_without_its_output_matrix_is_refused(saved, tmp_path):
    said = refusal(with_config(saved, "gpt2", tmp_path / "m", tie_word_embeddings=False))
    assert "lacks the tensor 'lm_head.weight'" in said


def test_what_it_says_of_a_model(saved):
    entry = read_hub_entry(saved["bert"], "bert-base-uncased", "Apache 2.0")
    assert (entry.name, entry.family, entry.about.licence) == ("bert-base-uncased", "bert", "Apache 2.0")
    assert entry.about.title == "BERT: bert-base-uncased"
    assert any("[MASK]" in example.text for example in entry.about.examples)
    assert entry.notes == ()


def test_whose_config_it_is(saved, tmp_path):
    assert is_from_elsewhere(saved["gpt2"])
    assert not is_from_elsewhere(tmp_path)
    assert not is_from_elsewhere(write_model(tmp_path / "ours", {"about": {}, "transformer": {}}))
    assert not is_from_elsewhere(write_model(tmp_path / "list", ["model_type"]))
