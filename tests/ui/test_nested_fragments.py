"""What a page has not heard yet when a fragment runs anew."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage

from explorer.ui.nested_fragments import forget_with_nested

OUTER, INNER, INNERMOST, BESIDE = "outer", "inner", "innermost", "beside"


def said_by(fragment: str, *place: int) -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(place)
    message.delta.fragment_id = fragment
    message.delta.new_element.text.body = "seven"
    return message


@pytest.fixture
def session() -> SimpleNamespace:
    """What of a session counts here: a queue with something of each fragment in it, and which lies in which."""
    storage, queue = MemoryFragmentStorage(), ForwardMsgQueue()
    for fragment, parent in ((OUTER, None), (INNER, OUTER), (INNERMOST, INNER), (BESIDE, None)):
        storage.register(fragment, lambda: None, parent_fragment_id=parent)
    for place, fragment in enumerate((OUTER, INNER, INNERMOST, BESIDE)):
        queue.enqueue(said_by(fragment, 0, place))
    queue.enqueue(ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    return SimpleNamespace(_browser_queue=queue, _fragment_storage=storage)


def remembered(session: SimpleNamespace, *fragments: str) -> list[str]:
    AppSession._clear_queue(session, list(fragments) or None)
    return [each.delta.fragment_id or each.WhichOneof("type") for each in session._browser_queue.flush()]


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "_clear_queue", AppSession._clear_queue)  # put back afterwards
    forget_with_nested()
    forget_with_nested()  # a second time changes nothing


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        ([OUTER], [BESIDE]),
        ([INNER], [OUTER, BESIDE]),
        ([INNERMOST], [OUTER, INNER, BESIDE]),
        ([BESIDE], [OUTER, INNER, INNERMOST]),
        ([INNER, BESIDE], [OUTER]),
        ([], []),  # all of the page
    ],
)
def test_it_is_forgotten_with_all_that_lies_within(session, fragments, expected):
    assert remembered(session, *fragments) == [*expected, "script_finished"]


def test_streamlit_itself_still_needs_this(session, monkeypatch):
    """Where this fails, Streamlit forgets it by itself: ``nested_fragments`` can go."""
    monkeypatch.setattr(AppSession, "_clear_queue", AppSession._clear_queue.__wrapped__)
    assert remembered(session, OUTER) == [INNER, INNERMOST, BESIDE, "script_finished"]
