"""The same numbers from whatever file a model lies in: saved as another class, in shards, halved, with old names."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.hub.models import (
    CLASSES,
    assert_close,
    assert_same_trace,
    make,
    n_parameters,
    open_ours,
    run_both,
    save,
    transformers,
)

# The class, whether it can predict tokens as we open it, and what of it is left out in words.
SAVED_AS = [
    ("gpt2", "GPT2Model", True, []),
    ("gpt2", "GPT2ForSequenceClassification", True, ["another task"]),
    ("gpt2", "GPT2DoubleHeadsModel", True, ["another task"]),
    ("bert", "BertModel", False, ["pooler"]),
    ("bert", "BertForPreTraining", True, ["pooler", "sentences follow each other"]),
    ("bert", "BertForNextSentencePrediction", False, ["pooler", "sentences follow each other"]),
    ("bert", "BertForSequenceClassification", False, ["pooler", "another task"]),
    ("bert", "BertForTokenClassification", False, ["another task"]),
    ("bert", "BertForQuestionAnswering", False, ["another task"]),
    ("distilbert", "DistilBertModel", False, []),
    ("distilbert", "DistilBertForSequenceClassification", False, ["another task"]),
    ("distilbert", "DistilBertForQuestionAnswering", False, ["another task"]),
    ("roberta", "RobertaModel", False, ["pooler"]),
    ("roberta", "RobertaForSequenceClassification", False, ["another task"]),
    ("bart", "BartModel", True, []),
    ("bart", "BartForSequenceClassification", True, ["another task"]),
    ("marian", "MarianModel", True, []),
    ("t5", "T5Model", True, []),
    ("t5", "T5ForSequenceClassification", True, ["another task"]),
]
FAMILIES = tuple(CLASSES)


def rewrite(folder, change):
    """Replace the tensors of model.safetensors by ``change`` of them."""
    path = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    save_file({name: tensor.contiguous() for name, tensor in change(tensors).items()}, path, {"format": "pt"})
    return folder


@pytest.mark.parametrize(("family", "model_class", "predicts", "left_out"), SAVED_AS)
def test_whatever_class_a_model_was_saved_as(family, model_class, predicts, left_out, tmp_path):
    theirs = make(family, model_class=model_class)
    entry, ours = open_ours(save(theirs, tmp_path))
    assert entry.config.unembedding == predicts
    notes = " ".join(entry.notes)
    assert [words for words in left_out if words not in notes] == []
    assert notes.count("Left out") == len(left_out)
    assert ("attention only" in notes) != predicts
    # its inner model computes the same states, and a head for another task has other numbers than logits
    inner = getattr(theirs, theirs.base_model_prefix, theirs)
    assert_same_trace(ours, inner)
    if not predicts:
        assert run_both(ours, inner)[0].logits.shape[-1] == 0
    elif model_class.endswith("Model") and "Double" not in model_class:
        head = type(make(family))(theirs.config).eval()  # a tied head adds nothing: it comes with the model
        missing = head.base_model.load_state_dict(theirs.state_dict(), strict=False).missing_keys
        assert missing in ([], ["lm_head.weight"])
        head.tie_weights()
        assert_same_trace(ours, head)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_in_shards(family, tmp_path):
    theirs = make(family)
    theirs.save_pretrained(tmp_path, max_shard_size="6KB")
    shards = len(list(tmp_path.glob("model-*-of-*.safetensors")))
    assert shards > 2
    _, ours = open_ours(tmp_path)
    assert_same_trace(ours, theirs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("family", FAMILIES)
def test_other_formats_are_read_as_float32(family, dtype, tmp_path):
    save(make(family).to(dtype), tmp_path)
    entry, ours = open_ours(tmp_path)
    theirs = type(make(family)).from_pretrained(tmp_path, dtype=torch.float32, attn_implementation="eager").eval()
    assert {parameter.dtype for parameter in ours.parameters()} == {torch.float32}
    assert_same_trace(ours, theirs)
    assert entry.about.n_parameters == n_parameters(theirs)


def test_a_bias_of_zeros_in_half_precision_is_none(tmp_path):
    for dtype in (torch.float16, torch.bfloat16):
        entry, _ = open_ours(save(make("bart").to(dtype), tmp_path))
        assert not entry.config.output_bias
        folder = rewrite(tmp_path, lambda t: {**t, "final_logits_bias": torch.full_like(t["final_logits_bias"], 0.5)})
        entry, ours = open_ours(folder)
        assert entry.config.output_bias
        assert ours.unembedding.bias.tolist() == [0.5] * entry.config.vocab_size


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_t5_whose_file_holds_its_tied_matrix_twice_is_tied(dtype, tmp_path):
    theirs = make("t5")
    save(theirs.to(dtype), tmp_path)
    twice = ("lm_head.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
    folder = rewrite(tmp_path, lambda t: {**t, **{name: t["shared.weight"].clone() for name in twice}})
    entry, ours = open_ours(folder)
    assert entry.config.tied_embeddings
    assert_same_trace(ours, theirs.float())


def test_the_names_of_norms_in_berts_first_years(tmp_path):
    theirs = make("bert")

    def old(tensors):
        pairs = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
        renamed = {}
        for name, tensor in tensors.items():
            for new, before in pairs.items():
                name = name.replace(new, before)
            renamed[name] = tensor
        assert sum("gamma" in name for name in renamed) == 6
        return renamed | {"bert.embeddings.position_ids": torch.arange(23)[None]}

    _, ours = open_ours(rewrite(save(theirs, tmp_path), old))
    assert_same_trace(ours, theirs)


def test_the_masks_that_old_files_of_gpt2_hold(tmp_path):
    theirs = make("gpt2")
    masks = {f"h.{n}.attn.bias": torch.ones(23, 23).tril()[None, None] for n in range(2)}
    masks |= {f"h.{n}.attn.masked_bias": torch.tensor(-1e4) for n in range(2)}

    def bare(tensors):
        """Without the prefix, as the first GPT-2 of the hub, and with masks."""
        return {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()} | masks

    entry, ours = open_ours(rewrite(save(theirs, tmp_path), bare))
    assert entry.notes == ()
    assert_same_trace(ours, theirs)
    assert ours.n_parameters() == n_parameters(theirs)


@pytest.mark.parametrize("family", ["bart", "marian", "t5"])
def test_embeddings_under_all_their_names(family, tmp_path):
    """Files of older libraries hold the shared matrix three or four times, and Marian's computed positions."""
    theirs = make(family)
    prefix = "" if family == "t5" else "model."
    copies = [f"{prefix}encoder.embed_tokens.weight", f"{prefix}decoder.embed_tokens.weight", "lm_head.weight"]

    def all_names(tensors):
        tensors |= {name: tensors[f"{prefix}shared.weight"].clone() for name in copies}
        if family == "marian":
            positions = {f"model.{s}.embed_positions.weight" for s in ("encoder", "decoder")}
            tensors |= {name: theirs.state_dict()[name].clone() for name in positions}
        if family == "bart":
            tensors |= {"model.encoder.version": torch.tensor([3.0]), "model.decoder.version": torch.tensor([3.0])}
        if family == "t5":
            unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
            tensors[unused] = torch.randn(8, 3)
        return tensors

    entry, ours = open_ours(rewrite(save(theirs, tmp_path), all_names))
    assert entry.notes == ()
    assert_same_trace(ours, theirs)
    assert ours.n_parameters() == n_parameters(theirs)


def test_token_types_of_a_single_text_are_those_that_a_bert_is_given(tmp_path):
    """Where the library is told nothing, a text is the first segment: so it is here."""
    theirs = make("bert")
    _, ours = open_ours(save(theirs, tmp_path))
    tokens = torch.tensor([[7, 11, 13]])
    with torch.inference_mode():
        trace = ours(tokens)
        told = theirs(tokens, token_type_ids=torch.zeros_like(tokens)).logits
        second = theirs(tokens, token_type_ids=torch.ones_like(tokens)).logits
    assert_close(trace.logits, told, 1e-5)
    assert not torch.allclose(trace.logits, second, atol=1e-2)


def test_the_library_reads_its_file_as_we_do(tmp_path):
    """The config is what it wrote: nothing of it was changed on the way here."""
    save(make("roberta", pad_token_id=1), tmp_path)
    _, ours = open_ours(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["transformers_version"] == transformers.__version__
    assert_same_trace(ours, transformers.RobertaForMaskedLM.from_pretrained(tmp_path, attn_implementation="eager"))
