"""Names of models on the hub as people type them."""

from __future__ import annotations

import pytest
from huggingface_hub.utils import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from explorer.hub.names import HubName, parse_name
from explorer.model.catalogue import CheckpointError


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("gpt2", HubName("gpt2")),
        (" openai-community/gpt2\n", HubName("openai-community/gpt2")),
        ("openai-community/gpt2@main", HubName("openai-community/gpt2")),
        ("openai-community/gpt2@", HubName("openai-community/gpt2")),
        ("google/t5-v1_1-small@refs/pr/1", HubName("google/t5-v1_1-small", "refs/pr/1")),
        ("a/b.c@v1.0", HubName("a/b.c", "v1.0")),
        ("https://huggingface.co/openai-community/gpt2", HubName("openai-community/gpt2")),
        ("huggingface.co/google/t5/tree/refs%2Fpr%2F4", HubName("google/t5", "refs/pr/4")),
        ("https://huggingface.co/google/t5/tree/main?x=1", HubName("google/t5")),
    ],
)
def test_names(typed: str, name: HubName) -> None:
    assert parse_name(typed) == name
    assert parse_name(str(name)) == name
    assert ("@" in str(name)) == (name.revision != "main")


def test_a_revision_apart_from_the_name() -> None:
    assert parse_name("a/b", "v1") == HubName("a/b", "v1")
    assert parse_name("a/b@v1", None) == HubName("a/b", "v1")


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "a/b/c", "/a", "a/", "../x", "a/../b", "a--b", "a..b", "-a", "a-", "a b", "ä", "a\0b", "a.git"),
        *("x" * 97, "x" * 100_000, "a@..", "a@x/../y", "a@/etc", "a@b@c", "a@b c", "a@" + "b" * 201, "a@b//c"),
        *("https://example.com/a/b", "https://huggingface.co/", "datasets/a/b", None, 7),
    ],
)
def test_names_that_no_repository_has(typed: object) -> None:
    with pytest.raises(CheckpointError, match=r"is no (name of a model|branch, tag or commit)") as error:
        parse_name(typed)
    assert len(str(error.value)) < 250
    assert "\n" not in str(error.value)


@given(st.text(alphabet="ab-_./@é ", max_size=12) | st.text())
def test_what_passes_is_a_name_for_the_library_too(typed: str) -> None:
    try:
        name = parse_name(typed)
    except CheckpointError:
        return
    validate_repo_id(name.name)
    assert ".." not in name.revision
    assert not name.revision.startswith("/")
