"""From the last state of a stack to what is multiplied with the unembedding matrix."""

from __future__ import annotations

from torch import Tensor, nn

from explorer.model.activations import activate
from explorer.model.config import TransformerConfig
from explorer.model.layers import make_norm


class OutputTransform(nn.Module):
    """LN(f(W x + b)), the layer that BERT has between its encoder and its logits (Devlin et al. 2019, in its code)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.linear = nn.Linear(config.d_model, config.d_model)
        self.norm = make_norm(config)
        self.activation = config.output_transform

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(activate(self.linear(x), self.activation))


class NoUnembedding(nn.Module):
    """The logits of a model that has none, [..., 0]."""

    def forward(self, x: Tensor) -> Tensor:
        return x[..., :0]


def make_transform(config: TransformerConfig) -> nn.Module:
    """What happens to the last state before it is scaled and unembedded; nothing in the paper's model."""
    return nn.Identity() if config.output_transform == "none" else OutputTransform(config)
