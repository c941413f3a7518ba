"""Every bound that keeps one visitor from taking the memory or the time of the others: in one place, with its reason.

What a control merely offers (a temperature up to 3) stands beside the control. Whoever runs a server may set these
by environment variables, whole numbers; a wrong one ends the program at its start with one sentence:

EXPLORER_HEAVY_JOBS      how many heavy jobs run at once; the others wait in line
EXPLORER_CACHE_MB        MB of finished runs and results, of all visitors together
EXPLORER_LOADED_MB       MB of weights of all loaded models
EXPLORER_BUILT_MB        MB of weights of all untrained models that visitors have built
EXPLORER_WEIGHTS_MB      MB that the attention weights of one text may take
EXPLORER_MAX_CHARACTERS  characters that a visitor's text may have

Here a MB has 2^20 bytes. The process holds at most about: Python and torch (400 MB), the caches, the blocks, both kinds
of models, for each heavy job six times EXPLORER_WEIGHTS_MB (scores, weights, their copies), and for each visitor the
trace that the page shows. What is decided about models from elsewhere is in ``explorer/hub/settings.py``.
"""

from __future__ import annotations

import os

KB, MB = 2**10, 2**20  # bytes; the units of what follows


def whole_number(name: str, default: int, largest: int = 2**40) -> int:
    """The whole number from 1 to ``largest`` that the environment variable says; SystemExit with a sentence if not."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 15 and 1 <= int(text) <= largest):
        raise SystemExit(
            f"The environment variable {name} is wrong: it must be a whole number from 1 to {largest:,}, "
            f"and {text[:40]!r} is not."
        )
    return int(text)


# Jobs
HEAVY_JOBS = whole_number("EXPLORER_HEAVY_JOBS", os.cpu_count() or 1, 1024)  # at once: more than cores only share them
DOWNLOADS = 8  # that wait or run: they come one at a time, and nobody waits for the ninth
DOWNLOADS_REMEMBERED = 50  # that have ended: whoever began one is told what became of it

# What one text may be
MAX_CHARACTERS = whole_number("EXPLORER_MAX_CHARACTERS", 20_000, 10**7)  # far above what any model here can read
ALL_WEIGHTS = whole_number("EXPLORER_WEIGHTS_MB", 512, 2**20) * MB  # bytes; GPT-2 takes that for some 940 tokens
WHOLE_TRACE = 64 * MB  # bytes; of a larger trace only the states are kept; the largest of the bundled models has 47
BLOCKS_KEPT = 2  # of each stack of such a trace: the one that is looked at, and the one before
BLOCK_BYTES = 512 * MB  # bytes of all blocks that are kept so, of all visitors: one page looks at few of them
CANDIDATES = 8  # texts side by side: more cannot be read beside each other
CONTINUATION_TOKENS = 64  # that a GPT goes on for, or is given: a sentence or two
DECODED_TOKENS = 64  # that one decoding writes: enough for a sentence, and written in a moment
DRAWS = 200  # texts: frequencies come close to probabilities, and 200 texts are drawn in seconds
BEAM_WIDTH = 8  # beginnings at once: a wider tree cannot be read
CLI_BEAM_WIDTH = 64  # beginnings at once: the memory of a beam grows with it
GAPS_COMPARED = 8  # gaps: each order of filling them takes one pass for each
REMEMBERED_BRANCHES = 12  # that the decoding page remembers of a visitor: more do not fit the screen
ENUMERATED_TEXTS = 600_000  # texts that are looked at for one length: a few seconds on one core
SEARCHED_WORDS = 3  # of the texts that the search for a disagreement goes through: the toys have 1,000 of these
INTERVENTION_CHARACTERS = 2_000  # characters; what a visitor can set by hand is far shorter

# What is shown
POSITION_SIZE = 512  # of d_model on the positions page: its matrix has a pixel or two for each
POSITION_LENGTH = 512  # positions there, for the same reason
POSITION_BASE = 1_000_000  # of the waves: the longest then has 6 million positions, more than anyone reads
LEARNED_POSITIONS = 512  # of a learned code whose products are shown: all pairs of them are computed
LABORATORY_SIZE = 1024  # m of the laboratory: more than any head has
LABORATORY_KEYS = 64  # keys of the laboratory: their products for all m take 4 MB a seed

# Models
UNTRAINED_PARAMETERS = 30_000_000  # of a model that a visitor builds: 120 MB in float32, drawn in a second
UNTRAINED_POSITIONS = 1024  # of such a model: as many as GPT-2 has
LARGEST_SEED = 2**31 - 1  # of random numbers: what every generator here takes
CHECKPOINT_POSITIONS = 16_384  # of fixed position codes, which are computed, so that no file bounds them
LAID_OUT_BYTES = 64 * MB  # bytes of a model's weights that decoding may copy; the largest bundled model has 24 MB
LOADED_BYTES = whole_number("EXPLORER_LOADED_MB", 2048, 2**24) * MB  # bytes of loaded models, those in use longest
BUILT_BYTES = whole_number("EXPLORER_BUILT_MB", 512, 2**24) * MB  # bytes of untrained ones: four of the largest

# Files from elsewhere
MAX_DOWNLOAD = 8_000_000_000  # bytes, unless EXPLORER_MAX_DOWNLOAD is set: a model of 2 billion parameters in float32
WATCHED_TOKENS = 64  # the length of text for which an added model must have room beside its weights: a sentence or two
LONGEST_JSON = 25_000_000  # bytes of a config or an index; GPT-2's config has 665
LONGEST_HEADER = 25_000_000  # bytes; GPT-2's has 14,000, and a model of 100,000 tensors some 12 million
TOKENIZER_BYTES = 256 * MB  # bytes of a vocabulary's file; the largest in use have some 20 MB
EXTRA_IDS = 10_000  # gaps in a T5's vocabulary; T5 has 100
HUB_SIZE = 10**9  # of any size in a config: more than any model has, and arithmetic with it costs nothing
DRAWN_VOCABULARY = 2**20  # tokens of embeddings that are drawn, for a file without: they take memory at once
PATH_CHARACTERS = 1000  # characters of a typed path; the kernel's own bound is 4,096
FOLDERS = 1000  # that are offered: a list of more is no help

# What is kept for all visitors, in bytes; see explorer/ui/bounded.py
CACHE_BYTES = whole_number("EXPLORER_CACHE_MB", 1024, 2**24) * MB  # bytes of all caches: what was used longest ago goes
CACHED_RUNS = 256 * MB  # passes of the sidebar's texts: about 50 over 64 tokens
CACHED_CHANGED_RUNS = 128 * MB  # passes of a changed model: each slider's position is one
CACHED_VIEW = 64 * MB  # of one view's own passes or logits: a few dozen
CACHED_SEARCHES = 32 * MB  # draws and beams: hundreds of them
CACHED_SHUFFLED = 16 * MB  # outputs of two orders of a text: hundreds
CACHED_FACTORS = 4 * MB  # numbers and factors of texts: thousands
CACHED_TEXTS = MB  # texts and single numbers: thousands
