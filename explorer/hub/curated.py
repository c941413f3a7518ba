"""Models of the Hugging Face hub to start from, with what to expect of them.

Where the facts come from: the names, file sizes and licences are those of each repository's page and list of files on
huggingface.co ("Files and versions"), as they stood in 2024 and 2025. The numbers of parameters are computed from the
published sizes (layers, d_model, heads, d_ff, vocabulary, positions; each tied matrix counted once), and agree with
the file sizes: four bytes each, and in GPT-2's files also the causal masks that were stored with them. For BERT they
are those of the model that fills gaps, without the head for the next sentence that its file also holds; for Marian
those that were learned, without the sinusoidal positions.

Most translators of Helsinki-NLP have safetensors only on a branch that the hub's own converter made, refs/pr/<n>.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 10**6


@dataclass(frozen=True)
class Curated:
    """One model to pick."""

    name: str  # as ``explorer.hub.names.parse_name`` reads it
    family: str  # "gpt2", "bert", "distilbert", "roberta", "marian", "bart", "t5"
    what: str  # a few words for a list
    parameters: int
    nbytes: int  # of its safetensors, to the three digits that the hub shows
    licence: str


CURATED = (
    Curated("distilbert/distilgpt2", "gpt2", "GPT-2 with half the layers", 81_912_576, 353 * MB, "Apache 2.0"),
    Curated("openai-community/gpt2", "gpt2", "GPT-2, the smallest", 124_439_808, 548 * MB, "MIT"),
    Curated("openai-community/gpt2-medium", "gpt2", "GPT-2, medium", 354_823_168, 1520 * MB, "MIT"),
    Curated("openai-community/gpt2-large", "gpt2", "GPT-2, large", 774_030_080, 3250 * MB, "MIT"),
    Curated("openai-community/gpt2-xl", "gpt2", "GPT-2, the largest", 1_557_611_200, 6430 * MB, "MIT"),
    Curated(
        "distilbert/distilbert-base-uncased",
        "distilbert",
        "BERT with half the layers",
        66_985_530,
        268 * MB,
        "Apache 2.0",
    ),
    Curated("google-bert/bert-base-uncased", "bert", "BERT, small letters only", 109_514_298, 440 * MB, "Apache 2.0"),
    Curated("google-bert/bert-base-cased", "bert", "BERT, capitals too", 108_340_804, 436 * MB, "Apache 2.0"),
    Curated("google-bert/bert-large-uncased", "bert", "BERT, 24 layers", 335_174_458, 1340 * MB, "Apache 2.0"),
    Curated(
        "google-bert/bert-base-multilingual-cased", "bert", "BERT in 104 languages", 177_974_523, 714 * MB, "Apache 2.0"
    ),
    Curated("FacebookAI/roberta-base", "roberta", "RoBERTa, a BERT trained longer", 124_697_433, 499 * MB, "MIT"),
    Curated(
        "Helsinki-NLP/opus-mt-en-de@refs/pr/4",
        "marian",
        "Translator, English to German",
        73_886_208,
        298 * MB,
        "CC BY 4.0",
    ),
    Curated(
        "Helsinki-NLP/opus-mt-de-en@refs/pr/4",
        "marian",
        "Translator, German to English",
        73_886_208,
        298 * MB,
        "Apache 2.0",
    ),
    Curated(
        "Helsinki-NLP/opus-mt-en-fr@refs/pr/5",
        "marian",
        "Translator, English to French",
        74_609_664,
        301 * MB,
        "Apache 2.0",
    ),
    Curated(
        "Helsinki-NLP/opus-mt-fr-en@refs/pr/7",
        "marian",
        "Translator, French to English",
        74_609_664,
        301 * MB,
        "Apache 2.0",
    ),
    Curated("facebook/bart-base", "bart", "BART, restores damaged text", 139_420_416, 558 * MB, "Apache 2.0"),
    Curated("google-t5/t5-small", "t5", "T5, every task as text to text", 60_506_624, 242 * MB, "Apache 2.0"),
    Curated("google-t5/t5-base", "t5", "T5, 12 and 12 layers", 222_903_552, 892 * MB, "Apache 2.0"),
    Curated("google/t5-v1_1-small@refs/pr/1", "t5", "T5 1.1, with gated GELU", 76_961_152, 308 * MB, "Apache 2.0"),
)
