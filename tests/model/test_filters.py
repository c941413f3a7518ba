"""The filters equal those of the transformers library, alone and in a chain, and what one computes by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.model.filters import Filters, stages

transformers = pytest.importorskip("transformers")

VOCAB_SIZE = 11
NAMES = ("repetition penalty", "temperature", "top-k", "top-p", "min-p")
NO_READ = torch.tensor([[0]])

# In sixty-fourths: no two logits are nearly, but not exactly, equal.
logits = st.lists(
    st.lists(st.integers(-640, 640).map(lambda n: n / 64), min_size=VOCAB_SIZE, max_size=VOCAB_SIZE, unique=True),
    min_size=1,
    max_size=3,
).map(torch.tensor)
strengths = {
    "repetition_penalty": st.floats(1.01, 10),
    "temperature": st.floats(0.1, 10),
    "top_k": st.integers(1, VOCAB_SIZE + 2),
    "top_p": st.floats(0.01, 0.99),
    "min_p": st.floats(0.001, 1),
}
some_filters = st.fixed_dictionaries({}, optional=strengths).map(lambda values: Filters(**values))


def library(filters: Filters):
    """The library's filters that are on, in our order."""
    made = (
        (filters.repetition_penalty != 1, "RepetitionPenaltyLogitsProcessor", filters.repetition_penalty),
        (filters.temperature != 1, "TemperatureLogitsWarper", filters.temperature),
        (filters.top_k > 0, "TopKLogitsWarper", filters.top_k),
        (filters.top_p < 1, "TopPLogitsWarper", filters.top_p),
        (filters.min_p > 0, "MinPLogitsWarper", filters.min_p),
    )
    return [getattr(transformers, name)(value) for is_on, name, value in made if is_on]


def probabilities(values, filters, read=NO_READ):
    """[vocab_size], after the last stage of one row."""
    return stages(torch.tensor([values]), read, filters)[-1].log_probabilities[0].exp().tolist()


def logs(*p):
    return [math.log(each) if each else -math.inf for each in p]


def is_near_a_threshold(log_p, filters):
    """Whether a sum or share of probabilities is so near to p that rounding decides."""
    p = log_p.exp()
    sums = p.sort(-1, descending=True).values.cumsum(-1)
    shares = p / p.amax(-1, keepdim=True)
    return bool(((sums - filters.top_p).abs() < 1e-9).any() or ((shares - filters.min_p).abs() < 1e-9).any())


@given(logits, some_filters, st.data())
def test_each_stage_is_what_the_library_computes(z, filters, data):
    ids = st.lists(st.integers(0, VOCAB_SIZE - 1), min_size=5, max_size=5)
    read = torch.tensor([data.draw(ids) for _ in z])
    found = stages(z, read, filters)
    processors = library(filters)
    assert len(found) == 1 + len(processors)
    expected = z.double()
    torch.testing.assert_close(found[0].log_probabilities, expected.log_softmax(-1))
    for processor, before, stage in zip(processors, found, found[1:], strict=False):
        if is_near_a_threshold(before.log_probabilities, filters):
            return
        expected = processor(read, expected)
        torch.testing.assert_close(stage.log_probabilities, expected.log_softmax(-1), rtol=0, atol=1e-9)


@given(logits, some_filters)
def test_every_stage_is_a_distribution_and_says_what_share_it_kept(z, filters):
    found = stages(z, torch.zeros(len(z), 1, dtype=torch.long), filters)
    names = [stage.name for stage in found]
    assert names == ["softmax", *(name for name in NAMES if name in names)]  # in this order
    for before, stage in pairwise(found):
        p = stage.log_probabilities.exp()
        torch.testing.assert_close(p.sum(-1), torch.ones(len(z), dtype=torch.float64))
        kept = torch.where(p > 0, before.log_probabilities.exp(), 0.0).sum(-1)
        if stage.name in ("top-k", "top-p", "min-p"):
            torch.testing.assert_close(stage.kept, kept)
            torch.testing.assert_close(p * stage.kept[:, None], torch.where(p > 0, before.log_probabilities.exp(), 0.0))
        assert stage.value == getattr(filters, stage.name.replace("-", "_").replace(" ", "_"))


