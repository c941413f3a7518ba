"""Figures of a translator: BLEU, greedy and with a beam, cased and lower-cased, and by the source's length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from explorer.model.beam import beam_search
from explorer.model.catalogue import Figure
from explorer.model.checkpoint import Checkpoint
from explorer.model.measured import ByLength
from explorer.model.run import max_target
from explorer.model.tokenizer import BOS, EOS
from explorer.training.data import read_files
from explorer.training.evaluation.bleu import Bleu, cased_bleu, lowercased_bleu
from explorer.training.evaluation.lengths import bleu_by_length, length_table
from explorer.training.evaluation.options import SPLITS, TEST_SET, VALIDATION, Options
from explorer.training.evaluation.report import Keep, Watch, percent, table, unkept, unwatched
from explorer.training.made import PREFIX
from explorer.training.recipe import Recipe

LENGTH_PENALTY = 1.0  # alpha of explorer.model.beam.length_score: the mean log probability of a token
BATCH = 32  # sentences


def translation_figures(
    checkpoint: Checkpoint,
    recipe: Recipe,
    data_folder: Path,
    options: Options,
    watch: Watch = unwatched,
    keep: Keep = unkept,
) -> Iterator[str]:
    """Lines of words and tables, each as soon as it is there; ValueError if the data cannot be read.

    A made-up language with an exact rule has the share of exactly right translations in place of BLEU, and no test set.
    """
    if recipe.validation[0].startswith(PREFIX):
        yield from _exactness(checkpoint, recipe, data_folder, options, watch, keep)
        return
    signatures: dict[str, str] = {}
    for split in SPLITS[options.split]:
        names = split_files(recipe.validation, split)
        sources, references = read_files(data_folder, names)
        rows, translations = [], []
        for words, width in _decoders(options).items():
            translations = translate(checkpoint, sources, width, watch, f"{split}, {words}")
            scores = _scores(translations, references, data_folder, names[1])
            signatures |= {way: score.signature for way, score in scores.items()}
            rows.append([words, *(f"{score.score:.2f}" for score in scores.values())])
        yield from table([f"{split}: BLEU of {len(sources):,} sentences", *scores], rows)
        if split == TEST_SET:
            for way in sorted(scores, reverse=True):  # lower-cased first, as publications have it
                keep(Figure(f"BLEU, {way}", f"{scores[way].score:.1f}", f"{split}, {words}"))
        if options.by_length or options.beside:
            systems = {checkpoint.entry.name: translations}
            if options.beside:
                name = options.beside.entry.name
                systems[name] = translate(options.beside, sources, options.beam, watch, f"{split}, {name}")
            yield f"{split}: cased BLEU by the source's length in words, {words}"
            yield from length_table(sources, references, systems)
            metric = f"cased BLEU, {scores['cased'].signature}"
            keep(ByLength(split, options.beam, metric, bleu_by_length(sources, references, translations)))
    yield from _notes(signatures, options)


def translate(
    checkpoint: Checkpoint, lines: list[str], width: int, watch: Watch = unwatched, words: str = ""
) -> list[str]:
    """The best hypothesis of a beam for each line (width 1: greedy), detokenised, in the order of the lines."""
    tokenizer, max_len = checkpoint.tokenizer, checkpoint.entry.config.max_len
    bos, eos = tokenizer.id_of(BOS), tokenizer.id_of(EOS)
    sources = [[*ids, eos] for ids in tokenizer.encode_lines(lines)]
    order = sorted(range(len(lines)), key=lambda i: len(sources[i]))  # sentences of about one length in each batch
    groups = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    translations = [""] * len(lines)
    for group in watch(groups, words):
        batch = [sources[i] for i in group]
        limits = [max_target(len(source), max_len) for source in batch]
        found = beam_search(checkpoint.model, [bos], eos, limits, width, sources=batch, length_penalty=LENGTH_PENALTY)
        for i, (best, *_) in zip(group, found, strict=True):
            translations[i] = tokenizer.decode(best.ids).strip()
    return translations


def split_files(validation: Sequence[str], split: str) -> tuple[str, ...]:
    """The files of a split: the test set lies beside the validation set, under its published name."""
    if split == VALIDATION:
        return tuple(validation)
    paths = map(PurePosixPath, validation)
    return tuple(str(path.with_name(path.name.replace("val.", f"{TEST_SET}.", 1))) for path in paths)


def tokenized_file(name: str) -> str:
    """Where the published lower-cased, normalised and tokenised form of a file lies: in tok/ beside it."""
    path = PurePosixPath(name)
    split, rest = path.name.split(".", 1)
    return str(path.parent / "tok" / f"{split}.lc.norm.tok.{rest}")


def language(name: str) -> str:
    """The language of a file, which its name ends with: "de" of "val.de.gz"."""
    return PurePosixPath(name).name.removesuffix(".gz").rsplit(".", 1)[-1]


def _decoders(options: Options) -> dict[str, int]:
    """The widths to measure: greedy decoding is a beam of one."""
    return {"greedy": 1} if options.beam == 1 else {"greedy": 1, f"beam {options.beam}": options.beam}


def _scores(translations: list[str], references: list[str], data_folder: Path, name: str) -> dict[str, Bleu]:
    """BLEU, both ways where the references are there in both forms; ``name`` is the cased references' file."""
    scores = {"cased": cased_bleu(translations, references)}
    if (data_folder / tokenized_file(name)).is_file():
        _, tokenized = read_files(data_folder, (name, tokenized_file(name)))
        scores["lower-cased"] = lowercased_bleu(translations, tokenized, language(name))
    return scores


def _notes(signatures: dict[str, str], options: Options) -> Iterator[str]:
    yield f"(cased: detokenised; sacrebleu {signatures['cased']})"
    if "lower-cased" in signatures:
        yield "(lower-cased: punctuation normalised, Moses-tokenised with sacremoses, as the references in tok/ are;"
        yield f" sacrebleu {signatures['lower-cased']})"
    else:
        yield "(the lower-cased figure is left out: there are no tokenised references in tok/)"
    if options.beam > 1:
        words = f"of the complete hypotheses the one with the largest log p / length^{LENGTH_PENALTY:g}"
        yield f"(beam {options.beam}: {words})"


def _exactness(
    checkpoint: Checkpoint, recipe: Recipe, data_folder: Path, options: Options, watch: Watch, keep: Keep
) -> Iterator[str]:
    sources, references = read_files(data_folder, recipe.validation)
    rows = []
    for words, width in _decoders(options).items():
        translations = translate(checkpoint, sources, width, watch, words)
        right = sum(one == other for one, other in zip(translations, references, strict=True))
        rows.append([words, f"{right:,}", f"{right / len(sources):.1%}"])
    keep(Figure("exactly right", percent(right, len(sources)), f"{len(sources):,} held-out texts, {words}"))
    yield from table([f"{VALIDATION}: translations of {len(sources):,} texts", "exactly right", "share"], rows)
