"""The names of models on the hub: "gpt2", "openai-community/gpt2", "openai-community/gpt2@main"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from explorer.hub.folders import shown_typed
from explorer.model.catalogue import CheckpointError

MAIN = "main"
HOST = re.compile(r"(https?://)?(www\.)?(huggingface\.co|hf\.co)/", re.IGNORECASE)
PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
NAME = re.compile(rf"(?:{PART}/)?{PART}")
REVISION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9_])?")
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubName:
    """A repository and the branch, tag or commit of it."""

    name: str  # "openai-community/gpt2"
    revision: str = MAIN

    def __str__(self) -> str:
        """As it stands in the explorer's addresses: the revision only where it is not main."""
        return self.name if self.revision == MAIN else f"{self.name}@{self.revision}"


def parse_name(typed: str, revision: str | None = None) -> HubName:
    """The model that someone has typed; the address of its page on huggingface.co will do too.

    Raises
    ------
    CheckpointError
        If no repository can have that name, or no revision that of the part after "@".
    """
    text = typed.strip() if isinstance(typed, str) else ""
    if HOST.match(text):
        text = HOST.sub("", text, count=1).split("?")[0].strip("/")
        text = re.sub(r"/tree/", "@", text.replace("refs%2Fpr%2F", "refs/pr/"), count=1)
    name, _, after = text.partition("@")
    revision = revision or after or MAIN
    if not NAME.fullmatch(name) or len(name) > 96 or "--" in name or ".." in name or name.endswith(".git"):
        raise CheckpointError(
            f"{shown_typed(typed) if text else 'Nothing'} is no name of a model on the hub: "
            "write owner/name, for example openai-community/gpt2."
        )
    if not REVISION.fullmatch(revision) or len(revision) > 200 or ".." in revision or "//" in revision:
        raise CheckpointError(f"{shown_typed(revision)} is no branch, tag or commit of a model on the hub.")
    return HubName(name, revision)
