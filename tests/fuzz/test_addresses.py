"""Whatever stands in an address, every page opens, says in a sentence what is not there, and shows its picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.state.query_params import QueryParams
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy

from tests.fuzz.addresses import KEYS, PLACES, nonsense
from tests.fuzz.depth import tries
from tests.fuzz.opened import MODELS, assert_usable, open_at

pytestmark = [pytest.mark.usefixtures("models", "asked"), pytest.mark.timeout(3_600)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The keys that the pages have asked the address for; all of them must be known."""
    keys: set[str] = set()

    def listen(kind: type, name: str, place: int) -> None:
        was = getattr(kind, name)

        def listening(*args: Any, **more: Any) -> Any:
            keys.add(args[place] if len(args) > place else more["param_key"])
            return was(*args, **more)

        monkeypatch.setattr(kind, name, listening)

    for name in ("get", "__getitem__", "__contains__", "__setitem__"):
        listen(QueryParamsProxy, name, 1)
    listen(QueryParams, "bind_widget", 1)
    yield keys
    assert keys, "nothing was listened to"
    assert keys <= set(KEYS), f"add to KEYS: {sorted(keys - set(KEYS))}"


@pytest.mark.parametrize(("page", "view"), PLACES)
def test_every_key_at_once(page, view):
    """Each view with nonsense behind every key but its own name, for some model."""

    @tries(2)
    @given(
        st.sampled_from(MODELS),
        st.lists(nonsense(), min_size=len(KEYS), max_size=len(KEYS)),
    )
    def check(model, values):
        address = dict(zip(KEYS, values, strict=True)) | {"model": model}
        if view:
            address["view"] = view
        assert_usable(open_at(page, address))

    check()


@tries(30)
@given(
    st.sampled_from(PLACES),
    st.sampled_from(MODELS),
    st.dictionaries(st.sampled_from(KEYS), nonsense(), min_size=1, max_size=6),
)
def test_some_keys(place, model, address):
    page, view = place
    assert_usable(open_at(page, {"model": model, **({"view": view} if view else {}), **address}))


@pytest.mark.parametrize("page", dict(PLACES))
def test_a_model_that_is_not_there(page):
    assert_usable(open_at(page, {"model": "<img src=x onerror=alert(1)>"}))
