"""Beam search equals an exhaustive search, greedy decoding, and the model's own probabilities."""

from functools import cache
from itertools import product

import pytest
import torch

from explorer.model.beam import (
    Beam,
    Continuation,
    Hypothesis,
    beam_search,
    continuations,
    decide,
    grow,
    length_score,
    search,
)
from explorer.model.decoding import greedy_tokens
from tests.golden.random_models import make_config, random_transformer

SOURCES = [[2, 3, 5, 7, 11, 13, 17], [1, 4], [18, 16, 14, 12], [6, 6, 6, 6, 6], [9]]
MODELS = {
    "encoder-decoder": ("encoder-decoder", {}),
    "bottleneck": ("encoder-decoder", {"bottleneck": True}),
    "decoder": ("decoder", {"positions": "learned", "norm_position": "pre"}),
}


def build(kind, **options):
    architecture, more = MODELS[kind]
    return random_transformer(make_config(architecture, **{"max_len": 17} | more | options), seed=3)


@torch.inference_mode()
def log_probability(model, prefix, ids, source):
    """Of ``ids`` after ``prefix``, from one full pass without a cache."""
    source = None if source is None else torch.tensor([source])
    log_p = model(torch.tensor([[*prefix, *ids[:-1]]]), source).logits[0].double().log_softmax(-1)
    return sum(float(log_p[len(prefix) - 1 + i, token]) for i, token in enumerate(ids))


@pytest.mark.parametrize("alpha", [0.0, 0.7])
@pytest.mark.parametrize("kind", MODELS)
def test_a_wide_beam_is_an_exhaustive_search(kind, alpha):
    model, end, max_new, prefix = build(kind, vocab_size=5), 3, 4, [1, 4]
    source = None if kind == "decoder" else [2, 0, 3]
    expected = []
    for length in range(1, max_new + 1):
        for ids in product(range(5), repeat=length):
            ended = ids[-1] == end
            if end not in ids[:-1] and (ended or length == max_new):
                log_p = log_probability(model, prefix, ids, source)
                expected.append(Hypothesis(ids, log_p, log_p / length**alpha, ended))
    assert len(expected) == 1 + 4 + 16 + 64 + 256
    expected.sort(key=lambda h: (not h.ended, -h.score))
    (found,) = beam_search(
        model, prefix, end, max_new, len(expected), sources=source and [source], length_penalty=alpha
    )
    assert {h.ids for h in found} == {h.ids for h in expected}
    for one, other in zip(found, expected, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-5)
    assert found[0].ids == expected[0].ids
    assert [h.ended for h in found] == [h.ended for h in expected]


@pytest.mark.parametrize("kind", MODELS)
def test_width_1_is_greedy(kind):
    model, prefix = build(kind), [3, 1]
    sources = [None] if kind == "decoder" else SOURCES
    lengths = set()
    for source in sources:
        free = list(greedy_tokens(model, prefix, -1, 13, source))
        for end in {-1, free[0], free[5], free[12]}:
            greedy = list(greedy_tokens(model, prefix, end, 13, source))
            (found,) = beam_search(model, prefix, end, 13, 1, sources=source and [source])
            assert [list(h.ids) for h in found] == [greedy]
            assert found[0].ended == (greedy[-1] == end)
            lengths.add(len(greedy))
    assert {1, 13} <= lengths


@pytest.mark.parametrize("kind", MODELS)
def test_probabilities_are_those_of_a_full_pass_and_the_order_is_by_score(kind):
    model, prefix, alpha = build(kind), [5, 7], 1.3
    sources = None if kind == "decoder" else SOURCES
    end = beam_search(model, prefix, -1, 7, 6, sources=sources)[0][0].ids[3]  # one that is met on the way
    results = beam_search(model, prefix, end, 7, 6, sources=sources, length_penalty=alpha)
    assert len(results) == len(sources or [None])
    for source, hypotheses in zip(sources or [None], results, strict=True):
        assert len({h.ids for h in hypotheses}) == 6
        for h in hypotheses:
            assert h.log_probability == pytest.approx(log_probability(model, prefix, h.ids, source), abs=1e-5)
            assert h.score == pytest.approx(h.log_probability / len(h.ids) ** alpha)
            assert h.ended == (h.ids[-1] == end)
            assert h.ended or len(h.ids) == 7
        assert list(hypotheses) == sorted(hypotheses, key=lambda h: (not h.ended, -h.score))
    assert any(h.ended for hypotheses in results for h in hypotheses)


