"""Checkpoint folders with small real tokenizers, of every family, in the ways that checkpoints are found in.

The vocabularies are trained on the made-up sentences below; transformers writes the files. "saved": what
``save_pretrained`` writes today. "older": tokenizer.json with special_tokens_map.json, as years ago. "plain": the
vocabulary files alone, from before there was a tokenizer.json.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import BertTokenizer, GPT2Tokenizer, RobertaTokenizer, T5Tokenizer

ENGLISH = [
    "The old lighthouse keeper counted seven boats before the fog came in.",
    "Nobody remembered who had painted the kitchen door so very blue!",
    "My aunt Zoë sells honey, candles and 38 kinds of tea at the café near the station.",
    "Does the train to Łódź still leave at 7:45, or was it 8:15?",
    "She said: 'I don't know', and they've been quarrelling ever since.",
    "naïve résumé, coöperate; a piñata for the señor — 100 % cotton (washed).",
    "Little by little the walking, talking, singing children became quiet sleepers.",
    "Unbelievable! The unreadable, rewritten handwriting was readable again.",
]
GERMAN = [
    "Der alte Leuchtturmwärter zählte sieben Boote, bevor der Nebel kam.",
    "Niemand wusste mehr, wer die Küchentür so blau gestrichen hatte!",
    "Meine Tante verkauft Honig, Kerzen und 38 Sorten Tee im Café am Bahnhof.",
    "Fährt der Zug um 7:45 Uhr, oder war es 8:15?",
    "Sie sagte: „Ich weiß es nicht“, und seitdem streiten sie sich.",
    "Nach und nach wurden die gehenden, redenden, singenden Kinder still.",
    "Die unlesbare Handschrift war wieder lesbar; ein Übermaß an Fleiß.",
]
SPECIAL = {  # as they are written in a text
    "gpt2": ["<|endoftext|>"],
    "bert": ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]"],
    "roberta": ["<s>", "</s>", "<mask>", "<pad>", "<unk>"],
    "t5": ["</s>", "<pad>", "<unk>", "<extra_id_0>", "<extra_id_1>", "<extra_id_10>", "<extra_id_99>"],
    "marian": ["</s>", "<pad>", "<unk>", ">>deu<<", ">>fra<<", ">>nonsense<<"],
}
SPECIAL |= {"distilbert": SPECIAL["bert"], "bart": SPECIAL["roberta"]}


def byte_pairs(special: list[str], n: int = 431) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=n, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(ENGLISH + GERMAN, trainer)
    return tokenizer


def word_pieces(lowercase: bool) -> dict[str, int]:
    """Short words, the beginnings and endings of longer ones, and all letters; by hand, as the library's training
    breaks ties by chance."""
    normal = normalizers.BertNormalizer(lowercase=lowercase).normalize_str("\n".join(ENGLISH))
    words = [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normal)]
    tokens = {word for word in words if len(word) < 7} | {word[:3] for word in words} | {*"".join(words)}
    tokens |= {f"##{word[-n:]}" for word in words for n in (1, 3, 4) if len(word) > n + 2} | {"##a", "##b", "##x"}
    special = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return {token: i for i, token in enumerate([*special, *sorted(tokens)])}


def pieces(lines: list[str], n: int, **ids: int) -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=n,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        bos_id=-1,
        **ids,
    )
    return model.getvalue()


def write(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def config_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def _finish(folder: Path, tokenizer: Any, config: dict[str, Any], form: str, plain: list[str], switches: dict) -> Path:
    """Save in one of the three forms; the vocabulary gets 7 rows more than tokens, as real ones often have."""
    write(folder / "config.json", {**config, "vocab_size": len(tokenizer) + 7})
    if form == "plain":
        tokenizer.backend_tokenizer.model.save(str(folder))
        assert all((folder / name).is_file() for name in plain)
        if switches:
            write(folder / "tokenizer_config.json", switches)
        return folder
    tokenizer.save_pretrained(folder)
    if form == "older":
        names = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
        named = {name: str(token) for name in names if (token := getattr(tokenizer, name, None)) is not None}
        if "mask_token" in named and named["mask_token"] == "<mask>":  # RoBERTa's takes the space before it
            ways = {"lstrip": True, "rstrip": False, "normalized": False, "single_word": False}
            named["mask_token"] = {"content": "<mask>", **ways}
            saved = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
            for token in saved["added_tokens"]:
                token["lstrip"] = token["content"] == "<mask>"
            write(folder / "tokenizer.json", saved)
        write(folder / "special_tokens_map.json", named)
        write(folder / "tokenizer_config.json", {"model_max_length": 512, **switches})
    return folder


def gpt2(folder: Path, form: str, **switches: Any) -> Path:
    trained = json.loads(byte_pairs(["<|endoftext|>"]).to_str())["model"]
    tokenizer = GPT2Tokenizer(vocab=trained["vocab"], merges=[tuple(pair) for pair in trained["merges"]], **switches)
    config = {"model_type": "gpt2", "bos_token_id": 0, "eos_token_id": 0}
    return _finish(folder, tokenizer, config, form, ["vocab.json", "merges.txt"], switches)


def roberta(folder: Path, form: str, family: str = "roberta", **switches: Any) -> Path:
    trained = json.loads(byte_pairs(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]).to_str())["model"]
    pairs = [tuple(pair) for pair in trained["merges"]]
    tokenizer = RobertaTokenizer(vocab=trained["vocab"], merges=pairs, **switches)
    config = {"model_type": family, "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
    if family == "bart":
        config |= {"decoder_start_token_id": 2, "forced_bos_token_id": 0, "is_encoder_decoder": True}
    return _finish(folder, tokenizer, config, form, ["vocab.json", "merges.txt"], switches)


def bert(folder: Path, form: str, family: str = "bert", **switches: Any) -> Path:
    tokenizer = BertTokenizer(vocab=word_pieces(switches.get("do_lower_case", True)), **switches)
    return _finish(folder, tokenizer, {"model_type": family, "pad_token_id": 0}, form, ["vocab.txt"], switches)


def t5(folder: Path, form: str, **switches: Any) -> Path:
    folder.joinpath("spiece.model").write_bytes(pieces(ENGLISH + GERMAN, 193, pad_id=0, eos_id=1, unk_id=2))
    tokenizer = T5Tokenizer.from_pretrained(folder)
    config = {"model_type": "t5", "vocab_size": len(tokenizer) + 28, "decoder_start_token_id": 0}
    write(folder / "config.json", {**config, "pad_token_id": 0, "eos_token_id": 1, "is_encoder_decoder": True})
    if form == "plain":
        return folder
    tokenizer.save_pretrained(folder)
    if form == "older":
        write(folder / "special_tokens_map.json", {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})
        write(folder / "tokenizer_config.json", {"model_max_length": 512, "extra_ids": 100})
    return folder


def marian(folder: Path, form: str, **switches: Any) -> Path:
    models_of = {"source": pieces(ENGLISH, 149), "target": pieces(GERMAN, 151)}
    lists = {}
    for name, content in models_of.items():
        folder.joinpath(f"{name}.spm").write_bytes(content)
        model = sentencepiece.SentencePieceProcessor(model_proto=content)
        lists[name] = [model.id_to_piece(i) for i in range(model.get_piece_size())]
    codes = [">>deu<<", ">>fra<<"]

    def numbered(*names: str, n: int = 0) -> dict[str, int]:
        """Marian's own order: sentencepiece's ids mean nothing in it, and some of its pieces are left out."""
        tokens = sorted({piece for name in names for piece in lists[name]} - {"</s>", "<unk>", "▁K", "▁the"})
        tokens += [f"filler{i}" for i in range(n - len(tokens) - len(codes) - 3)]
        return {token: i for i, token in enumerate(["</s>", "<unk>", *tokens, *codes, "<pad>"])}

    separate = switches.get("separate_vocabs", False)
    write(folder / "vocab.json", vocab := numbered("source") if separate else numbered("source", "target"))
    config = {"model_type": "marian", "vocab_size": len(vocab), "pad_token_id": vocab["<pad>"], "eos_token_id": 0}
    config |= {"decoder_start_token_id": vocab["<pad>"], "is_encoder_decoder": True}
    if separate:  # both lists have their <pad> at the end, at the same id
        write(folder / "target_vocab.json", target := numbered("target", n=len(vocab)))
        config["decoder_vocab_size"] = len(target)
    write(folder / "config.json", config)
    said = {"source_lang": "eng", "target_lang": "deu", **switches}
    if form == "saved":
        from transformers import MarianTokenizer

        write(folder / "tokenizer_config.json", said)
        MarianTokenizer.from_pretrained(folder).save_pretrained(folder)
    elif form == "older" or switches:
        write(folder / "special_tokens_map.json", {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})
        write(folder / "tokenizer_config.json", said)
    return folder


MAKE = {
    "gpt2": gpt2,
    "roberta": roberta,
    "bart": lambda folder, form, **switches: roberta(folder, form, "bart", **switches),
    "bert": bert,
    "distilbert": lambda folder, form, **switches: bert(folder, form, "distilbert", **switches),
    "t5": t5,
    "marian": marian,
}
