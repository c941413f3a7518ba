"""From files of sentences to batches of ids; the order of the batches follows from the seed and the epoch alone."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import torch
from torch import Tensor

from explorer.model.padding import padded
from explorer.model.tokenizer import BOS, CLS, EOS, MASK, PAD, SEP, TextTokenizer
from explorer.training.made import PREFIX, made_lines

IGNORE = -100  # what cross_entropy skips: padding, and in "fill" the tokens that were not hidden

SPECIAL_TOKENS = {"translate": (PAD, BOS, EOS), "continue": (PAD, BOS, EOS), "fill": (PAD, CLS, SEP, MASK)}


def special_tokens(task: str, units: str) -> tuple[str, ...]:
    """The special tokens of a vocabulary: a stream of characters never ends, and eight words need no padding."""
    if units == "characters":
        return (BOS,)
    return tuple(name for name in SPECIAL_TOKENS[task] if units == "bytes" or name != PAD)


@dataclass(frozen=True)
class Batch:
    """What one update sees; ``targets`` has the shape of ``tokens`` and holds the id to predict at each position."""

    tokens: Tensor
    tokens_mask: Tensor
    targets: Tensor
    source: Tensor | None
    source_mask: Tensor | None

    def to(self, device: torch.device) -> Batch:
        return Batch(*(value if value is None else value.to(device) for value in vars(self).values()))

    def twice(self) -> Batch:
        """Each text a second time, after all of them."""
        return Batch(*(value if value is None else torch.cat((value, value)) for value in vars(self).values()))


def read_lines(path: Path) -> list[str]:
    """The lines of a text file (gzip if it ends in .gz); ValueError naming the file if it cannot be read."""
    return _read(path, lambda file: [line.strip() for line in file])


def read_text(path: Path) -> str:
    """A whole text file, line breaks and all; ValueError naming it if it cannot be read."""
    return _read(path, lambda file: file.read())


def read_files(folder: Path, names: Sequence[str]) -> list[list[str]]:
    """The lines of several files that belong together line by line; ValueError if one is missing or longer."""
    files = [made_lines(name) if name.startswith(PREFIX) else read_lines(folder / name) for name in names]
    if len({len(lines) for lines in files}) > 1:
        counts = " and ".join(f"{name} {len(lines)}" for name, lines in zip(names, files, strict=True))
        raise ValueError(f"The lines of the files in {folder} do not belong together: {counts}")
    return files


class TranslationData:
    """Pairs: the encoder reads ``source [EOS]``; the decoder reads ``[BOS] target``, to predict ``target [EOS]``."""

    def __init__(self, files: Sequence[list[str]], tokenizer: TextTokenizer, max_len: int) -> None:
        bos, eos, self.pad = tokenizer.id_of(BOS), tokenizer.id_of(EOS), padding_id(tokenizer)
        sources, targets = (tokenizer.encode_lines(lines) for lines in files)
        pairs = [([*s, eos], [bos, *t, eos]) for s, t in zip(sources, targets, strict=True) if s and t]
        # The last token is predicted, but not read.
        self.pairs = [(s, t) for s, t in pairs if len(s) <= max_len and len(t) - 1 <= max_len]

    def batches(self, n_tokens: int, generator: torch.Generator) -> Iterator[Batch]:
        targets, sources = [len(target) - 1 for _, target in self.pairs], [len(source) for source, _ in self.pairs]
        for group in _groups(targets, n_tokens, generator, sources):
            source, source_mask = padded([self.pairs[i][0] for i in group], self.pad)
            tokens, tokens_mask = padded([self.pairs[i][1][:-1] for i in group], self.pad)
            targets, _ = padded([self.pairs[i][1][1:] for i in group], IGNORE)
            yield Batch(tokens, tokens_mask, targets, source, source_mask)


class ContinuationData:
    """Whole sentences ``[BOS] ... [EOS]`` laid end to end in windows of max_len, each window starting with one."""

    def __init__(self, files: Sequence[list[str]], tokenizer: TextTokenizer, max_len: int) -> None:
        bos, eos, self.pad = tokenizer.id_of(BOS), tokenizer.id_of(EOS), padding_id(tokenizer)
        sentences = [[bos, *ids, eos] for ids in tokenizer.encode_lines(files[0]) if ids]
        self.window = max_len + 1  # the last token is predicted, but not read
        self.sentences = [sentence for sentence in sentences if len(sentence) <= self.window]

    def batches(self, n_tokens: int, generator: torch.Generator) -> Iterator[Batch]:
        windows, stream = [], []
        for i in torch.randperm(len(self.sentences), generator=generator).tolist():
            stream += self.sentences[i]
            if len(stream) >= self.window:
                windows.append(stream[: self.window])
                stream = []
        size = max(n_tokens // (self.window - 1), 1)
        for start in range(0, len(windows), size):
            block = torch.tensor(windows[start : start + size])
            tokens = block[:, :-1]
            yield Batch(tokens, torch.ones_like(tokens, dtype=torch.bool), block[:, 1:], None, None)


class StreamData:
    """One long text in windows of max_len characters, each read from [BOS] on and all of it predicted.

    Where the first window begins is drawn anew in each pass, so that the windows are not always the same.
    """

    def __init__(self, text: str, tokenizer: TextTokenizer, max_len: int) -> None:
        self.ids, self.bos = torch.tensor(tokenizer.encode(text)), tokenizer.id_of(BOS)
        self.window = max_len

    def batches(self, n_tokens: int, generator: torch.Generator) -> Iterator[Batch]:
        offset = int(torch.randint(self.window, (), generator=generator))
        n = (len(self.ids) - offset) // self.window
        windows = self.ids[offset : offset + n * self.window].view(n, self.window)
        for group in torch.randperm(n, generator=generator).split(max(n_tokens // self.window, 1)):
            yield self.batch(windows[group])

    def in_order(self, n_tokens: int) -> Iterator[Batch]:
        """Every character once, from the first to the last: for figures of a finished model."""
        for start in range(0, len(self.ids), n := max(n_tokens // self.window, 1) * self.window):
            piece = self.ids[start : start + n]
            whole = len(piece) // self.window * self.window
            for part in (piece[:whole].view(-1, self.window), piece[None, whole:]):
                if part.numel():
                    yield self.batch(part)

    def batch(self, targets: Tensor) -> Batch:
        start = torch.full((len(targets), 1), self.bos)
        tokens = torch.cat((start, targets[:, :-1]), dim=1)
        return Batch(tokens, torch.ones_like(tokens, dtype=torch.bool), targets, None, None)


class FillingData:
    """Sentences ``[CLS] ... [SEP]`` with a share of the tokens hidden: 15 % in Devlin et al. (2019, section 3.1).

    Of those, 80 % become [MASK], 10 % a random token, 10 % stay; only they are predicted. More of them teach more in
    each update, up to about 40 % (Wettig et al. 2023, section 3).
    """

    def __init__(
        self, files: Sequence[list[str]], tokenizer: TextTokenizer, max_len: int, masked: float = 0.15
    ) -> None:
        self.masked = masked
        cls, sep, self.mask = (tokenizer.id_of(name) for name in (CLS, SEP, MASK))
        self.pad = padding_id(tokenizer)
        self.n_special, self.vocab_size = len(tokenizer.special_ids), tokenizer.vocab_size
        sentences = [[cls, *ids, sep] for ids in tokenizer.encode_lines(files[0]) if ids]
        self.sentences = [sentence for sentence in sentences if len(sentence) <= max_len]

    def batches(self, n_tokens: int, generator: torch.Generator) -> Iterator[Batch]:
        for group in _groups([len(sentence) for sentence in self.sentences], n_tokens, generator):
            tokens, tokens_mask = padded([self.sentences[i] for i in group], self.pad)
            hidden = (torch.rand(tokens.shape, generator=generator) < self.masked) & (tokens >= self.n_special)
            if not hidden.any():
                continue  # nothing to learn from, and the mean of no losses is not a number
            targets = tokens.masked_fill(~hidden, IGNORE)
            choice = torch.rand(tokens.shape, generator=generator)
            random = torch.randint(self.n_special, self.vocab_size, tokens.shape, generator=generator)
            tokens = torch.where(hidden & (choice < 0.8), self.mask, tokens)
            tokens = torch.where(hidden & (choice >= 0.9), random, tokens)
            yield Batch(tokens, tokens_mask, targets, None, None)


def split_stream(text: str) -> tuple[str, str]:
    """The first 90 % of a text's characters, to train on, and the last 10 %, to validate on."""
    n = int(0.9 * len(text))
    return text[:n], text[n:]