def full_passes(model, prefix, source):
    """``log_p(ids)`` of every token after the prefix and ``ids``, by a full pass; asked again, as it was found."""
    source = None if source is None else torch.tensor([source])

    @cache
    @torch.inference_mode()
    def log_p(ids):
        return model(torch.tensor([[*prefix, *ids]]), source).logits[0, -1].log_softmax(-1).tolist()

    return log_p


def slow_beam(row_after, end, max_new, width):
    """The four steps of the search without a cache, over the whole vocabulary: ids and log p, complete ones first."""
    live, ended = [((), 0.0)], []
    for _ in range(max_new):
        found = [((*ids, token), before + log_p) for ids, before in live for token, log_p in enumerate(row_after(ids))]
        found.sort(key=lambda one: -one[1])
        ended += [one for one in found[:width] if one[0][-1] == end]
        live = [one for one in found if one[0][-1] != end][:width]
        if len(ended) >= width:
            break
    by_score = sorted(ended, key=lambda one: -one[1] / len(one[0]))
    return (by_score + sorted(live, key=lambda one: -one[1]))[:width]


@pytest.mark.parametrize("width", [2, 3, 5])
@pytest.mark.parametrize("kind", MODELS)
def test_the_search_is_what_its_four_steps_say(kind, width):
    model, prefix = build(kind, vocab_size=7), [5, 1]
    source = None if kind == "decoder" else [2, 3, 5]
    row_after = full_passes(model, prefix, source)
    for end in range(7):
        expected = slow_beam(row_after, end, 6, width)
        (found,) = beam_search(model, prefix, end, 6, width, sources=source and [source])
        assert [h.ids for h in found] == [ids for ids, _ in expected]


@pytest.mark.parametrize("kind", ["encoder-decoder", "bottleneck"])
def test_many_sources_are_searched_as_each_alone(kind):
    model, limits = build(kind), [7, 3, 11, 2, 5]
    together = beam_search(model, [1], 11, limits, 5, sources=SOURCES)
    for source, limit, found in zip(SOURCES, limits, together, strict=True):
        (alone,) = beam_search(model, [1], 11, limit, 5, sources=[source])
        assert [h.ids for h in found] == [h.ids for h in alone]
        for one, other in zip(found, alone, strict=True):
            assert one.log_probability == pytest.approx(other.log_probability, abs=1e-5)
    assert beam_search(model, [1], 11, 5, 5, sources=[]) == []


def test_a_beam_finds_what_greedy_decoding_walks_past():
    """p(a) = 0.6, p(b) = 0.4; after a the text ends with 0.5, after b with 0.9: "b" is the likelier text, 0.36."""
    a, b, end = 0, 1, 2
    log = torch.tensor([0.6, 0.4, 0.5, 0.3, 0.9, 0.1]).double().log().tolist()
    start = [(a, log[0]), (b, log[1])]
    after = {a: [(end, log[2]), (a, log[3])], b: [(end, log[4]), (b, log[5])]}
    beam = Beam()
    assert [each[:4] for each in continuations(beam, [start])] == [(0, a, log[0], log[0]), (0, b, log[1], log[1])]
    beam = grow(beam, decide(continuations(beam, [start]), 2, end), 0.0)
    assert [h.ids for h in beam.live] == [(a,), (b,)]
    looked_at = decide(continuations(beam, [after[a], after[b]]), 2, end)
    assert [(each.parent, each.token, each.fate) for each in looked_at] == [
        (1, end, "ended"),
        (0, end, "ended"),
        (0, a, "live"),
        (1, b, "live"),
    ]
    assert [each.log_p for each in looked_at] == [log[4], log[2], log[3], log[5]]
    beam = grow(beam, looked_at, 0.0)
    assert [h.ids for h in beam.ended] == [(b, end), (a, end)]
    assert [h.ids for h in beam.live] == [(a, a), (b, b)]
    assert beam.is_done(2, 9)
    assert [h.ids for h in beam.best(2)] == [(b, end), (a, end)]
    assert beam.best(2)[0].log_probability == pytest.approx(-1.0216512)  # log 0.36


