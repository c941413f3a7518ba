"""What the small files beside a vocabulary say: the special tokens by name, the added tokens, the switches.

Newer checkpoints say it all in tokenizer_config.json (``added_tokens_decoder``); older ones in special_tokens_map.json,
added_tokens.json and the list ``added_tokens`` of tokenizer.json. Read as by transformers (5.23): where the first is
there, the others are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken

from explorer.hub.tokenizers.damage import blamed_on, read_object_if_any

CONFIG, SPECIAL, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")

Token = str | AddedToken


@dataclass(frozen=True)
class Declared:
    """The special and added tokens of a checkpoint, before its family's defaults."""

    options: dict[str, Any]  # tokenizer_config.json as it is
    named: dict[str, Token | None]  # "mask_token" -> the token; None where a checkpoint says that it has none
    added: dict[int, AddedToken]  # by id
    extra: list[Token] | None  # special tokens without a name; None where nothing is said of them
    additional: list[Token] | None  # the same by its older name

    def with_defaults(self, defaults: Mapping[str, str]) -> dict[str, Token]:
        """The named tokens, those of the family where the checkpoint names none; in transformers' order."""
        named = dict.fromkeys(NAMES) | dict(defaults) | self.named
        return {name: token for name, token in named.items() if token is not None}

    def to_add(self, named: Mapping[str, Token], unnamed: list[Token]) -> list[AddedToken]:
        """All tokens that are found in a text before it is cut: the added ones by id, the named, the unnamed.

        Each once; their order gives ids to those that the vocabulary does not have yet.
        """
        tokens: list[Token] = [token for _, token in sorted(self.added.items())]
        seen = set(map(str, tokens))
        for token in [*named.values(), *unnamed]:
            if str(token) not in seen:
                seen.add(str(token))
                tokens.append(token)
        special = set(map(str, named.values()))
        return [_special(token, str(token) in special) for token in tokens]


def read_declared(folder: Path, tokenizer_json: Mapping[str, Any]) -> Declared:
    """Read the small files of a folder, each of which may be missing; CheckpointError if one is damaged."""
    options = read_object_if_any(folder / CONFIG)
    with blamed_on(folder / CONFIG):
        said = {name: _token(value) for name, value in options.items() if _names_token(name, value)}
        extra = options.get("extra_special_tokens")
        if isinstance(extra, dict) and extra:
            said |= {name: _token(value) for name, value in extra.items()}
        extra = _tokens(extra or options.get("additional_special_tokens"))
        added = {int(i): _token(value) for i, value in options.get("added_tokens_decoder", {}).items()}
    additional = None
    if "added_tokens_decoder" not in options:
        older = read_object_if_any(folder / SPECIAL)
        with blamed_on(folder / SPECIAL):
            said |= {name: _token(value, special=True) for name, value in older.items() if _names_token(name, value)}
            if isinstance(older.get("extra_special_tokens"), list):
                extra = [*(extra or []), *_tokens(older["extra_special_tokens"], special=True)]
            additional = _tokens(older.get("additional_special_tokens"))
        added = _older_added(folder, tokenizer_json, {*map(str, said.values()), *map(str, extra or [])})
    return Declared(options, said, added, extra, additional)


def _older_added(folder: Path, tokenizer_json: Mapping[str, Any], special: set[str]) -> dict[int, AddedToken]:
    """added_tokens.json, and over it the list in tokenizer.json."""
    ids = read_object_if_any(folder / ADDED)
    with blamed_on(folder / ADDED):
        added = {
            int(i): AddedToken(
                text, rstrip=False, lstrip=False, normalized=text not in special, special=text in special
            )
            for text, i in ids.items()
        }
    with blamed_on(folder / "tokenizer.json"):
        for values in tokenizer_json.get("added_tokens") or []:
            added[int(values["id"])] = _token(values)
    return added


def _names_token(name: str, value: Any) -> bool:
    """Whether an entry of a config names a token: "mask_token", but not the switch "add_bos_token"."""
    if name in NAMES:
        return value is None or isinstance(value, str | dict)
    return name.endswith("_token") and (isinstance(value, str) or (isinstance(value, dict) and "content" in value))


def _token(value: Any, special: bool | None = None) -> Any:
    """A token as the library wants it: a text, or one with its way of being found."""
    if value is None or isinstance(value, str):
        return value
    ways = {name: value[name] for name in ("lstrip", "rstrip", "normalized", "single_word", "special") if name in value}
    if special is not None:
        ways["special"] = special
    return AddedToken(value["content"], **ways)


def _tokens(values: Any, special: bool | None = None) -> list[Token] | None:
    return [_token(value, special) for value in values] if isinstance(values, list) else None


def _special(token: Token, is_named: bool) -> AddedToken:
    """A text alone is a special token; one with its ways keeps them, and is special if it has a name."""
    if isinstance(token, str):
        return AddedToken(token, special=True)
    if not is_named or token.special:
        return token
    return AddedToken(
        token.content,
        single_word=token.single_word,
        lstrip=token.lstrip,
        rstrip=token.rstrip,
        normalized=token.normalized,
        special=True,
    )
