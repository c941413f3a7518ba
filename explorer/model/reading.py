"""From a text to the ids that a model reads, its special tokens around it; or one sentence saying why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.model.tokenizer import UnknownText

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint


class InputError(ValueError):
    """A text cannot be run; the message is one sentence that says what is wrong and what to do."""


def read_source(checkpoint: Checkpoint, source: str) -> list[int]:
    """What the encoder of an encoder-decoder reads: the text and its end."""
    return _read(checkpoint, "source", source)


def read_target(checkpoint: Checkpoint, target: str) -> list[int]:
    """What the decoder of an encoder-decoder reads: the start and the text. Its factors are those of the text and the
    end."""
    return _read(checkpoint, "target", target)


def target_start(checkpoint: Checkpoint) -> list[int]:
    """What the decoder of an encoder-decoder has read before it writes."""
    return list(checkpoint.tokenizer.frame("target", checkpoint.entry.config.architecture).before)


def read_text(checkpoint: Checkpoint, text: str) -> list[int]:
    """What a GPT reads (the start and the text), or a BERT ([CLS], the text, [SEP])."""
    return _read(checkpoint, "text", text)


def read_continuation(checkpoint: Checkpoint, prompt: list[int], continuation: str) -> list[int]:
    """The ids of what goes on after ``prompt``, which a GPT has read; without the prompt, and without an end.

    Raises
    ------
    InputError
        If it is empty, or prompt and continuation together are longer than the model's max_len.
    """
    tokenizer, max_len = checkpoint.tokenizer, checkpoint.entry.config.max_len
    ids = _encode(
        "continuation",
        continuation,
        lambda: tokenizer.encode_after(continuation),
        is_empty=not tokenizer.trim(continuation),  # where each character is a token, a line break is one too
    )
    if (n := len(prompt) + len(ids)) > max_len:
        raise InputError(
            f"Prompt and continuation have {n} tokens together, and this model has room for {max_len}: "
            "please shorten one of them."
        )
    return ids


def _read(checkpoint: Checkpoint, what: str, text: str) -> list[int]:
    """The ids of a text between its special tokens; InputError if it is empty, unreadable or too long; never cut."""
    tokenizer, config = checkpoint.tokenizer, checkpoint.entry.config
    encode = tokenizer.encode_target if what == "target" else tokenizer.encode
    name = "text" if what == "text" else f"{what} text"
    ids = tokenizer.frame(what, config.architecture).around(_encode(name, text, lambda: encode(tokenizer.trim(text))))
    if len(ids) > config.max_len:
        room = f"this model has room for {config.max_len}"
        raise InputError(f"The {name} has {len(ids)} tokens, and {room}: please shorten it.")
    return ids


def _encode(what: str, text: str, encode: Callable[[], list[int]], is_empty: bool | None = None) -> list[int]:
    if not text.strip() if is_empty is None else is_empty:
        raise InputError(f"The {what} is empty: type a sentence, or choose an example.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(f"The {what} holds bytes that are no characters: please type it again.") from None
    try:
        return encode()
    except UnknownText as error:
        raise InputError(f"The {what} cannot be read: {error}.") from None