def test_an_end_counts_only_among_the_best():
    """Three continuations are better than the end: with width 3 the text is not complete, with width 4 it is."""
    ranked = [
        Continuation(0, token, log_p, log_p) for token, log_p in ((5, -1.0), (6, -1.1), (7, -1.2), (2, -1.3), (8, -1.4))
    ]
    assert [each.fate for each in decide(ranked, 3, 2)] == ["live", "live", "live", "dropped", "dropped"]
    narrow, wide = (grow(Beam(), decide(ranked, width, 2), 1.0) for width in (3, 4))
    assert narrow.ended == ()
    assert [h.ids for h in wide.ended] == [(2,)]
    assert [h.ids for h in narrow.live] == [(5,), (6,), (7,)]
    assert [h.ids for h in wide.live] == [(5,), (6,), (7,), (8,)]


@pytest.mark.parametrize("kind", MODELS)
def test_the_steps_of_a_search_lead_to_what_it_found(kind):
    """Every hypothesis of the n-best list is a path through the continuations that were kept."""
    model, width, end = build(kind, vocab_size=7), 3, 4
    (found,) = search(model, [5, 1], end, 6, width, sources=None if kind == "decoder" else [[2, 3, 5]])
    live, kept = [((), 0.0)], {}
    for looked_at in found.steps:
        assert len(looked_at) == len(live) * (width + 1)
        assert [each.log_probability for each in looked_at] == sorted(
            (each.log_probability for each in looked_at), reverse=True
        )
        following = []
        for each in looked_at:
            ids, log_p = live[each.parent]
            assert each.log_probability == pytest.approx(log_p + each.log_p)
            assert each.fate != "ended" or each.token == end
            if each.fate != "dropped":
                kept[(*ids, each.token)] = each.log_probability
            if each.fate == "live":
                following.append(((*ids, each.token), each.log_probability))
        assert len(following) <= width
        live = following
    assert [kept[h.ids] for h in found.best] == [h.log_probability for h in found.best]


def test_length_penalty_by_hand():
    assert length_score(-6.0, 3, 0.0) == -6
    assert length_score(-6.0, 3, 1.0) == -2
    assert length_score(-6.0, 4, 0.5) == -3
    short, long = Hypothesis((1, 2), -3.0, 0.0, True), Hypothesis((1, 1, 1, 2), -4.0, 0.0, True)
    for alpha, best in ((0.0, short), (1.0, long)):
        scored = [
            Hypothesis(h.ids, h.log_probability, length_score(h.log_probability, len(h.ids), alpha), True)
            for h in (short, long)
        ]
        assert Beam((), tuple(scored)).best(1)[0].ids == best.ids


def test_every_position_can_be_filled_and_no_more():
    model = build("decoder")
    (found,) = beam_search(model, [1, 2], -1, 16, 3)
    assert [len(h.ids) for h in found] == [16] * 3
    with pytest.raises(ValueError, match=r"18 tokens.*max_len=17"):
        beam_search(model, [1, 2], -1, 17, 3)


@pytest.mark.parametrize(("width", "max_new"), [(0, 5), (3, 0), (3, [5, 0, 5, 5, 5])])
def test_nothing_is_searched_with_no_beam_or_no_room(width, max_new):
    with pytest.raises(ValueError, match="must be at least 1"):
        beam_search(build("encoder-decoder"), [1], 11, max_new, width, sources=SOURCES)


def test_the_caller_keeps_its_own_mode():
    beam_search(build("decoder"), [1], -1, 5, 2)
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("width", [1, 3])
def test_each_step_can_be_watched_and_ended(width):
    model, seen = build("decoder", vocab_size=7), []
    search(model, [5, 1], None, 5, width, watch=lambda i, n: seen.append((i, n)))
    assert seen == [(i, 5) for i in (1, 2, 3, 4, 5)]

    def stop(i: int, n: int) -> None:
        if i == 2:
            raise InterruptedError(f"{i} of {n}")

    with pytest.raises(InterruptedError, match="2 of 5"):
        search(model, [5, 1], None, 5, width, watch=stop)
