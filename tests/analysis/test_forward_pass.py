"""The boxes of the forward pass: their order, their shapes, the trace's own numbers, and where each comes from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis.forward_pass import Box, Section, beside, count_numbers, share_of_zeros
from explorer.analysis.forward_pass_boxes import read_forward_pass
from explorer.analysis.forward_pass_output import SHOWN
from explorer.analysis.numbers.forward import FORWARD_NUMBERS, box_provenance
from explorer.model.activations import activate
from explorer.model.checkpoint import build_untrained
from explorer.model.run import run as run_text
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer
from explorer.model.untrained import untrained_entry
from tests import bundled
from tests.analysis.attention_runs import CONFIGS, random_run

N, N_SOURCE, D, FF = 5, 7, 14, 11  # tokens, source tokens, d_model, d_ff of the random runs
ATTENTION = ("q", "k", "v", "score", "weight", "y", "output", "sum")
OF_OTHER_MODELS = {"segment", "position_bias", "activated", "gate", "dense"}  # which no toy has
TOYS = [name for name in bundled.MODELS if name.startswith("classroom-tiny")]


BOTTLENECK = replace(CONFIGS["paper"], bottleneck=True)
UNTRAINED = "untrained~gpt-captions~n_heads=3,d_k=5,d_v=7,norm=rms,norm_position=post,d_ff=11~3"


def labels(ids) -> list[str]:
    return [f"t{i}" for i in ids]


def sections_of(name: str) -> tuple[Section, ...]:
    return read_forward_pass(*random_run(name), labels)


def boxes_of(name: str) -> dict[str, Box]:
    return {box.name: box for section in sections_of(name) for box in section.boxes}


def expected_names(name: str) -> list[str]:
    """The order of the boxes, from the config alone."""
    c = CONFIGS[name]
    first, last = (["norm"], []) if c.norm_position == "pre" else ([], ["norm"])
    names = []
    for stack, n_layers in (("encoder", c.n_encoder_layers), ("decoder", c.n_decoder_layers)):
        if not n_layers:
            continue
        coded = c.positions not in ("none", "relative")
        names += [f"{stack}.{each}" for each in ("ids", "token", *["position"] * coded)]
        names += [f"{stack}.segment"] * (c.n_segments > 0) + [f"{stack}.embedded"]
        names += [f"{stack}.norm"] * c.embedding_norm
        for layer in range(1, n_layers + 1):
            for sublayer in ("attention", "cross", "ff"):
                if sublayer == "cross" and not (stack == "decoder" and c.has_cross_attention):
                    continue
                inside = ["hidden", "output", "sum"] if sublayer == "ff" else list(ATTENTION)
                if sublayer == "attention" and c.positions == "relative":
                    inside.insert(3, "position_bias")
                names += [f"{stack}.{layer}.{sublayer}.{each}" for each in (*first, *inside, *last)]
        names += [f"{stack}.end.norm"] * c.final_norm
        names += ["encoder.end.mean"] * (c.bottleneck and stack == "encoder")
    top = "decoder" if c.has_decoder else "encoder"
    names += [f"{top}.end.dense", f"{top}.end.transformed"] * (c.output_transform != "none")
    names += [f"{top}.end.scaled"] * c.output_scale
    return [*names, *([f"{top}.end.logit", f"{top}.end.probability"] * c.unembedding)]


@pytest.mark.parametrize("name", CONFIGS)
def test_the_boxes_stand_in_the_order_in_which_the_model_computes(name):
    assert list(boxes_of(name)) == expected_names(name)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_box_has_the_shape_of_what_is_in_it(name):
    c, boxes = CONFIGS[name], boxes_of(name)
    for box in boxes.values():
        stack, *_, last = box.name.split(".")
        cross = ".cross." in box.name
        n = N_SOURCE if stack == "encoder" and c.has_cross_attention else N
        keys = (1 if c.bottleneck else N_SOURCE) if cross else n
        expected = {
            "ids": (n,),
            "q": (3, n, 5),
            "k": (3, keys, 5),
            "v": (3, keys, 7),
            "position_bias": (3, n, keys),
            "score": (3, n, keys),
            "weight": (3, n, keys),
            "y": (3, n, 7),
            "hidden": (n, FF),
            "mean": (1, D),
            "logit": (n, 23),
            "probability": (n, 23),
        }
        assert box.shape == expected.get(last, (n, D)), box.name
        assert np.prod(box.sheet.values.shape) == np.prod(box.shape)
        assert len(box.sheet.rows) == len(box.sheet.values)
    assert count_numbers(sections_of(name)) == sum(box.sheet.values.size for box in boxes.values())


@pytest.mark.parametrize("name", CONFIGS)
def test_every_boxs_numbers_are_the_traces_own(name):
    run, model = random_run(name)
    for box in boxes_of(name).values():
        stack, *place, last = box.name.split(".")
        if not place or place == ["end"]:
            embedding = run.stack(stack).embedding
            own = {
                "ids": lambda e=embedding: e.tokens[:, None],
                "token": lambda e=embedding: e.token_embedding,
                "position": lambda e=embedding: e.position_code,
                "segment": lambda e=embedding: e.segment_embedding,
                "embedded": lambda e=embedding: e.total,
                "norm": lambda s=stack, e=embedding, at=place: run.stack(s).output if at else e.output,
                "dense": lambda s=stack: _dense(model, run.stack(s).output),
                "transformed": lambda: run.trace.unembedding_input * (D**0.5 if model.config.output_scale else 1),
                "scaled": lambda: run.trace.unembedding_input,
                "mean": lambda: run.trace.memory,
                "logit": lambda: run.trace.logits,
                "probability": lambda: _softmax(run.trace.logits),
            }[last]()
        else:
            own = _of_block(run, stack, int(place[0]) - 1, place[1], last)
        computed_here = last in ("probability", "dense") or (last == "transformed" and model.config.output_scale)
        np.testing.assert_allclose(box.sheet.values, own, rtol=0, atol=1e-5 if computed_here else 0)


@torch.inference_mode()
def _dense(model, h):
    return activate(model.transform.linear(torch.tensor(h)), model.config.output_transform).numpy()


def _of_block(run, stack, layer, sublayer, last):
    block = run.block(stack, layer)
    pre = run.entry.config.norm_position == "pre"
    middle = block.resid_cross if hasattr(block, "resid_cross") else block.resid_mid
    attention = block.cross_attention if sublayer == "cross" else getattr(block, "attention", None)
    entered, said, read, left = {
        "attention": (block.resid_pre, block.attention.output, block.attention_input, middle),
        "cross": (middle, getattr(attention, "output", None), getattr(block, "cross_input", None), block.resid_mid),
        "ff": (block.resid_mid, block.ff_output, block.ff_input, block.resid_post),
    }[sublayer]
    if last in ("q", "k", "v", "y", "position_bias", "score", "weight"):
        field = {"y": "heads", "score": "scores", "weight": "weights"}.get(last, last)
        return np.concatenate(list(getattr(attention, field)), axis=1)
    if last == "sum":
        return left if pre else entered + said
    return {"output": said, "hidden": block.ff_hidden, "norm": read if pre else left}[last]


def _softmax(z):
    e = np.exp(z.astype(np.float64) - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def check_numbers(sections: tuple[Section, ...], seed: int, per_sheet: int = 2) -> set[str]:
    """Ask drawn places of every sheet of every box; the quantities that were asked."""
    draw, asked = np.random.default_rng(seed), set()
    for section in sections:
        for box in section.boxes:
            for n, sheet in enumerate(box.sheets):
                for _ in range(per_sheet):
                    row, column = (int(draw.integers(size)) for size in sheet.values.shape)
                    found = box_provenance(box, n, row, column)
                    assert found.agrees, (box.name, sheet.number, row, column, found.result, found.shown)
                    assert found.shown == pytest.approx(float(sheet.values[row, column]), rel=2e-6, abs=2e-6), box.name
                    assert max(map(len, found.code.splitlines())) <= 44  # fits the panel
                asked.add(sheet.number)
    return asked


@pytest.mark.parametrize("name", CONFIGS)
def test_every_number_is_what_its_numpy_gives(name):
    check_numbers(sections_of(name), seed=3)


@pytest.mark.parametrize("name", TOYS)
def test_every_number_of_the_toys_is_what_its_numpy_gives(name):
    run = bundled.run_of(name, bundled.OF_WORDS.repeated)
    checkpoint = bundled.checkpoint_of(name)
    sections = read_forward_pass(run, checkpoint.model, checkpoint.tokenizer.labels)
    asked = check_numbers(sections, seed=5, per_sheet=6)
    relu = run.entry.config.activation == "relu"
    assert asked == set(FORWARD_NUMBERS) - OF_OTHER_MODELS - (set() if relu else {"zeros"})


def test_every_kind_of_number_is_asked_in_some_model():
    assert set.union(*(check_numbers(sections_of(name), seed=4, per_sheet=1) for name in CONFIGS)) == set(
        FORWARD_NUMBERS
    )


def test_a_bottleneck_hands_over_one_vector():
    model = Transformer(BOTTLENECK, torch.Generator().manual_seed(7)).eval().requires_grad_(False)
    run, _ = random_run("paper")
    with torch.inference_mode():
        trace = to_numpy(model(torch.tensor([run.tokens.ids]), torch.tensor([run.source.ids])))
    sections = read_forward_pass(replace(run, trace=trace, entry=replace(run.entry, config=BOTTLENECK)), model, labels)
    boxes = {box.name: box for section in sections for box in section.boxes}
    assert list(boxes)[list(boxes).index("decoder.ids") - 1] == "encoder.end.mean"
    np.testing.assert_allclose(boxes["encoder.end.mean"].sheet.values[0], trace.encoder.output.mean(0), atol=1e-6)
    assert boxes["decoder.2.cross.weight"].shape == (3, N, 1)
    assert boxes["decoder.2.cross.k"].sheet.rows == ("x̄",)
    check_numbers(sections, seed=9)


def test_an_untrained_model_answers_as_well():
    entry = untrained_entry(UNTRAINED, bundled.MODELS)
    checkpoint = build_untrained(entry)
    sections = read_forward_pass(run_text(checkpoint, "Two dogs run"), checkpoint.model, checkpoint.tokenizer.labels)
    check_numbers(sections, seed=2, per_sheet=1)
    last = sections[-1].boxes[-1]
    assert last.shape[1] == 4000 and last.sheet.values.shape[1] == SHOWN
    assert (np.diff(last.sheet.values, axis=1) <= 0).all()
    assert last.sheet.cells[0][0] == checkpoint.tokenizer.label(int(last.sheet.tokens[0, 0]))


def test_by_hand():
    assert beside(np.arange(12).reshape(2, 3, 2)).tolist() == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]
    assert share_of_zeros(np.array([[0, 2, 0, 1], [1, 1, 1, 1]])).tolist() == [[0.5], [0.0]]


def test_no_other_place_is_answered():
    box = boxes_of("gpt")["decoder.1.attention.norm"]
    for place in ((9, 0, 0), (-1, 0, 0), (0, N, 0), (0, 0, D), (0, -1, 0)):
        with pytest.raises(IndexError):
            box_provenance(box, *place)
