"""The page Models in a browser: a download that can be stopped, what it leads to, and removing it again."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import horizontal_overflow, set_theme, wait_until_idle
from tests.browser.launch import running_app
from tests.browser.test_sidebar import address
from tests.hub.fake_hub import FakeHub, fake_hub
from tests.hub.whole import whole_model

NAME, WAITS = "openai-community/gpt2", "distilbert/distilgpt2"
MEGABYTES = 4  # of the model at the hub, so that it comes in several pieces


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with fake_hub() as running:
        running.gate = threading.Event()
        yield running
        running.gate.set()


@pytest.fixture(scope="module")
def own_url(hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a folder of models, a cache and a hub of its own."""
    root = tmp_path_factory.mktemp("models page")
    whole_model(root / "models" / "bert-base-uncased", "bert")
    folder = whole_model(root / "gpt2", "gpt2", wide=MEGABYTES * 4500)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(files["model.safetensors"]) > MEGABYTES * 1e6
    for name in (NAME, WAITS):
        hub.add(name, files)
    own = {
        "EXPLORER_MODELS": str(root / "models"),
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_CACHE": str(root / "cache"),
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for key, value in own.items():
            patch.setenv(key, value)
        patch.delenv("EXPLORER_ADD_MODELS", raising=False)
        with running_app(Path(root / "server.log")) as url:
            yield url


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name=name).first.click()


def look_up(page: Page, name: str) -> None:
    page.get_by_label("Name on huggingface.co").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Download")).to_be_visible()
    wait_until_idle(page)


def test_the_sidebar_leads_to_the_page_and_keeps_the_choice(page: Page, own_url: str) -> None:
    page.goto(f"{own_url}/attention_heads?model=gpt-captions&layer=2&text=A+cat")
    wait_until_idle(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Add a model…").click()
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()
    wait_until_idle(page)
    assert address(page).items() >= {"model": "gpt-captions", "layer": "2", "text": "A cat"}.items()
    assert not page.get_by_test_id("stHeader").get_by_role("link", name="Models").count()
    page.get_by_test_id("stHeader").get_by_role("link", name="Heads").click()
    expect(page.get_by_role("heading", name="Attention heads", level=1)).to_be_visible()
    wait_until_idle(page)
    assert address(page).items() >= {"model": "gpt-captions", "layer": "2", "text": "A cat"}.items()


def test_a_download_is_followed_stopped_and_begun_again(page: Page, own_url: str, hub: FakeHub) -> None:
    hub.gate.clear()
    page.goto(f"{own_url}/models?from=name")
    wait_until_idle(page)
    look_up(page, NAME)
    press(page, "Download")
    bars = page.get_by_test_id("stProgress")
    expect(bars.first).to_contain_text(re.compile(r"gpt2: [\d.]+ MB of [\d.]+ MB from huggingface\.co"))
    look_up(page, WAITS)
    press(page, "Download")
    expect(bars.nth(1)).to_contain_text(f"{WAITS} waits: number 2 in line")
    page.get_by_role("button", name="Stop", exact=True).nth(1).click()
    expect(page.get_by_text(f"The download of {WAITS} was stopped before it began.")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Stopping")).to_be_disabled()
    hub.gate.set()  # the next piece arrives, after which it ends
    expect(page.get_by_text(f"The download of {NAME} was stopped; its complete files are kept")).to_be_visible()
    expect(bars).to_have_count(0)
    assert page.get_by_label("Name on huggingface.co").input_value() == WAITS, "nothing typed is lost"
    look_up(page, NAME)
    press(page, "Download")
    expect(page.get_by_text(f"{NAME} is here.")).to_be_visible()
    wait_until_idle(page)
    page.get_by_test_id("stMain").get_by_role("button", name="Open it").last.click()
    expect(page.get_by_role("heading", name="Transformer Explorer", level=1)).to_be_visible()
    expect(page.get_by_text("What comes next?")).to_be_visible()
    wait_until_idle(page)
    assert address(page)["model"] == NAME
    expect(page.get_by_test_id("stSidebar").get_by_text("GPT-2: decoder only")).to_be_visible()


def test_a_folder_is_added_and_removed_after_one_question(page: Page, own_url: str) -> None:
    page.goto(f"{own_url}/models?from=folder")
    wait_until_idle(page)
    press(page, "Add this folder")
    expect(page.get_by_text("folder:bert-base-uncased is here.")).to_be_visible()
    wait_until_idle(page)
    line = page.get_by_test_id("stHorizontalBlock").filter(has_text="folder:bert-base-uncased").first
    for answer, left in (("Keep it", 1), ("Remove it", 0)):
        line.get_by_role("button", name="Remove").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Its folder stays.")
        dialog.get_by_role("button", name=answer).click()
        expect(dialog).to_have_count(0)
        wait_until_idle(page)
        expect(page.get_by_test_id("stMain").get_by_text("BERT · 2 layers")).to_have_count(left)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(page: Page, own_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for way in ("list", "name", "folder"):
        page.goto(f"{own_url}/models?from={way}")
        wait_until_idle(page)
        assert horizontal_overflow(page) == 0
    set_theme(page, dark=True)
    assert horizontal_overflow(page) == 0
