"""The models that come along: whole, as their cards say, with examples that run, and good at what they are for."""

import copy
import re
from collections import Counter
from functools import cache

import pytest
import torch

from explorer.model.catalogue import CARD_FILE, PRETRAINED, TOY, WEIGHTS_FILE, read_catalogue
from explorer.model.checkpoint import Checkpoint, load_checkpoint
from explorer.model.decoding import greedy_tokens
from explorer.model.run import run
from explorer.model.shapes import parameter_shapes

ENTRIES, PROBLEMS = read_catalogue(PRETRAINED)
REAL = [name for name, entry in ENTRIES.items() if entry.about.n_parameters >= TOY]  # test_classroom_tiny has the toys

# A text, and what the model makes of it: translated, continued, or with each [MASK] filled; always the most probable
# token. After a new training the test says what stands here then.
FROZEN = {
    "translator-en-de": (
        "Two women are sitting on a bench in the park.",
        "Zwei Frauen sitzen auf einer Bank im Park.",
    ),
    "translator-en-fr": (
        "Two women are sitting on a bench in the park.",
        "Deux femmes sont assises sur un banc dans le parc.",
    ),
    "translator-en-de-bottleneck": (
        "A boy in a red shirt and a girl in a blue dress are playing with a green ball.",
        "Ein Junge in einem roten Oberteil und ein Mädchen in einem blauen Kleid spielen mit einem blauen Ball.",
    ),
    "classroom-tiny-encoder-decoder": ("tree moon cat", "cat moon tree"),
    "gpt-captions": ("A young woman in a red coat", "is walking down the street."),
    "gpt-shakespeare": ("Farewell, my ", "lord.\n\nKING RICHARD II:\n"),
    "classroom-tiny-gpt": ("moon tree dog", "moon tree dog moon tree dog"),
    "bert-captions": ("Two [MASK] are playing soccer on a green [MASK].", "men field"),
    "classroom-tiny-bert": ("cat sun [MASK] fish sun [MASK]", "fish cat"),
}

CAPTIONS = (
    "A woman in a yellow raincoat is walking a small dog on the beach.",
    "Two boys are throwing snowballs at each other in front of a house.",
    "A man with a beard is playing the guitar on a street corner.",
    "A group of people are sitting around a table in a restaurant.",
    "The children are jumping into the water from a wooden bridge.",
    "An old man is reading a newspaper on a bench in the park.",
)
VERSES = (
    "My lord, I know not what thy brother said,\nBut he hath sworn to see the prince tonight.\n",
    "FIRST SERVANT:\nThe horses wait without, and all is well;\nWe shall be with the duke before the morn.\n",
)
SHORT = (
    "A man is riding a horse.",
    "Two children are playing in the snow.",
    "A woman in a red dress is singing.",
    "A black dog is running through the grass.",
    "Three people are standing in front of a building.",
    "A boy is jumping into the water.",
)
GERMAN = (
    "Ein Mann reitet auf einem Pferd.",
    "Zwei Kinder spielen im Schnee.",
    "Eine Frau in einem roten Kleid singt.",
    "Ein schwarzer Hund rennt durch das Gras.",
    "Drei Personen stehen vor einem Gebäude.",
    "Ein Junge springt ins Wasser.",
)
FRENCH = (
    "Un homme monte un cheval.",
    "Deux enfants jouent dans la neige.",
    "Une femme en robe rouge chante.",
    "Un chien noir court dans l'herbe.",
    "Trois personnes sont debout devant un bâtiment.",
    "Un garçon saute dans l'eau.",
)


@cache
def load(name):
    return load_checkpoint(PRETRAINED / name)


def test_there_is_a_model_of_each_architecture():
    assert PROBLEMS == []
    assert {entry.config.architecture for entry in ENTRIES.values()} == {"encoder-decoder", "decoder", "encoder"}


