"""What Streamlit says to its page, as far as the server must know: whose run begins, and when one is over."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


def read_message(content: bytes) -> tuple[str, bool]:
    """The session that a run begins for, else ""; and whether a run is over that no other follows.

    >>> read_message(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString())
    ('', True)
    >>> read_message(b"no message")
    ('', False)
    """
    try:
        said = ForwardMsg.FromString(content)
    except DecodeError:
        return "", False
    kind = said.WhichOneof("type")
    # One that ends early is followed by the run that was asked for.
    is_over = kind == "script_finished" and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return said.new_session.initialize.session_id if kind == "new_session" else "", is_over
