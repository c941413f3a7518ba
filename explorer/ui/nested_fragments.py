"""When a fragment runs anew, what its last run has said and the page has not heard yet is forgotten: all of it.

Streamlit forgets what belongs to the fragment itself, but not what belongs to the fragments within it. The page would
be told of something whose place it has never heard of, and go out: two quick clicks are enough.
"""

from __future__ import annotations

from functools import wraps

from streamlit.runtime.app_session import AppSession


def forget_with_nested() -> None:
    """Have every session forget what nested fragments have said too. Once, when the server starts."""
    forget = AppSession._clear_queue
    if hasattr(forget, "__wrapped__"):
        return

    @wraps(forget)
    def forget_all(session: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
        forget(session, fragment_ids_this_run and [*fragment_ids_this_run, *_nested(session, fragment_ids_this_run)])

    AppSession._clear_queue = forget_all


def _nested(session: AppSession, fragments: list[str]) -> set[str]:
    """Of the fragments that have said something, those that lie within one of these."""
    said = {message.delta.fragment_id for message in session._browser_queue._queue}
    return {each for each in said if each and session._fragment_storage.has_ancestor_in(each, fragments)}
