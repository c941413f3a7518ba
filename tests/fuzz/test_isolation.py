"""Sessions that hurry each other: each one's numbers are those that it has alone, in threads and in two windows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.ui import added_models, cache
from explorer.ui.bounded import BoundedCache
from explorer.ui.session import Choice
from tests.browser.helpers import type_text, wait_until_idle
from tests.browser.launch import running_app
from tests.browser.tab import new_window
from tests.fuzz.depth import DEEP
from tests.fuzz.opened import folders

pytestmark = pytest.mark.timeout(900)
ROUNDS = 60 if DEEP else 3
CHOICES = [
    Choice("classroom-tiny-gpt", "", "", "cat dog cat", "decoder", 0, 0),
    Choice("classroom-tiny-gpt", "", "", "dog cat dog cat", "decoder", 0, 0),
    Choice("gpt2", "", "", "cat sun moon", "decoder", 0, 0),
    Choice("t5", "cat dog", "moon sun", "", "cross", 0, 0),
    Choice("classroom-tiny-encoder-decoder", "cat dog", "moon sun", "", "cross", 0, 0),
    Choice("bert", "", "", "cat [MASK] dog", "encoder", 0, 0),
]


def forget() -> None:
    """Empty what the sessions share, so that they have to compute at the same time."""
    added_models.forget_added("")
    for name, module in list(sys.modules.items()):
        if name.startswith("explorer.ui."):
            for value in list(vars(module).values()):
                if isinstance(value, BoundedCache):
                    value.drop(lambda key: True)


def session(n: int) -> np.ndarray:
    """What one visitor sees of one choice: the logits, and the statistics of all heads."""
    run = cache.run(CHOICES[n])
    return np.concatenate([run.trace.logits.ravel(), cache.run_statistics(CHOICES[n]).ravel()])


@pytest.mark.usefixtures("models")
def test_in_threads_over_the_shared_memory():
    forget()
    alone = [session(n) for n in range(len(CHOICES))]
    assert len({each.tobytes() for each in alone}) == len(CHOICES)
    together = Barrier(len(CHOICES))

    def hurry(first: int) -> int:
        together.wait()
        order = [(first + step) % len(CHOICES) for step in range(4 * len(CHOICES))]
        return sum(not np.array_equal(session(n), alone[n]) for n in order)

    for _ in range(ROUNDS):
        forget()
        with ThreadPoolExecutor(len(CHOICES)) as pool:
            assert list(pool.map(hurry, range(len(CHOICES)))) == [0] * len(CHOICES)


WINDOWS = [
    ("classroom-tiny-gpt", ["cat dog cat", "sun moon", "dog"]),
    ("gpt2", ["cat sun moon star", "fish fish", "bird"]),
]
ALTERNATIONS = 8  # in each window: 16 in all


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in folders().items():
            patch.setenv(name, value)
        with running_app(tmp_path_factory.mktemp("two windows") / "server.log") as url:
            yield url


def table(page: Page) -> str:
    """What the model says next, in words and numbers."""
    return page.get_by_test_id("stMain").inner_text()


def test_in_two_windows(browser: Browser, url):
    pages, alone = [], []
    for model, texts in WINDOWS:
        page = new_window(browser).new_page()
        pages.append(page)
        alone.append([])
        page.goto(f"{url}/?{urlencode({'model': model, 'text': texts[-1]})}")
        wait_until_idle(page)
        for text in texts:
            type_text(page, text)
            wait_until_idle(page)
            alone[-1].append(table(page))
        assert len(set(alone[-1])) == len(texts)
    for step in range(ALTERNATIONS):
        for page, (_, texts) in zip(pages, WINDOWS, strict=True):
            type_text(page, texts[step % len(texts)])
        if step % 4 == 3:
            for page, (_, texts), told in zip(pages, WINDOWS, alone, strict=True):
                expect(page.get_by_label("Text", exact=True)).to_have_value(texts[step % len(texts)])
                wait_until_idle(page)
                assert table(page) == told[step % len(texts)]
    for page in pages:
        page.context.close()
