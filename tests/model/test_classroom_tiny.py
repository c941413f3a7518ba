"""The toys do exactly what they were made to do, on lines they were not trained on too."""

import numpy as np
import pytest

from explorer.model.catalogue import PRETRAINED
from explorer.model.checkpoint import load_checkpoint
from explorer.model.run import InputError, run
from explorer.training.made import WORDS, made_lines


def toy(architecture):
    return load_checkpoint(PRETRAINED / f"classroom-tiny-{architecture}")


def lines(name):
    """Every line that was held out, and every 31st of the others."""
    return made_lines(f"made:{name}.validation")[::5] + made_lines(f"made:{name}.train")[::31]


def probabilities(logits):
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def test_sizes():
    for architecture, layers in (("encoder-decoder", (1, 1)), ("gpt", (0, 1)), ("bert", (1, 0))):
        config = toy(architecture).entry.config
        assert (config.d_model, config.n_heads, config.vocab_size) == (8, 2, 11 if architecture == "bert" else 10)
        assert (config.n_encoder_layers, config.n_decoder_layers) == layers


def test_encoder_decoder_reverses():
    checkpoint = toy("encoder-decoder")
    for line in lines("reverse.source"):
        result = run(checkpoint, source=line)
        assert result.finished
        assert checkpoint.tokenizer.decode(result.tokens.ids).split() == line.split()[::-1]


def test_gpt_sings_the_second_and_third_verse():
    checkpoint = toy("gpt")
    for line in lines("song.text"):
        result = run(checkpoint, line)
        p = probabilities(result.trace.logits)
        following = [*result.tokens.ids[1:], checkpoint.tokenizer.id_of("[EOS]")]
        assert (p.argmax(-1) == following)[3:].all()  # position 0 is [BOS]; the third word stands at position 3
        assert p[range(10), following][3:].min() > 0.9
        first = p[0, checkpoint.tokenizer.encode(" ".join(WORDS))]
        assert first.min() > 0.05 and first.sum() > 0.99  # any of the eight words may begin


def test_bert_finds_the_mirror_image():
    checkpoint = toy("bert")
    for n, line in enumerate(lines("mirror.text")):
        words, gap = line.split(), n % 6
        result = run(checkpoint, " ".join([*words[:gap], "[MASK]", *words[gap + 1 :]]))
        p = probabilities(result.trace.logits)[gap + 1]
        assert checkpoint.tokenizer.label(int(p.argmax())) == words[gap]
        assert p.max() > 0.9


@pytest.mark.parametrize("architecture", ["encoder-decoder", "gpt", "bert"])
def test_what_a_toy_cannot_read_is_said(architecture):
    checkpoint = toy(architecture)
    name = {"source": "the cat"} if architecture == "encoder-decoder" else {"text": "the cat"}
    with pytest.raises(InputError, match=r"“the” is not among the words this model knows: bird cat .* tree\.$"):
        run(checkpoint, **name)
    too_long = dict.fromkeys(name, "cat " * 99)
    with pytest.raises(InputError, match="and this model has room for"):
        run(checkpoint, **too_long)
    upper = dict.fromkeys(name, "CAT Dog")
    assert run(checkpoint, **upper).queries("encoder" if architecture != "gpt" else "decoder")
