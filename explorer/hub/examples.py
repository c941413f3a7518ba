"""Sentences to start from, by what a model reads."""

from __future__ import annotations

import re

from explorer.model.catalogue import Example

_GPT = (
    Example("When the lecture began, the students opened their", "a beginning that many words could follow"),
    Example("The trophy did not fit into the suitcase because it was too", "a word that depends on what “it” is"),
    Example("one two three four one two three", "a pattern that some heads copy"),
)
_BERT = (
    ("The capital of France is {mask}.", "a fact"),
    ("The trophy did not fit into the suitcase because the {mask} was too big.", "two candidates"),
    ("She poured the {mask} into a cup.", "a word from what stands around it"),
)
_T5 = (
    Example("translate English to German: The house is small, but the garden is large.", "a task, named in words"),
    Example("summarize: The students came early, found the door closed, and waited in the rain.", "another task"),
)
_BART = (Example("The students waited in the rain because the door was closed.", "a text to be repeated or shortened"),)
_SENTENCES = {
    "en": "The house is small, but the garden is large.",
    "de": "Das Haus ist klein, aber der Garten ist groß.",
    "fr": "La maison est petite, mais le jardin est grand.",
    "es": "La casa es pequeña, pero el jardín es grande.",
    "it": "La casa è piccola, ma il giardino è grande.",
    "nl": "Het huis is klein, maar de tuin is groot.",
    "ru": "Дом маленький, но сад большой.",
    "zh": "房子很小，但是花园很大。",
}
_MASKS = {"roberta": "<mask>"}


def examples(model_type: str, name: str) -> tuple[Example, ...]:
    """Examples for a model of a family; a translator's are in the language that its name begins with, if known."""
    if model_type == "gpt2":
        return _GPT
    if model_type in ("bert", "distilbert", "roberta"):
        mask = _MASKS.get(model_type, "[MASK]")
        return tuple(Example(text.format(mask=mask), shows) for text, shows in _BERT)
    if model_type == "marian":
        found = re.search(r"opus-mt-(?:tc-\w+-)?([a-z]{2})-", name)
        text = _SENTENCES.get(found.group(1)) if found else None
        return (Example(text, "two clauses"),) if text else ()
    if model_type == "t5":
        return _T5
    return _BART
