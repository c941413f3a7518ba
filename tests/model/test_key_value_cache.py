"""A cache holds what was appended, and never changes."""

import itertools

import torch

from explorer.model.key_value_cache import KeyValueCache

BATCH, HEADS, D_K, D_V = 3, 2, 5, 7


def states(n_positions, seed=0):
    """Random k and v."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(BATCH, HEADS, n_positions, size, generator=generator) for size in (D_K, D_V))


def part(kv, start, end):
    return tuple(tensor[:, :, start:end] for tensor in kv)


def assert_holds(cache, kv):
    assert cache.length == kv[0].shape[2]
    assert torch.equal(cache.k, kv[0]) and torch.equal(cache.v, kv[1])


def test_appending_is_concatenating():
    kv, ends = states(97), (3, 4, 5, 16, 17, 29, 30, 83, 96, 97)
    caches = [KeyValueCache(*part(kv, 0, 3))]
    for start, end in itertools.pairwise(ends):
        caches.append(caches[-1].append(*part(kv, start, end)))
    for cache, end in zip(caches, ends, strict=True):
        assert_holds(cache, part(kv, 0, end))


def test_most_appends_copy_nothing():
    kv = states(97)
    cache, places = KeyValueCache(*part(kv, 0, 1)), set()
    for n in range(1, 97):
        cache = cache.append(*part(kv, n, n + 1))
        places.add((cache.k.data_ptr(), cache.v.data_ptr()))
    assert len(places) <= 5
    assert_holds(cache, kv)


def test_two_continuations_of_one_cache_do_not_disturb_each_other():
    kv, other = states(11), states(11, seed=1)
    common = KeyValueCache(*part(kv, 0, 3)).append(*part(kv, 3, 7))
    first = common.append(*part(kv, 7, 8))
    second = common.append(*part(other, 7, 9))
    third = first.append(*part(kv, 8, 11))
    assert_holds(common, part(kv, 0, 7))
    assert_holds(first, part(kv, 0, 8))
    assert_holds(third, kv)
    assert_holds(second, tuple(torch.cat((a[:, :, :7], b[:, :, 7:9]), 2) for a, b in zip(kv, other, strict=True)))


def test_rows_are_taken_in_their_order_and_are_then_on_their_own():
    kv = states(5)
    cache = KeyValueCache(*part(kv, 0, 3)).append(*part(kv, 3, 5))
    taken = cache.take(torch.tensor([2, 0, 2, 1]))
    assert_holds(taken, tuple(tensor[[2, 0, 2, 1]] for tensor in kv))
    longer = taken.append(*(tensor[[0, 0, 0, 0], :, :1] for tensor in kv))
    assert longer.length == 6
    assert_holds(cache, kv)
