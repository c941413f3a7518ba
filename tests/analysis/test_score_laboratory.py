"""Random scores: what is measured against independent computations, and what theory says within sampling error."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.analysis.head_scores import head_scores, random_head
from explorer.analysis.numbers import score_laboratory as numbers
from explorer.analysis.score_laboratory import (
    N_QUERIES,
    SIZES,
    draw_products,
    entropy,
    gap_density,
    jacobian,
    jacobian_norm,
    jacobian_trace,
    laboratory,
    theory,
)
from explorer.limits import LABORATORY_KEYS, LABORATORY_SIZE
from tests import zoo
from tests.bundled import TELLING, checkpoint_of, run_of, texts

LAB = laboratory(seed=3, n_keys=29, m=97)


def test_sizes_run_from_one_to_the_largest_and_hold_the_chosen_one():
    assert SIZES[:8] == (1, 2, 3, 4, 5, 6, 7, 8) and SIZES[-1] == LABORATORY_SIZE == 1024
    assert list(LAB.sizes) == sorted({*SIZES, 97}) and {2**p for p in range(11)} <= set(SIZES)


def test_products_are_those_of_the_seed_cut_to_m_and_n():
    random = np.random.default_rng(3)
    for i in range(3):
        q, k = random.standard_normal(LABORATORY_SIZE), random.standard_normal((LABORATORY_KEYS, LABORATORY_SIZE))
        for m in (1, 97, 1024):
            np.testing.assert_allclose(LAB.products[LAB.at(m), i], k[:29, :m] @ q[:m], atol=1e-11)
    with pytest.raises(ValueError, match="read-only"):
        draw_products(3, LAB.sizes)[0] = 0


def test_dragging_and_more_keys_draw_no_new_luck():
    other = laboratory(seed=3, n_keys=61, m=64)
    np.testing.assert_allclose(other.products[other.at(64), :, :29], LAB.products[LAB.at(64)], atol=1e-11)
    assert not np.allclose(laboratory(4, 29, 64).products[0], LAB.products[0])


@pytest.mark.parametrize("m", [1, 5, 97, 1024])
@pytest.mark.parametrize("way", [0, 1])
def test_measured_numbers_equal_torch_and_its_autograd(m, way):
    at = LAB.at(m)
    scores = torch.tensor(LAB.products[at] / (np.sqrt(m) if way == 0 else 1))
    weights = scores.softmax(-1)
    jacobians = torch.stack([torch.autograd.functional.jacobian(lambda s: s.softmax(-1), row) for row in scores])
    expected = {
        "variance": scores.var(correction=0),
        "entropy": torch.special.entr(weights).sum(-1).mean(),
        "norm": torch.linalg.matrix_norm(jacobians).mean(),
        "trace": jacobians.diagonal(dim1=1, dim2=2).sum(-1).mean(),
    }
    for name, value in expected.items():
        assert LAB.measured[name][way, at] == pytest.approx(value.item(), rel=1e-9), name
    np.testing.assert_allclose(LAB.weights[way, at], weights[0], atol=1e-14)
    np.testing.assert_allclose(jacobian(LAB.weights[way, at]), jacobians[0], atol=1e-14)


def test_two_equal_weights_by_hand():
    half, one = np.array([0.5, 0.5]), np.array([0.0, 1.0])
    assert (entropy(half), jacobian_norm(half), jacobian_trace(half)) == pytest.approx((np.log(2), 0.5, 0.5))
    assert (entropy(one), jacobian_norm(one), jacobian_trace(one)) == (0, 0, 0)
    np.testing.assert_array_equal(jacobian(half), [[0.25, -0.25], [-0.25, 0.25]])
    nearly = np.array([1 - 1e-9, 1e-9])  # two keys: the norm is 2 w (1 - w)
    assert jacobian_norm(nearly) == pytest.approx(2e-9, rel=1e-6)


def test_gap_density_of_two_and_of_many():
    assert gap_density(2) == pytest.approx(1 / np.sqrt(np.pi), rel=1e-6)
    largest = np.sort(np.random.default_rng(0).standard_normal((200_000, 13)), axis=1)[:, -2:]
    assert np.mean(largest[:, 1] - largest[:, 0] < 0.05) / 0.05 == pytest.approx(gap_density(13), rel=0.05)


def test_theory_within_sampling_error():
    labs = [laboratory(seed, 64, 64) for seed in range(4)]
    sizes = np.array(labs[0].sizes)
    expected = theory(sizes, 64)
    mean = {name: np.mean([lab.measured[name] for lab in labs], axis=0) for name in expected}
    # 4 x 200 queries: |q|^2 / m has variance 2 / m, and a product of two normal numbers a fourth moment of 9.
    error = np.sqrt((2 / sizes + (2 + 6 / sizes) / 64) / (4 * N_QUERIES))
    assert (np.abs(mean["variance"] / expected["variance"] - 1) < 4 * error).all()
    far = sizes >= 16
    assert np.abs(mean["entropy"][0] - expected["entropy"][0])[far].max() < 0.03
    assert np.abs(mean["trace"][0] - expected["trace"][0])[far].max() < 0.01
    known = np.isfinite(expected["entropy"][1])
    assert known.sum() > 10 and (sizes[known] >= 8 * np.log(64)).all()
    for name in ("entropy", "trace"):
        np.testing.assert_allclose(mean[name][1, known], expected[name][1, known], rtol=0.35)


@pytest.mark.parametrize("asked", [*numbers.OF_ALL, *numbers.OF_ONE])
@pytest.mark.parametrize("m", [1, 97, 1024])
def test_every_number_is_computed_again(asked, m):
    for way in (0, 1):
        found = numbers.provenance(asked, numbers.Spot(LAB, m, way, j=4, other=2))
        assert found.agrees and f"m = {m}" in found.title


@pytest.mark.parametrize(("model", "kind"), TELLING)
def test_a_head_of_a_running_model(model, kind):
    run = run_of(model, texts(model).repeated)
    attention = run.attention(kind, 0)
    found = head_scores(attention, 0)
    q, k, mask = attention.q[0], attention.k[0], attention.mask[0]
    products = (torch.tensor(q).double() @ torch.tensor(k).double().T)[torch.tensor(mask)]
    assert found.variance[1] == pytest.approx(products.var(correction=0).item(), rel=1e-4)
    assert found.variance[0] == pytest.approx(found.variance[1] / q.shape[1], rel=1e-4)
    own = 0 if checkpoint_of(model).entry.config.scale_scores else 1
    weights = torch.tensor(attention.weights[0]).double()
    assert found.entropy[own] == pytest.approx(torch.special.entr(weights).sum(-1).mean().item(), abs=1e-6)
    for asked in numbers.OF_HEAD:
        assert all(numbers.of_head(q, k, mask, found, asked, way, "").agrees for way in (0, 1))


def test_a_random_head_has_the_theory_s_variance():
    found = random_head(67, 53, np.tril(np.ones((67, 67), dtype=bool)), seed=2)
    assert found.variance == pytest.approx((1, 53), rel=0.06)
    one_key = random_head(5, 7, np.ones((5, 1), dtype=bool), seed=2)
    assert one_key.entropy == one_key.norm == (0, 0)


def test_the_scores_of_a_head_with_relative_positions_hold_their_bias():
    """Without 1/sqrt(m) and with it: only the product is divided, the bias by distance stays what it is."""
    attention, m = zoo.run_of("t5").attention("encoder", 1), 5
    for h in range(3):
        q, k, mask, b = attention.q[h], attention.k[h], attention.mask[0], attention.position_bias[h]
        found = head_scores(attention, h)
        products = q.astype(np.float64) @ k.T
        for way, scores in enumerate((products / np.sqrt(m) + b, products + b)):
            assert found.variance[way] == pytest.approx(scores.var(), rel=1e-5)
            assert all(numbers.of_head(q, k, mask, found, asked, way, "", b).agrees for asked in numbers.OF_HEAD)
            assert not numbers.of_head(q, k, mask, found, "head_variance", way, "").agrees
