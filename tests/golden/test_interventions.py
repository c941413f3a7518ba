"""Every intervention equals the NumPy reference with the same change, and leaves the shared model alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import reference
from explorer.model.changed import changed
from explorer.model.intervention import HeadChange, Intervention, LayerChange, NumberEdit, Place, RowEdit
from explorer.model.trace import allclose, to_numpy
from explorer.reference import AttentionChange, Changes
from tests.golden.random_models import as_arrays, assert_same, make_config, random_inputs, random_transformer

MODELS = {
    "encoder-decoder": ("encoder-decoder", {"attention_bias": True}),
    "bottleneck": ("encoder-decoder", {"bottleneck": True, "source_vocab_size": 23}),
    "decoder": ("decoder", {"positions": "learned", "norm_position": "pre", "final_norm": True}),
    "encoder": ("encoder", {"norm": "rms", "output_bias": True}),
    "bert": (
        "encoder",
        {
            "positions": "learned", "n_segments": 2, "embedding_norm": True, "output_transform": "gelu",
            "output_bias": True, "activation": "gelu", "attention_bias": True,
        },
    ),
    "t5": (
        "encoder-decoder",
        {
            "positions": "relative", "relative_buckets": 8, "relative_max_distance": 7, "norm": "rms", "ff_gate": True,
            "norm_position": "pre", "final_norm": True, "output_scale": True, "activation": "silu",
        },
    ),
}  # fmt: skip
KINDS = {
    "encoder-decoder": ("encoder", "decoder", "cross"),
    "bottleneck": ("encoder", "decoder", "cross"),
    "decoder": ("decoder",),
    "encoder": ("encoder",),
    "bert": ("encoder",),
    "t5": ("encoder", "decoder", "cross"),
}


def build(name):
    architecture, options = MODELS[name]
    config = make_config(architecture, **options)
    return random_transformer(config), random_inputs(config)


@torch.inference_mode()
def check(name, intervention, *, config=None, parameters=None, causal=True, changes=None):
    """Both texts of the batch, the second of which is padded, field by field; and that something did change."""
    model, inputs = build(name)
    before = as_arrays(model)
    config = replace(model.config, **(config or {}))
    parameters = {**before, **(parameters(before) if parameters else {})}
    trace = changed(model, intervention)(**inputs)
    for n in range(2):
        one_text = {key: value[n].numpy() for key, value in inputs.items()}
        expected = reference.forward(parameters, config, **one_text, causal=causal, changes=changes or Changes())
        assert_same(to_numpy(trace, n), expected, atol=2e-5 * max(1, np.abs(expected.logits).max()))
    assert not torch.equal(trace.logits, model(**inputs).logits)
    assert all(np.array_equal(value, before[key]) for key, value in as_arrays(model).items())


def for_all(kind_of_change, name):
    """The same change of attention in layer 1 of each kind that the model has."""
    return {(kind, 1): kind_of_change(kind) for kind in KINDS[name]}


def uniform(mask):
    return mask / mask.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("name", MODELS)
def test_no_scale(name):
    check(name, Intervention(no_scale=True), config={"scale_scores": False})


@pytest.mark.parametrize("name", ["encoder-decoder", "bottleneck", "decoder", "t5"])
def test_no_mask(name):
    check(name, Intervention(no_mask=True), causal=False)


@pytest.mark.parametrize("name", MODELS)
def test_no_residual(name):
    check(name, Intervention(no_residual=True), changes=Changes(residual=False))


@pytest.mark.parametrize("name", MODELS)
def test_no_norm(name):
    check(name, Intervention(no_norm=True), changes=Changes(norm=False))


@pytest.mark.parametrize("name", MODELS)
def test_the_other_place_of_the_norm(name):
    other = "post" if MODELS[name][1].get("norm_position") == "pre" else "pre"
    check(name, Intervention(other_norm_position=True), config={"norm_position": other})


@pytest.mark.parametrize("name", MODELS)
def test_no_positions(name):
    check(name, Intervention(no_positions=True), config={"positions": "none"})


@pytest.mark.parametrize("name", MODELS)
def test_exchanged_queries_and_keys(name):
    def exchanged(own):
        names = {key: key.replace("w_q", "w_Q").replace("w_k", "w_q").replace("w_Q", "w_k") for key in own}
        return {new: own[old] for old, new in names.items()}

    check(name, Intervention(exchanged_qk=True), parameters=exchanged)


@pytest.mark.parametrize("name", MODELS)
def test_a_head_off_is_its_slice_of_w_o_zeroed(name):
    """The heads of the trace are 0; so that everything after W_O equals a model in which W_O is changed instead."""
    model, inputs = build(name)
    for kind in KINDS[name]:
        off = changed(model, Intervention(heads=(HeadChange(Place(kind, 1, 2), "zero"),)))
        other = random_transformer(model.config)
        stack = other.encoder if kind == "encoder" else other.decoder
        attention = stack.blocks[1].cross_attention if kind == "cross" else stack.blocks[1].attention
        with torch.no_grad():
            attention.w_o.weight[:, 2 * 7 : 3 * 7] = 0
            torch.testing.assert_close(off(**inputs).logits, other(**inputs).logits, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("action", ["zero", "mean", "uniform"])
def test_heads_silent_or_blind(name, action):
    """In layer 1 of each kind, heads 0 and 2."""

    def zero(heads, mask):
        return heads * np.array([0, 1, 0])[:, None, None]

    def mean_of(kind):
        def mean(heads, mask):
            n = heads.shape[1]
            seen = np.tril(np.ones((n, n))) if kind == "cross" else mask
            return np.stack([uniform(seen) @ heads[0], heads[1], uniform(seen) @ heads[2]])

        return mean

    def blind(weights, mask):
        return np.stack([uniform(mask), weights[1], uniform(mask)])

    changes = {
        "zero": lambda kind: AttentionChange(heads=zero),
        "mean": lambda kind: AttentionChange(heads=mean_of(kind)),
        "uniform": lambda kind: AttentionChange(weights=blind),
    }
    heads = tuple(HeadChange(Place(kind, 1, head), action) for kind in KINDS[name] for head in (0, 2))
    check(name, Intervention(heads=heads), changes=Changes(attention=for_all(changes[action], name)))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("action", "order"), [("off", (1,)), ("twice", (0, 0, 1))])
def test_a_layer_off_or_twice(name, action, order):
    stacks = [kind for kind in KINDS[name] if kind != "cross"]
    layers = tuple(LayerChange(stack, 0, action) for stack in stacks)
    check(name, Intervention(layers=layers), changes=Changes(layers=dict.fromkeys(stacks, order)))


@pytest.mark.parametrize("name", ["encoder-decoder", "decoder", "encoder", "bert", "t5"])
def test_a_row_led_by_hand(name):
    """Query 1 gives key 1 the weight 0.625; the other keys that it may look at share the rest in their proportions."""

    def by_hand(weights, mask):
        row = weights[2, 1].copy()
        others = row * (np.arange(len(row)) != 1)
        row = np.where(np.arange(len(row)) == 1, 0.625, others / others.sum() * 0.375)
        weights = weights.copy()
        weights[2, 1] = row
        return weights

    rows = tuple(RowEdit(Place(kind, 1, 2), 1, ((1, 0.625),)) for kind in KINDS[name])
    changes = Changes(attention=for_all(lambda kind: AttentionChange(weights=by_hand), name))
    check(name, Intervention(rows=rows), changes=changes)


@pytest.mark.parametrize("name", MODELS)
def test_one_number_of_a_matrix(name):
    stack = "decoder" if name == "decoder" else "encoder"
    parameter = f"{stack}.blocks.1.ff.w_1.weight"

    def edited(own):
        matrix = own[parameter].copy()
        matrix[3, 5] = 2.5
        return {parameter: matrix}

    check(name, Intervention(numbers=(NumberEdit(parameter, (3, 5), 2.5),)), parameters=edited)


@torch.inference_mode()
def test_a_tied_matrix_stays_tied():
    """One number of the embedding is changed where tokens are read and where they are predicted."""
    model, inputs = build("encoder-decoder")
    edit = NumberEdit("encoder.embedding.token.weight", (5, 3), 1.75)
    other = changed(model, Intervention(numbers=(edit,)))
    matrices = (other.encoder.embedding.token, other.decoder.embedding.token, other.unembedding)
    assert len({id(each.weight) for each in matrices}) == 1
    assert other.unembedding.weight[5, 3] == 1.75
    assert model.unembedding.weight[5, 3] != 1.75
    parameters = as_arrays(other)
    one_text = {key: value[0].numpy() for key, value in inputs.items()}
    assert_same(to_numpy(other(**inputs)), reference.forward(parameters, other.config, **one_text), atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_several_changes_at_once(name):
    kind = KINDS[name][-1]
    intervention = Intervention(
        no_scale=True,
        no_norm=True,
        no_positions=True,
        heads=(HeadChange(Place(kind, 0, 1), "zero"),),
        layers=(LayerChange("decoder" if kind != "encoder" else "encoder", 1, "twice"),),
    )

    def zero(heads, mask):
        return heads * np.array([1, 0, 1])[:, None, None]

    stack = "encoder" if kind == "encoder" else "decoder"
    changes = Changes(norm=False, layers={stack: (0, 1, 1)}, attention={(kind, 0): AttentionChange(heads=zero)})
    check(name, intervention, config={"scale_scores": False, "positions": "none"}, changes=changes)


def own_rows(model, inputs, name):
    """Rows edited to what they are."""
    trace, rows = model(**{key: value[:1] for key, value in inputs.items()}), []
    for kind in KINDS[name]:
        block = (trace.encoder if kind == "encoder" else trace.decoder).blocks[1]
        weights = (block.cross_attention if kind == "cross" else block.attention).weights[0, 2, 1].tolist()
        allowed = [(key, weight) for key, weight in enumerate(weights) if weight > 0]
        rows += [RowEdit(Place(kind, 1, 2), 1, tuple(allowed)), RowEdit(Place(kind, 1, 0), 1, ())]
    return tuple(row for row in rows if row.weights)


@pytest.mark.parametrize("name", MODELS)
@torch.inference_mode()
def test_what_changes_nothing_gives_the_same_bits(name):
    model, inputs = build(name)
    inputs = {key: value[:1] for key, value in inputs.items()}
    plain, own = model(**inputs), own_rows(model, inputs, name)
    parameter, value = next((key, value) for key, value in model.named_parameters() if value.ndim == 2)
    same_number = NumberEdit(parameter, (1, 1), float(value[1, 1]))
    first_key = tuple(replace(row, weights=row.weights[:1]) for row in own)
    for intervention in (
        Intervention(),
        Intervention(rows=own),
        Intervention(rows=first_key),
        Intervention(numbers=(same_number,)),
    ):
        assert allclose(changed(model, intervention)(**inputs), plain, atol=0), intervention


@torch.inference_mode()
def test_interventions_in_one_thread_and_plain_passes_in_another():
    model, inputs = build("encoder-decoder")
    plain = model(**inputs)
    interventions = [
        Intervention(no_scale=True, exchanged_qk=True, no_residual=True, no_norm=True),
        Intervention(other_norm_position=True, no_mask=True, no_positions=True),
        Intervention(
            heads=(HeadChange(Place("cross", 0, 1), "mean"),),
            layers=(LayerChange("encoder", 0, "off"),),
            rows=(RowEdit(Place("decoder", 1, 0), 2, ((0, 1.0),)),),
            numbers=(NumberEdit("decoder.blocks.0.ff.w_2.weight", (0, 0), 9.0),),
        ),
    ]
    expected = [changed(model, each)(**inputs) for each in interventions]
    start = threading.Barrier(2)

    def intervene():
        start.wait()
        with torch.inference_mode():
            return [
                allclose(changed(model, each)(**inputs), trace, atol=0)
                for _ in range(20)
                for each, trace in zip(interventions, expected, strict=True)
            ]

    def pass_plainly():
        start.wait()
        with torch.inference_mode():
            return [allclose(model(**inputs), plain, atol=0) for _ in range(60)]

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(intervene), pool.submit(pass_plainly)
        assert all(one.result()) and all(other.result())
    assert not any(allclose(trace, plain, atol=0) for trace in expected if len(trace.encoder.blocks) == 2)
