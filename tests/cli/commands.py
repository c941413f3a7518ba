"""What the tests of several commands share."""

import json

from tests.bundled import MODELS as BUNDLED
from tests.bundled import TELLING_MODELS

MODELS = {"tiny-translate": "translate", "tiny-gpt": "continue", "tiny-bert": "fill"}
TRANSLATORS = [name for name in TELLING_MODELS if BUNDLED[name].config.has_cross_attention]
WRITERS = [name for name in TELLING_MODELS if BUNDLED[name].config.architecture == "decoder"]
FILLERS = [name for name in TELLING_MODELS if BUNDLED[name].config.architecture == "encoder"]


def one_sentence(result):
    """The single line on stderr of a command that failed."""
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith((".", "?"))
    assert not lines[0].endswith("..")
    return lines[0]


def json_lines(result):
    """What a command answered with --json, one value for each line; it went well."""
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]
