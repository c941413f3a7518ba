"""A text through a pipeline of the ``tokenizers`` library: to ids, and back."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.models import BPE, WordPiece

from explorer.hub.tokenizers.labels import BYTES, PLAIN, SPACE
from explorer.model.frame import Frame

# What transformers takes away when a checkpoint asks it to clean up the spaces of a decoded text, in its order.
_CLEANED = {
    " .": ".",
    " ?": "?",
    " !": "!",
    " ,": ",",
    " ' ": "'",
    " n't": "n't",
    " 'm": "'m",
    " 's": "'s",
    " 've": "'ve",
    " 're": "'re",
}


def clean_up(text: str) -> str:
    """Without the spaces that a decoder of words puts before punctuation."""
    for spaced, joined in _CLEANED.items():
        text = text.replace(spaced, joined)
    return text


class Pipeline:
    """One vocabulary for all that a model reads and writes. May be used by many threads at once."""

    def __init__(self, tokenizer: Tokenizer, named: dict[str, str], clean: bool) -> None:
        self.tokenizer = tokenizer
        self.named_ids = {name: tokenizer.token_to_id(token) for name, token in named.items()}  # "mask_token" -> id
        added = tokenizer.get_added_tokens_decoder()
        self.special_tokens = {token.content for token in added.values()}  # found in a text before it is cut
        self.added_tokens = {i: token.content for i, token in added.items()}
        self._clean = clean and not isinstance(tokenizer.model, BPE)  # it would take spaces that BPE has written

    @property
    def identity(self) -> str:
        """Equal for two that cut every text alike."""
        return self.tokenizer.to_str()

    @property
    def marks(self) -> str:
        """How its tokens are written: see ``labels.label_all``."""
        if isinstance(self.tokenizer.model, WordPiece):
            return PLAIN
        steps = f"{self.tokenizer.decoder!r}{self.tokenizer.pre_tokenizer!r}"
        return BYTES if "ByteLevel" in steps else SPACE if "Metaspace" in steps or "▁" in steps else PLAIN

    def tokens(self) -> dict[str, int]:
        """Every token with its id."""
        return self.tokenizer.get_vocab(with_added_tokens=True)

    def source_tokens(self) -> dict[str, int]:
        return self.tokens()

    def frame(self) -> Frame:
        """The special tokens that transformers puts around a text."""
        encoding = self.tokenizer.encode("a", add_special_tokens=True)
        own = [i for i, put in enumerate(encoding.special_tokens_mask) if not put]
        start, end = (own[0], own[-1] + 1) if own else (len(encoding.ids), len(encoding.ids))
        return Frame(tuple(encoding.ids[:start]), tuple(encoding.ids[end:]))

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def encode_target(self, text: str) -> list[int]:
        return self.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        text = self.tokenizer.decode(list(ids), skip_special_tokens=True)
        return clean_up(text) if self._clean else text
