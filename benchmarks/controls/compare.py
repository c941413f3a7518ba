"""The page that compares machines, words and heads."""

from benchmarks.hands import GPT, LENGTHS, Control, canvas, radio, select, write
from benchmarks.texts import FIRST, text_of

SENTENCE = (("sentence", text_of(GPT, 14)["text"]),)
WORD = (("view", "word"), *SENTENCE)
HEADS = (("view", "heads"), ("model_a", GPT), ("model_b", GPT))
SENTENCES = tuple(text_of(GPT, 14, n)["text"] for n in range(1, 18))

CONTROLS = (
    Control("machines: another sentence", **write("sentence", *SENTENCES), query=SENTENCE, passes=True),
    Control("machines: layer of one", **select("at_layer"), query=SENTENCE),
    Control("machines: another GPT", **select("gpt"), query=SENTENCE),
    Control("word: which word", **select("word"), query=WORD),
    Control("word: another word", **write("new", *FIRST), query=WORD, passes=True),
    Control("heads: layer of one side", **select("layer_a"), query=HEADS, lengths=LENGTHS),
    Control("heads: head of one side", **select("head_b"), query=HEADS),
    Control("heads: click on the distances", canvas("distances", ".marks", apart=0.13, low=0.3), query=HEADS),
    Control("one view, another view", radio("Head by head", "Three machines")),
)