def test_by_default_nothing_is_filtered():
    (only,) = stages(torch.tensor([[0.0, math.log(3)]]), NO_READ, Filters())
    assert (only.name, only.value, only.kept.tolist()) == ("softmax", 1.0, [1.0])
    assert only.log_probabilities[0].exp().tolist() == pytest.approx([0.25, 0.75])
    assert only.log_probabilities.dtype == torch.float64


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(temperature=2.0), [0.1627005, 0.3254009, 0.2300932, 0.2818055]),
        (Filters(temperature=0.5), [0.01 / 0.3, 0.16 / 0.3, 0.04 / 0.3, 0.09 / 0.3]),
        (Filters(top_k=1), [0, 1, 0, 0]),
        (Filters(top_k=3), [0, 4 / 9, 2 / 9, 3 / 9]),
        (Filters(top_k=99), [0.1, 0.4, 0.2, 0.3]),
        (Filters(top_p=0.05), [0, 1, 0, 0]),
        (Filters(top_p=0.41), [0, 4 / 7, 0, 3 / 7]),
        (Filters(top_p=0.69), [0, 4 / 7, 0, 3 / 7]),
        (Filters(top_p=0.71), [0, 4 / 9, 2 / 9, 3 / 9]),
        (Filters(min_p=0.49), [0, 4 / 9, 2 / 9, 3 / 9]),
        (Filters(min_p=0.51), [0, 4 / 7, 0, 3 / 7]),
        (Filters(min_p=1.0), [0, 1, 0, 0]),
        # top-k leaves 4/9, 3/9 and 2/9: 0.7 of that is more than what 0.4 and 0.3 have, 7/9, so "0.2" goes
        (Filters(top_k=3, top_p=0.7), [0, 4 / 7, 0, 3 / 7]),
        (Filters(top_p=0.71, min_p=0.6), [0, 4 / 7, 0, 3 / 7]),
    ],
)
def test_by_hand(filters, expected):
    assert probabilities(logs(0.1, 0.4, 0.2, 0.3), filters) == pytest.approx(expected, abs=1e-6)


def test_the_share_that_is_kept_by_hand():
    found = stages(torch.tensor([logs(0.1, 0.4, 0.2, 0.3)]), NO_READ, Filters(top_k=3, top_p=0.7))
    assert [(stage.name, stage.value) for stage in found] == [("softmax", 1), ("top-k", 3), ("top-p", 0.7)]
    assert [stage.kept.item() for stage in found] == pytest.approx([1, 0.9, 7 / 9])


def test_repetition_penalty_by_hand():
    """It works on logits, not on probabilities: 2 becomes 1, -1 becomes -2, and 0 stays."""
    read = torch.tensor([[0, 1, 0, 3]])  # token 0 was read twice, and counts once
    total = math.exp(1) + math.exp(-2) + math.exp(1.5) + 1
    expected = [math.exp(1) / total, math.exp(-2) / total, math.exp(1.5) / total, 1 / total]
    assert probabilities([2.0, -1.0, 1.5, 0.0], Filters(repetition_penalty=2.0), read) == pytest.approx(expected)


def test_of_equals_the_smaller_id_is_kept():
    assert probabilities([0.0, 1.0, 1.0, 1.0, 0.0], Filters(top_k=2)) == pytest.approx([0, 0.5, 0.5, 0, 0])
    assert probabilities([1.0] * 5, Filters(top_p=0.3)) == pytest.approx([0.5, 0.5, 0, 0, 0])
    assert probabilities([1.0] * 5, Filters(min_p=1.0)) == pytest.approx([0.2] * 5)


def test_rows_are_filtered_each_by_itself():
    z, read = torch.tensor([logs(0.1, 0.4, 0.2, 0.3), logs(0.9, 0.05, 0.03, 0.02)]), torch.tensor([[1, 1], [2, 3]])
    filters = Filters(temperature=0.7, top_p=0.8, repetition_penalty=1.3)
    together = stages(z, read, filters)[-1].log_probabilities
    for n in range(2):
        assert torch.equal(stages(z[n : n + 1], read[n : n + 1], filters)[-1].log_probabilities[0], together[n])


def test_extreme_logits_stay_finite():
    for temperature in (0.01, 100.0):
        found = stages(torch.tensor([[1e4, -1e4, 0.0]]), NO_READ, Filters(temperature=temperature, top_p=0.9))
        p = found[-1].log_probabilities.exp()
        assert torch.isfinite(p).all()
        assert p.sum().item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": 0.0}, r"the temperature must be from 0\.01 to 100, not 0\.0"),
        ({"temperature": 101}, r"the temperature must be from 0\.01 to 100, not 101"),
        ({"temperature": math.nan}, "the temperature must be .*, not nan"),
        ({"top_k": -1}, "top-k must be a whole number of at least 0, not -1"),
        ({"top_k": 2.5}, r"top-k must be a whole number of at least 0, not 2\.5"),
        ({"top_p": 0.0}, r"top-p must be above 0 and at most 1, not 0\.0"),
        ({"top_p": 1.1}, r"top-p must be above 0 and at most 1, not 1\.1"),
        ({"top_p": math.nan}, "top-p must be .*, not nan"),
        ({"min_p": -0.1}, r"min-p must be from 0 to 1, not -0\.1"),
        ({"min_p": 1.5}, r"min-p must be from 0 to 1, not 1\.5"),
        ({"repetition_penalty": 0.9}, r"the repetition penalty must be from 1 to 10, not 0\.9"),
        ({"repetition_penalty": math.inf}, "the repetition penalty must be from 1 to 10, not inf"),
    ],
)
def test_what_is_out_of_range_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Filters(**values)
