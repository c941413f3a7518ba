"""Candidates to start from, for the first example of each bundled model: a text that is expected, and others."""

from __future__ import annotations

EXAMPLES = {
    ("translator-en-de", "A small brown dog is running through the snow."): (
        "Ein kleiner brauner Hund rennt durch den Schnee.",
        "Ein kleiner brauner Hund läuft durch den Schnee.",
        "Ein großer schwarzer Hund schläft.",
    ),
    ("translator-en-de-bottleneck", "A small brown dog is running through the snow."): (
        "Ein kleiner brauner Hund rennt durch den Schnee.",
        "Ein kleiner brauner Hund läuft durch den Schnee.",
        "Ein großer schwarzer Hund schläft.",
    ),
    ("translator-en-de-bottleneck", "Three men are cooking."): (
        "Drei Männer kochen.",
        "Drei Männer kochen etwas.",
        "Drei Frauen kochen.",
    ),
    ("translator-en-fr", "A small brown dog is running through the snow."): (
        "Un petit chien brun court dans la neige.",
        "Un petit chien marron court dans la neige.",
        "Un grand chien noir dort.",
    ),
    ("classroom-tiny-encoder-decoder", "cat dog fish"): ("fish dog cat", "fish dog", "cat dog fish"),
    ("gpt-captions", "A man in a blue shirt is standing on"): ("a ladder.", "the moon.", "a ladder cleaning a window."),
    ("gpt-shakespeare", "ROMEO:\nO, "): ("she is fair", "she is dead", "internet"),
    ("classroom-tiny-gpt", "cat dog fish cat"): ("dog fish cat dog", "dog fish", "cat cat"),
    ("bert-captions", "A man is riding a [MASK] down the street."): ("bike", "horse", "cloud"),
    ("classroom-tiny-bert", "cat dog fish fish [MASK] cat"): ("dog", "cat"),
}


def examples_for(model: str, text: str) -> tuple[str, ...]:
    """The candidates for a source, a prompt or a text with a gap; none for a text that is the visitor's own."""
    return EXAMPLES.get((model, text), ())