@pytest.mark.parametrize("name", ENTRIES)
def test_model_is_what_it_says_and_its_examples_run(name):
    checkpoint = load(name)
    entry, tokenizer = checkpoint.entry, checkpoint.tokenizer
    assert entry.about.n_parameters == checkpoint.model.n_parameters()
    built = {name: tuple(parameter.shape) for name, parameter in checkpoint.model.named_parameters()}
    assert parameter_shapes(entry.config) == built
    assert len(entry.about.examples) >= 3
    for example in entry.about.examples:
        pair = entry.config.has_cross_attention
        result = run(checkpoint, source=example.text) if pair else run(checkpoint, example.text)
        assert len(result.source or result.tokens) <= entry.config.max_len
        assert len(result.tokens) <= entry.config.max_len
        read = tokenizer.decode((result.source or result.tokens).ids)
        assert read == example.text.replace(" [MASK]", "").removeprefix("[MASK] ")
    labels = tokenizer.labels(range(tokenizer.vocab_size))
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", ENTRIES)
def test_card_is_of_this_model(name):
    card = " ".join((PRETRAINED / name / CARD_FILE).read_text(encoding="utf-8").split())
    config, about = ENTRIES[name].config, ENTRIES[name].about
    assert card.startswith("# ") and f"(`{name}`)" in card
    ((count, size, unit),) = re.findall(r"\*\*([\d,]+) parameters\*\*, stored as float16 \(([\d.]+) ([kM]B)\)", card)
    assert int(count.replace(",", "")) == load(name).model.n_parameters()
    on_disk = (PRETRAINED / name / WEIGHTS_FILE).stat().st_size / {"kB": 1e3, "MB": 1e6}[unit]
    assert float(size) == pytest.approx(on_disk, abs=0.051)
    layers = {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
    for words in (f"d_model = {config.d_model}", f"{config.n_heads} heads", f"d_k = {config.d_k}"):
        assert words in card
    for stack, n in layers.items():
        assert (f" {n} {stack} layer" in card) == (n > 0)
    for figure in about.figures:
        assert figure.value in card
    for command in ("train", "evaluate"):
        assert f"python -m explorer {command} {name} --data " in card


@pytest.mark.parametrize("name", ENTRIES)
def test_frozen_output(name):
    if name not in FROZEN:
        pytest.fail(f"{name} has no line in FROZEN: give it a text, and run this test again")
    text, expected = FROZEN[name]
    assert (found := answer(load(name), text)) == expected, f"in FROZEN now: {name!r}: ({text!r}, {found!r})"


def answer(checkpoint, text):
    """The text translated or continued greedily, or its gaps filled."""
    tokenizer, architecture = checkpoint.tokenizer, checkpoint.entry.config.architecture
    if architecture == "encoder-decoder":
        return tokenizer.decode(run(checkpoint, source=text).tokens.ids)
    if architecture == "decoder":
        prefix = [tokenizer.id_of("[BOS]"), *tokenizer.encode(text)]
        room = min(24, checkpoint.entry.config.max_len - len(prefix) + 1)
        return tokenizer.decode(greedy_tokens(checkpoint.model, prefix, tokenizer.special_ids.get("[EOS]", -1), room))
    result = run(checkpoint, text)
    gaps = [i for i, token in enumerate(result.tokens.ids) if token == tokenizer.id_of("[MASK]")]
    return " ".join(tokenizer.decode([int(result.trace.logits[i].argmax())]) for i in gaps)


@pytest.mark.parametrize("name", REAL)
def test_model_is_good_at_what_it_is_for_and_not_without_its_queries(name):
    good, floor = quality(load(name))
    bad, _ = quality(without_queries(load(name)))
    assert good > floor
    assert bad < (good if ENTRIES[name].config.bottleneck else floor)  # one vector translates too badly for a floor


def quality(checkpoint):
    """A measure on texts written for this test, larger where the model is better; and what it has to be above."""
    name, architecture = checkpoint.entry.name, checkpoint.entry.config.architecture
    if architecture == "encoder-decoder":
        references = FRENCH if "en-fr" in name else GERMAN
        return shared_words(checkpoint, references), 0.5 if checkpoint.entry.config.bottleneck else 0.85
    if architecture == "encoder":
        return share_filled(checkpoint), 0.5
    characters = checkpoint.tokenizer.units == "characters"
    return mean_log_p(checkpoint, VERSES if characters else CAPTIONS), -2.0 if characters else -3.5


def shared_words(checkpoint, references):
    """Twice the words that translations share with their references, of all words of both."""
    shared = total = 0
    for source, reference in zip(SHORT, references, strict=True):
        words, wanted = Counter(answer(checkpoint, source).split()), Counter(reference.split())
        shared += 2 * (words & wanted).total()
        total += words.total() + wanted.total()
    return shared / total


def share_filled(checkpoint):
    """How many words that are one token the model finds, each hidden in turn."""
    right = []
    for words in map(str.split, CAPTIONS):
        for i, word in enumerate(words):
            if len(checkpoint.tokenizer.encode(word)) == 1:
                right.append(answer(checkpoint, " ".join([*words[:i], "[MASK]", *words[i + 1 :]])).strip() == word)
    assert len(right) > 50
    return sum(right) / len(right)


def mean_log_p(checkpoint, texts):
    """log p of a token given those before it, in the mean."""
    log_p = []
    for text in texts:
        result = run(checkpoint, text)
        ids = torch.tensor(result.tokens.ids[1:])
        log_p.append(torch.tensor(result.trace.logits).log_softmax(-1)[torch.arange(len(ids)), ids])
    return float(torch.cat(log_p).mean())


def without_queries(checkpoint):
    """The same model with W_Q = 0: every token looks at all others alike."""
    model = copy.deepcopy(checkpoint.model)
    for name, parameter in model.named_parameters():
        if name.endswith("w_q.weight"):
            parameter.zero_()
    return Checkpoint(checkpoint.entry, checkpoint.tokenizer, model)
