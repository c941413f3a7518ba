"""Models in which no parameter is 0 or 1 by default, the texts they read, and the comparison of two traces."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer import reference
from explorer.model.config import TransformerConfig
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer

ARCHITECTURES = ("encoder-decoder", "decoder", "encoder")
VOCAB_SIZE, MAX_LEN = 19, 13


def make_config(architecture: str, **options: Any) -> TransformerConfig:
    """A small config whose sizes are all different and prime where they can be (sinusoids need an even d_model)."""
    values = {
        "vocab_size": VOCAB_SIZE,
        "d_model": 14,
        "n_heads": 3,
        "d_k": 5,
        "d_v": 7,
        "d_ff": 11,
        "max_len": MAX_LEN,
        "n_encoder_layers": 0 if architecture == "decoder" else 2,
        "n_decoder_layers": 0 if architecture == "encoder" else 2,
    }
    return TransformerConfig(architecture=architecture, **(values | options))


def randomise(module: nn.Module, seed: int = 0) -> None:
    """Draw every parameter anew: matrices that shrink a little, gains around 1, biases around 0.

    Larger matrices would make a softmax all but pick one key, which magnifies float32's rounding from block to block.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.normal_(generator=generator)
            if parameter.ndim > 1:
                parameter.mul_(0.6 * parameter.shape[-1] ** -0.5)
            else:
                parameter.mul_(0.3).add_(1.0 if name.endswith("norm.weight") else 0.0)


def random_transformer(config: TransformerConfig, seed: int = 0) -> Transformer:
    model = Transformer(config).eval()
    randomise(model, seed)
    return model


def random_inputs(config: TransformerConfig, n_tokens: int = 7, n_source: int = 5, seed: int = 0) -> dict[str, Tensor]:
    """A batch of two texts for ``config``, as keyword arguments of the model; the second has padding at its end."""
    generator = torch.Generator().manual_seed(seed)

    def text(prefix: str, length: int, vocab_size: int) -> dict[str, Tensor]:
        mask = torch.ones(2, length, dtype=torch.bool)
        mask[1, 1 + length // 2 :] = False
        return {
            prefix: torch.randint(vocab_size, (2, length), generator=generator),
            f"{prefix}_mask": mask,
        }

    inputs = text("tokens", n_tokens, config.vocab_size)
    if config.has_cross_attention:
        inputs |= text("source", n_source, config.source_vocab_size or config.vocab_size)
    return inputs


def as_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """The parameters for the reference, in float64, so that all rounding is the model's."""
    return {name: value.double().numpy() for name, value in model.state_dict().items()}


@torch.inference_mode()
def assert_matches_reference(
    model: Transformer,
    inputs: dict[str, Tensor],
    *,
    config: TransformerConfig | None = None,
    parameters: dict[str, np.ndarray] | None = None,
) -> None:
    """Every field of the trace of every text in the batch is within 1e-5 of the reference, run on that text alone.

    The reference uses the model's own config and parameters unless others are given.
    """
    config, parameters = config or model.config, parameters or as_arrays(model)
    trace = model(**inputs)
    for n in range(len(inputs["tokens"])):
        one_text = {name: value[n].numpy() for name, value in inputs.items()}
        expected = reference.forward(parameters, config, **one_text)
        assert_same(to_numpy(trace, n), expected, atol=1e-5)


def assert_same(actual: Any, expected: Any, *, atol: float, where: str = "trace") -> None:
    """Compare a trace of arrays with the reference's, field by field; neither may have a field that the other lacks."""
    if isinstance(actual, tuple):
        assert len(actual) == len(expected), where
        for n, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_same(one, other, atol=atol, where=f"{where}[{n}]")
    elif is_dataclass(actual):
        names = {field.name for field in fields(actual)}
        assert names == set(vars(expected)), where
        for name in sorted(names):
            assert_same(getattr(actual, name), getattr(expected, name), atol=atol, where=f"{where}.{name}")
    else:
        assert np.shape(actual) == np.shape(expected), f"{where}: {np.shape(actual)} and {np.shape(expected)}"
        np.testing.assert_allclose(actual, expected, rtol=0, atol=atol, err_msg=where)
