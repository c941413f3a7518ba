"""How each family cuts a text into tokens, as one pipeline of the ``tokenizers`` library.

Each is built from the vocabulary and the switches of the checkpoint as transformers (5.23) builds it, whatever else
tokenizer.json says of the steps. Of a checkpoint that names no family, tokenizer.json is taken as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, Unigram, WordPiece

from explorer.hub.tokenizers.damage import blamed_on
from explorer.hub.tokenizers.declared import Declared, Token
from explorer.hub.tokenizers.vocabularies import TOKENIZER_JSON, Pieces, read_merges, read_pieces, read_words
from explorer.limits import EXTRA_IDS
from explorer.model.catalogue import CheckpointError, shown

END = "<|endoftext|>"
ROUND = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
DEFAULTS = {  # the special tokens of a family, where a checkpoint names none
    "gpt2": {"bos_token": END, "eos_token": END, "unk_token": END},
    "roberta": {**ROUND, "sep_token": "</s>", "cls_token": "<s>", "mask_token": "<mask>"},
    "bert": {
        name: f"[{name[:-6].upper()}]" for name in ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
    },
    "t5": {name: ROUND[name] for name in ("eos_token", "unk_token", "pad_token")},
    "marian": {name: ROUND[name] for name in ("eos_token", "unk_token", "pad_token")},
    "as it is": {},
}


def build_pipeline(kind: str, folder: Path, tokenizer_json: Mapping[str, Any], said: Declared) -> Tokenizer:
    """The pipeline of a kind of DEFAULTS (all but "marian"); CheckpointError if its files are missing or damaged."""
    named = said.with_defaults(DEFAULTS[kind])
    unnamed = said.extra if said.extra is not None else said.additional or []
    if kind == "t5":
        pieces = read_pieces(folder, tokenizer_json)
        tokenizer = _t5(pieces, said.options, folder, from_model=not tokenizer_json)
        if said.extra is None:
            unnamed = _unnamed_of_t5(pieces, said, from_model=not tokenizer_json)
    else:
        tokenizer = _BUILD[kind](folder, tokenizer_json, said.options, named)
    with blamed_on(folder):
        tokenizer.add_tokens(said.to_add(named, unnamed))
        tokenizer.encode_special_tokens = bool(said.options.get("split_special_tokens", False))
        if around := _around(kind, tokenizer, named, said.options, bool(tokenizer_json)):
            tokenizer.post_processor = around
    tokenizer.no_truncation()  # the library would cut long texts where told to
    tokenizer.no_padding()
    return tokenizer


def _byte_pairs(
    folder: Path, tokenizer_json: Mapping[str, Any], options: Mapping[str, Any], named: Mapping[str, Token]
) -> Tokenizer:
    """Byte-level BPE (Radford et al. 2019, section 2.2)."""
    vocab, merges = read_merges(folder, tokenizer_json)
    with blamed_on(folder / (TOKENIZER_JSON if tokenizer_json else "vocab.json and merges.txt")):
        tokenizer = Tokenizer(
            BPE(vocab, merges, continuing_subword_prefix="", end_of_word_suffix="", fuse_unk=False, dropout=None)
        )
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=bool(options.get("add_prefix_space")))
        tokenizer.decoder = decoders.ByteLevel()
        if tokenizer_json.get("post_processor"):  # the tokens that it puts around a text
            model = {"type": "BPE", "vocab": {}, "merges": []}
            empty = json.dumps({**tokenizer_json, "model": model, "added_tokens": []})
            tokenizer.post_processor = Tokenizer.from_str(empty).post_processor
    return tokenizer


def _word_pieces(
    folder: Path, tokenizer_json: Mapping[str, Any], options: Mapping[str, Any], named: Mapping[str, Token]
) -> Tokenizer:
    """WordPiece (Devlin et al. 2019, section 3): the longest piece of a word first, then of what is left."""
    vocab = read_words(folder, tokenizer_json)
    with blamed_on(folder / (TOKENIZER_JSON if tokenizer_json else "vocab.txt")):
        tokenizer = Tokenizer(WordPiece(vocab, unk_token=str(named.get("unk_token", "[UNK]"))))
        tokenizer.normalizer = normalizers.BertNormalizer(
            clean_text=True,
            handle_chinese_chars=options.get("tokenize_chinese_chars", True),
            strip_accents=options.get("strip_accents"),
            lowercase=options.get("do_lower_case", True),
        )
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece(prefix="##")
    return tokenizer


def _t5(pieces: Pieces, options: Mapping[str, Any], folder: Path, from_model: bool) -> Tokenizer:
    """Sentencepiece's unigrams (Kudo 2018): of all ways to cut a word, the most probable."""
    scores = list(pieces.scores)
    if from_model:  # the gaps that T5 was trained to fill (Raffel et al. 2020, section 3.1.4) are not in the file
        scores += [(token, 0.0) for token in _gaps(options)[::-1]]
    with blamed_on(folder / ("spiece.model" if from_model else TOKENIZER_JSON)):
        tokenizer = Tokenizer(Unigram(scores, unk_id=2, byte_fallback=False))
        if pieces.characters:
            tokenizer.normalizer = normalizers.Precompiled(pieces.characters)
        space = {"replacement": "▁", "prepend_scheme": "always", "split": True}
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(**space)]
        )
        tokenizer.decoder = decoders.Metaspace(**space)
    return tokenizer


def _unnamed_of_t5(pieces: Pieces, said: Declared, from_model: bool) -> list[Token]:
    if from_model:
        tokens = [AddedToken(text, normalized=False, special=special) for text, special in pieces.control]
    else:
        tokens = list(said.additional or [])
    return tokens if any("<extra_id_" in str(token) for token in tokens) else [*tokens, *_gaps(said.options)]


def _gaps(options: Mapping[str, Any]) -> list[str]:
    n = options.get("extra_ids", 100)
    if type(n) is not int or not 0 <= n <= EXTRA_IDS:
        raise CheckpointError(f"tokenizer_config.json must say extra_ids as a number up to {EXTRA_IDS}, not {n!r}.")
    return [f"<extra_id_{i}>" for i in range(n)]


def _as_it_is(
    folder: Path, tokenizer_json: Mapping[str, Any], options: Mapping[str, Any], named: Mapping[str, Token]
) -> Tokenizer:
    if not tokenizer_json:
        raise CheckpointError(f"{shown(folder / TOKENIZER_JSON)} is missing: its kind of tokenizer has no other file.")
    with blamed_on(folder / TOKENIZER_JSON):
        return Tokenizer.from_str(json.dumps(tokenizer_json))


_BUILD: dict[str, Callable[..., Tokenizer]] = {
    "gpt2": _byte_pairs,
    "roberta": _byte_pairs,
    "bert": _word_pieces,
    "as it is": _as_it_is,
}


def _around(kind: str, tokenizer: Tokenizer, named: Mapping[str, Token], options: Mapping[str, Any], one_file: bool):
    """What puts special tokens around a text; None where tokenizer.json has already said it, or there are none."""
    if kind in ("bert", "roberta"):
        before, after = [str(named["cls_token"])], [str(named["sep_token"])]
    elif kind == "t5":
        before, after = [], [str(named["eos_token"])]
    elif kind == "gpt2" and not one_file:
        before = [str(named["bos_token"])] if options.get("add_bos_token") else []
        after = [str(named["eos_token"])] if options.get("add_eos_token") else []
    else:
        return None
    ids = [(token, tokenizer.token_to_id(token)) for token in dict.fromkeys([*before, *after])]
    return processors.TemplateProcessing(single=[*before, "$A", *after], special_tokens=ids)
