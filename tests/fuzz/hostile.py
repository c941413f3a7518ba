"""Three tiny models whose every word and name is a piece of HTML, Markdown or JavaScript, and what their cards say too.

``build(folder)`` makes a folder of added models, for EXPLORER_MODELS; by hand: ``python -m tests.fuzz.hostile FOLDER``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from explorer.model.catalogue import About, Example
from explorer.model.checkpoint import save_checkpoint
from explorer.model.config import TransformerConfig
from explorer.model.tokenizer import NEEDED_TOKENS, TextTokenizer
from tests.golden.random_models import random_transformer
from tests.zoo import OPTIONS, SIZES

WORDS = [  # without spaces and capital letters: each is one token of a vocabulary of words
    '<img/src=x/onerror="window.hacked=1">',
    "</script><script>window.hacked=1</script>",
    "<svg/onload=window.hacked=1>",
    "`${window.hacked=1}`",
    "&lt;u&gt;&amp;",
    "<b>bold</b><br><i>sloping</i>",
    '<a/href="javascript:window.hacked=1">link</a>',
    "[link](javascript:window.hacked=1)",
    "![image](http://127.0.0.2/image.png)",
    "$\\frac{1}{2}$",
    "**strong**",
    ":red[red]",
    ":material/home:",
    "\"'><iframe/srcdoc=x>",
    "__proto__",
    "\u202ebackwards",
    "%{x}%{customdata}",
]
NAMES = {  # of their folders: no slash
    "gpt2": "gpt <img src=x onerror=window.hacked=1>",
    "bert": "bert **strong** $\\frac{1}{2}$ `c`",
    "t5": "t5 <b>bold<br>&lt;u&gt;",
}
TITLE = '<img src=x onerror="window.hacked=1"> [link](javascript:window.hacked=1) **strong** $x$'
FIRST, SECOND = " ".join(WORDS[:9]), " ".join(WORDS[8:])


def text_of(name: str, half: int) -> str:
    text = (FIRST, SECOND)[half]
    return f"{text} [MASK]" if name == "bert" else text


def build(folder: Path) -> None:
    """Write the three checkpoints below ``folder``, and the list that has them."""
    for seed, (name, called) in enumerate(NAMES.items(), start=3):
        specials = NEEDED_TOKENS[OPTIONS[name]["architecture"]]
        config = TransformerConfig(vocab_size=len(specials) + len(WORDS), **SIZES, **OPTIONS[name])
        model = random_transformer(config, seed)
        tokenizer = TextTokenizer.train([" ".join(WORDS)], config.vocab_size, specials, "words")
        examples = (Example(text_of(name, 0), TITLE), Example(text_of(name, 1), TITLE))
        about = About(TITLE, TITLE, TITLE, model.n_parameters(), examples)
        save_checkpoint(folder / called, model, tokenizer, about, torch.float32)
    entries = [{"name": f"folder:{name}", "source": "folder", "folder": name, "bytes": 7} for name in NAMES.values()]
    (folder / "added.json").write_text(json.dumps({"models": entries}), encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
