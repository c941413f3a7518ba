"""The training loop: seeded, resumable, with a running average of the weights. It knows model and data, no screen."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional
from torch.optim.swa_utils import get_ema_multi_avg_fn

from explorer.model.transformer import Transformer
from explorer.training.data import IGNORE, Batch
from explorer.training.loss import backward
from explorer.training.recipe import Recipe
from explorer.training.state import load_state, save_state


@dataclass(frozen=True)
class Progress:
    """What is reported after each update."""

    update: int
    loss: float  # of this update's batch, see explorer.training.loss
    learning_rate: float
    validation_loss: float | None  # of the averaged weights, without label smoothing; only where one was due


class Trainer:
    """One run of a recipe: a model, its optimiser, the average of its weights, and where in the data it stands."""

    def __init__(
        self, recipe: Recipe, model: Transformer, data, validation, folder: Path, device: torch.device
    ) -> None:
        self.recipe, self.data, self.validation, self.folder, self.device = recipe, data, validation, folder, device
        self.model = model.to(device)
        self.average = [parameter.detach().clone() for parameter in self.model.parameters()]
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
        )
        self.update = self.epoch = self.batches_done = 0

    def run(
        self,
        report: Callable[[Progress], None] = lambda progress: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Train until the recipe's last update, or save and return after the update in which ``stop()`` became true.

        Called again (by another process, too), it goes on from the last save as if there had been no interruption.
        """
        self._resume()
        self.model.train()
        for batch in self._remaining_batches():
            loss = self._train_on(batch.to(self.device))
            due = self.update % self.recipe.validate_every == 0 or self.update == self.recipe.updates
            validation_loss = self._validate() if due else None
            stopped = stop()
            if due or stopped:
                self._save()
            report(Progress(self.update, loss, self._learning_rate(), validation_loss))
            if stopped:
                return

    def averaged_model(self) -> Transformer:
        """A copy of the model, in eval mode, with the running average as its weights: what is saved and shown."""
        # Copied, not built: building draws random numbers, and a resumed run would then draw another dropout.
        model = copy.deepcopy(self.model).eval()
        with torch.no_grad():
            for parameter, average in zip(model.parameters(), self.average, strict=True):
                parameter.copy_(average)
        return model

    def _remaining_batches(self) -> Iterator[Batch]:
        while self.update < self.recipe.updates:
            generator = torch.Generator().manual_seed(self.recipe.seed * 10_000 + self.epoch)
            i = -1
            for i, batch in enumerate(self.data.batches(self.recipe.tokens_per_update, generator)):
                if i < self.batches_done:
                    continue  # seen before the interruption
                self.batches_done = i + 1
                yield batch
                if self.update >= self.recipe.updates:
                    return
            if i < 0:
                raise ValueError("The training text is too short for a single batch")
            self.epoch, self.batches_done = self.epoch + 1, 0

    def _train_on(self, batch: Batch) -> float:
        self.update += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        recipe = self.recipe
        loss = backward(self.model, batch, recipe.label_smoothing, recipe.consistency, recipe.bfloat16)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        # Early on the average follows closely, so that it does not keep the random start for long.
        decay = min(recipe.average, self.update / (self.update + 10))
        get_ema_multi_avg_fn(decay)(self.average, list(self.model.parameters()), self.update)
        return loss

    def _learning_rate(self) -> float:
        """Linear up to the peak at ``warmup``, then linear down to 0 at the last update."""
        recipe = self.recipe
        up = self.update / max(recipe.warmup, 1)
        down = (recipe.updates - self.update) / max(recipe.updates - recipe.warmup, 1)
        return recipe.learning_rate * max(min(up, down, 1.0), 0.0)

    def _validate(self) -> float:
        return validation_loss(self.averaged_model(), self.validation, self.recipe.tokens_per_update, self.device)

    def _save(self) -> None:
        position = {"update": self.update, "epoch": self.epoch, "batches_done": self.batches_done}
        save_state(self.folder, self.model, self.average, self.optimizer, {**position, "recipe": asdict(self.recipe)})

    def _resume(self) -> None:
        position = load_state(self.folder, self.model, self.average, self.optimizer, asdict(self.recipe))
        if position is None:
            torch.manual_seed(self.recipe.seed)  # dropout
        else:
            self.update, self.epoch, self.batches_done = (
                position[name] for name in ("update", "epoch", "batches_done")
            )


def batch_loss(model: Transformer, batch: Batch) -> torch.Tensor:
    """Cross entropy in nats per predicted token."""
    logits = model(batch.tokens, batch.source, batch.tokens_mask, batch.source_mask).logits
    return functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORE)


@torch.inference_mode()
def validation_loss(model: Transformer, data, n_tokens: int, device: torch.device) -> float:
    """Cross entropy over all validation batches, each predicted token counting once; the masks of "fill" are fixed.

    ValueError if there is nothing to predict.
    """
    total, count = 0.0, 0
    for batch in data.batches(n_tokens, torch.Generator().manual_seed(0)):
        n = int((batch.targets != IGNORE).sum())
        total += batch_loss(model, batch.to(device)).item() * n
        count += n
    if not count:
        raise ValueError("The validation text is too short for a single batch")
    return total / count
