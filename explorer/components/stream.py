"""What Streamlit and its page say to each other, as far as the server must know.

Whose run begins, and of which page; what is drawn; when it is over; and what is asked for.
"""

from __future__ import annotations

from functools import lru_cache

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.server.page_stream import MAIN, Asked, Reader, Said

WORDS = {"explorer_number_words"}  # components of ours that draw nothing


@lru_cache(maxsize=4)  # one after another, each who follows the connection wants to know
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
    if kind == "navigation":  # on a first visit, only this tells which page it is
        return Said(page=said.navigation.page_script_hash)
    if kind == "script_finished":  # one that ends early is followed by the run that was asked for
        return Said(is_over=said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    if kind != "delta":
        return Said()
    place, element = tuple(said.metadata.delta_path), said.delta.new_element
    is_component = said.delta.WhichOneof("type") == "new_element" and element.WhichOneof("type") == "bidi_component"
    draws = is_component and element.bidi_component.component_name not in WORDS
    return Said(place=place, is_picture=draws and place[:1] == (MAIN,), fragment=said.delta.fragment_id)


def read_request(content: bytes) -> Asked:
    """What one request of a page's asks for; nothing, where it is none.

    >>> request = BackMsg()
    >>> request.rerun_script.page_script_hash = "a page"
    >>> read_request(request.SerializeToString())
    Asked(page='a page', fragment='')
    """
    try:
        asked = BackMsg.FromString(content).rerun_script
    except DecodeError:
        return Asked()
    return Asked(page=asked.page_script_hash, fragment=asked.fragment_id)


def ask_for_all(content: bytes, page: str) -> bytes:
    """The same request for the whole of this page, not for a part of the one that it was meant for.

    >>> request = BackMsg()
    >>> request.rerun_script.fragment_id = "a part"
    >>> read_request(ask_for_all(request.SerializeToString(), "a page"))
    Asked(page='a page', fragment='')
    """
    request = BackMsg.FromString(content)
    request.rerun_script.page_script_hash = page
    request.rerun_script.ClearField("fragment_id")
    return request.SerializeToString()


READER = Reader(said=read_message, asked=read_request, ask_for_all=ask_for_all)