DATA = {"translate": TranslationData, "continue": ContinuationData, "fill": FillingData}


def _groups(
    lengths: list[int], n_tokens: int, generator: torch.Generator, others: list[int] | None = None
) -> Iterator[list[int]]:
    """Indices in batches of at most ``n_tokens`` with padding: alike in length, in an order drawn by ``generator``.

    ``others`` are the lengths of what is read beside each text: they are alike within a batch too, and padded as far.
    """
    noise = torch.rand(len(lengths), generator=generator).tolist()  # lengths mix a little
    if others is None:
        order = sorted(range(len(lengths)), key=lambda i: lengths[i] + noise[i] * 2)
    else:
        order = sorted(range(len(lengths)), key=lambda i: ((lengths[i] + noise[i] * 2) // 3, others[i] + noise[i]))
        lengths = [max(pair) for pair in zip(lengths, others, strict=True)]
    groups, group, longest = [], [], 0
    for i in order:
        longest = max(longest, lengths[i])
        if group and longest * (len(group) + 1) > n_tokens:
            groups.append(group)
            group, longest = [], lengths[i]
        group.append(i)
    groups += [group] if group else []
    for g in torch.randperm(len(groups), generator=generator).tolist():
        yield groups[g]


def _read(path: Path, read: Callable[[TextIO], Any]) -> Any:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            return read(file)
    except FileNotFoundError:
        raise ValueError(f"{path} is missing: does --data name the right folder?") from None
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def padding_id(tokenizer: TextTokenizer) -> int:
    """What stands where a text has ended. The masks hide it, so that any token will do where there is no [PAD]."""
    return tokenizer.special_ids.get(PAD, 0)
