"""What Streamlit says to its page, as far as the server must know: whose run begins, what is drawn, when it is over."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.server.page_stream import MAIN, Said

WORDS = {"explorer_number_words"}  # components of ours that draw nothing


def read_message(content: bytes) -> Said:
    """What one message says; nothing, where it is none.

    >>> read_message(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()).is_over
    True
    >>> read_message(b"no message") == Said()
    True
    """
    try:
        said = ForwardMsg.FromString(content)
    except DecodeError:
        return Said()
    kind = said.WhichOneof("type")
    if kind == "new_session":
        return Said(session=said.new_session.initialize.session_id)
    if kind == "script_finished":  # one that ends early is followed by the run that was asked for
        return Said(is_over=said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    if kind != "delta":
        return Said()
    place, element = tuple(said.metadata.delta_path), said.delta.new_element
    is_component = said.delta.WhichOneof("type") == "new_element" and element.WhichOneof("type") == "bidi_component"
    draws = is_component and element.bidi_component.component_name not in WORDS
    return Said(place=place, is_picture=draws and place[:1] == (MAIN,))
