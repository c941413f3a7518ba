"""BLEU in the two ways in which figures of translations are published (Papineni et al. 2002; Post 2018)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bleu:
    score: float  # of the whole corpus, 0 to 100
    signature: str  # how sacrebleu computed it


def cased_bleu(translations: list[str], references: list[str]) -> Bleu:
    """BLEU of text as one reads it, case and all; sacrebleu separates the words (13a). Both are detokenised."""
    return _bleu(translations, references, "13a")


def lowercased_bleu(translations: list[str], references: list[str], language: str) -> Bleu:
    """BLEU of ``moses_text`` of the translations against references that were made in the same way already."""
    return _bleu(moses_text(translations, language), references, "none")


def moses_text(lines: list[str], language: str) -> list[str]:
    """Lines in small letters, their punctuation normalised and their words separated, as Multi30k's references are.

    In the order of the Moses scripts lowercase, normalize-punctuation and tokenizer, with the target's language, with
    escapes (&apos; for ') and without splitting at hyphens. From Multi30k's cased validation and test references this
    gives 2,014 of the 2,014 published German lines and of the 2,014 French ones, letter by letter.

    Raises
    ------
    ValueError
        If the package sacremoses is missing.
    """
    try:
        from sacremoses import MosesPunctNormalizer, MosesTokenizer  # slow to import, and only wanted here
    except ModuleNotFoundError:
        raise _missing("sacremoses") from None
    normalizer, tokenizer = MosesPunctNormalizer(language, perl_parity=True), MosesTokenizer(language)
    # The line break is part of the line in the script, whose rule for ." needs something after the quotation mark.
    normalized = (normalizer.normalize(f"{line.lower()}\n") for line in lines)
    return [tokenizer.tokenize(line, aggressive_dash_splits=False, escape=True, return_str=True) for line in normalized]


def _bleu(translations: list[str], references: list[str], tokenizer: str) -> Bleu:
    try:
        from sacrebleu.metrics import BLEU
    except ModuleNotFoundError:
        raise _missing("sacrebleu") from None
    metric = BLEU(tokenize=tokenizer, force=True)  # without a word about text that is tokenised on purpose
    score = metric.corpus_score(translations, [references]).score
    return Bleu(score, str(metric.get_signature()))


def _missing(package: str) -> ValueError:
    return ValueError(f"BLEU needs the package {package}: pip install -r requirements.txt")
