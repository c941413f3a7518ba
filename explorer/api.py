"""The explorer from Python: load a model, run a text through it, and look at every number.

    import explorer
    model = explorer.load("openai-community/gpt2")
    run = model.trace("The house is small.")

See ``explorer.load`` and ``LoadedModel.trace``. Everything that is wrong with what was asked for is told by one
``CheckpointError`` (a model) or ``InputError`` (a text), both of them ValueErrors.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.analysis.bertviz import head_view
from explorer.analysis.transformer_lens import transformer_lens_cache
from explorer.hub.added import read_added
from explorer.hub.adding import check_config, check_room
from explorer.hub.download import cached, download
from explorer.hub.files import ModelFiles
from explorer.hub.models import entry_of_folder, find_any, open_any, read_all
from explorer.hub.names import HubName, parse_name
from explorer.model.catalogue import CheckpointError, Entry, pretrained_folder, sentence, unknown_name
from explorer.model.config import TransformerConfig
from explorer.model.reading import InputError

if TYPE_CHECKING:
    import torch

    from explorer.model.checkpoint import Checkpoint
    from explorer.model.run import Run
    from explorer.model.tokenizer import TextTokenizer
    from explorer.model.transformer import Transformer

__all__ = ["LoadedModel", "bertviz_arguments", "load", "transformer_lens_cache"]


@dataclass(frozen=True, repr=False)
class LoadedModel:
    """A model that is ready to run, its weights fixed; may be shared between threads."""

    checkpoint: Checkpoint

    @property
    def name(self) -> str:
        return self.checkpoint.entry.name

    @property
    def config(self) -> TransformerConfig:
        """Its shape: d_model, n_heads, d_k, d_v ... as plain values."""
        return self.checkpoint.entry.config

    @property
    def tokenizer(self) -> TextTokenizer:
        return self.checkpoint.tokenizer

    @property
    def model(self) -> Transformer:
        """The torch module. ``model.model(ids)`` returns the trace with its batch, and with gradients if wanted."""
        return self.checkpoint.model

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know of how it was opened, a sentence each: what of the file was left out, what was drawn."""
        return self.checkpoint.entry.notes

    def trace(self, text: str, target: str = "") -> Run:
        """Run a text, and return everything that was computed, as NumPy arrays that cannot be written to.

        Parameters
        ----------
        text : str
            What a GPT goes on from, what a BERT reads, or what a translator translates.
        target : str
            Of a translator (an encoder-decoder) what its decoder has read; it writes greedily itself unless given.

        Returns
        -------
        Run
            ``run.tokens.labels`` and ``run.tokens.ids``, of a translator the target's, and ``run.source`` the source's.
            ``run.trace.encoder`` and ``run.trace.decoder``, whichever there is:

            ==========================================  =============================================================
            ``.embedding.output``                       [position, d_model], x
            ``.blocks[3].attention.q``, ``.k``          [head, position, d_k]
            ``.blocks[3].attention.v``, ``.heads``      [head, position, d_v]
            ``.blocks[3].attention.scores``             [head, query, key], before the mask
            ``.blocks[3].attention.weights``            [head, query, key]; each row adds up to 1
            ``.blocks[3].cross_attention``              the same, of a translator's decoder: keys are the source's
            ``.blocks[3].resid_pre``, ``.resid_post``   [position, d_model], the state before and after the block
            ``.blocks[3].ff_hidden``                    [position, d_ff]
            ``.output``                                 [position, d_model], after the last norm
            ==========================================  =============================================================

            ``run.trace.logits`` [position, vocab_size]. ``explorer.model.trace`` explains each field, and
            ``run.attention("cross", 3)`` is another way to one layer.

        Raises
        ------
        InputError
            One sentence, if the text is empty or too long for the model, cannot be read by its tokenizer, or it takes
            no target.
        """
        from explorer.model.run import run

        for what, value in (("text", text), ("target", target)):
            if not isinstance(value, str):
                raise InputError(f"The {what} must be a str, not {type(value).__name__}: give one text at a time.")
        if self.config.has_cross_attention:
            return run(self.checkpoint, target, text)
        if target:
            raise InputError(f"{self.name} takes no target: it reads one text only.")
        return run(self.checkpoint, text)

    def __repr__(self) -> str:
        config, device = self.config, next(self.model.parameters()).device
        stacks = {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
        layers = " and ".join(f"{n} {name}" for name, n in stacks.items() if n)
        return (
            f"<{self.name}: {layers} layer{'s' * (sum(stacks.values()) > 1)} of {config.n_heads} heads, "
            f"d_model {config.d_model}, {config.vocab_size:,} tokens, "
            f"{self.checkpoint.entry.about.n_parameters:,} parameters, on {device}>"
        )


def load(
    name_or_folder: str | os.PathLike[str],
    revision: str | None = None,
    device: torch.device | str | None = None,
) -> LoadedModel:
    """Open a model.

    Parameters
    ----------
    name_or_folder : str or Path
        In this order: a model that comes with the explorer or was added to it ("gpt-captions"), a folder in Hugging
        Face's layout or in the explorer's own, or a model of the Hugging Face hub ("openai-community/gpt2"). One of the
        hub is taken from Hugging Face's cache if it is there, and else downloaded into it, under a progress bar.
    revision : str
        A branch, tag or commit of a model on the hub; "main" unless given.
    device : torch.device or str
        "cpu", "cuda", "cuda:1" or "mps"; the fastest there is, or EXPLORER_DEVICE, unless given.

    Raises
    ------
    CheckpointError
        One sentence that says what is wrong: no such model, no connection, a file that is damaged, an option or a kind
        of model that the explorer does not know, or more than the memory holds.
    """
    entry = _find(name_or_folder, revision)
    if entry.family:
        check_room(entry.config, entry.name)
    return LoadedModel(open_any(entry, _device(device)))


def bertviz_arguments(run: Run, kind: str | None = None) -> dict[str, Any]:
    """What ``bertviz.head_view`` and ``bertviz.model_view`` take: ``bertviz.head_view(**bertviz_arguments(run))``.

    As ``explorer.analysis.bertviz.head_view``, with the torch tensors that BertViz wants in place of arrays.
    """
    import numpy as np
    import torch

    def tensors(value: Any) -> Any:
        return [torch.tensor(each) if isinstance(each, np.ndarray) else each for each in value]

    return {name: tensors(value) for name, value in head_view(run, kind).items()}


def _find(asked: str | os.PathLike[str], revision: str | None) -> Entry:
    if not isinstance(asked, str | os.PathLike) or not str(asked).strip():
        raise CheckpointError("Give the name of a model, for example 'gpt-captions', or a folder.")
    name, folder = str(asked), Path(asked).expanduser()
    if isinstance(asked, str) and (known := _find_known(name, revision)):
        return known
    if isinstance(asked, os.PathLike) or _is_folder(folder) or name.startswith((".", "/", "~")):
        if revision:
            raise CheckpointError(f"{name} is a folder and has no revision {revision!r}: leave it out.")
        if not _is_folder(folder):
            raise CheckpointError(f"There is no folder {name}.")
        return entry_of_folder(folder, folder.resolve().name)
    hub_name = parse_name(name, revision)
    return entry_of_folder(_fetch(hub_name), str(hub_name))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _find_known(name: str, revision: str | None) -> Entry | None:
    """The model of that name that comes with the explorer or was added to it, or None."""
    root = pretrained_folder()
    if root.is_dir() and name in (path.name for path in root.iterdir() if path.is_dir()):
        if revision:
            raise CheckpointError(f"{name} comes with the explorer and has no revision {revision!r}: leave it out.")
        return find_any(name)
    names = [model.name for model in read_added()[0]]
    wanted = f"{name}@{revision}" if revision and revision != "main" else name
    return find_any(wanted) if wanted in names else None


def _fetch(hub_name: HubName) -> Path:
    """The folder of a model of the hub: from the cache, or downloaded."""
    if folder := cached(hub_name):
        check_config(ModelFiles(folder).config)
        return folder
    from tqdm import tqdm

    try:
        with tqdm(unit="B", unit_scale=True, unit_divisor=1000, desc=str(hub_name), leave=False, delay=0.2) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            return download(hub_name.name, hub_name.revision, progress=show, accept=check_config)
    except CheckpointError as error:
        if "/" in hub_name.name:
            raise
        here = unknown_name("model", hub_name.name, list(read_all()[0]))
        raise CheckpointError(f"{here} Nor can it be taken from the hub: {error}") from None


def _device(wanted: torch.device | str | None) -> torch.device:
    from explorer.model.device import available_devices, choose_device

    try:
        return choose_device(None if wanted is None else str(wanted))
    except ValueError as error:
        if wanted is None:
            raise CheckpointError(sentence(error)) from None
        has = ", ".join(available_devices())
        raise CheckpointError(f"There is no device {str(wanted)!r} on this machine, which has: {has}.") from None
