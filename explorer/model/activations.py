"""The functions f between the two layers of a feed-forward network, by the names that a config has for them."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def activate(x: Tensor, activation: str) -> Tensor:
    """f(x), number by number.

    ==============  ============================================  ===================================================
    name            f(x)                                          from
    ==============  ============================================  ===================================================
    ``relu``        max(0, x)                                     the paper, equation 2
    ``gelu``        x Phi(x), Phi the normal distribution         Hendrycks and Gimpel 2016; BERT
    ``gelu_tanh``   the same with tanh in place of erf            Hendrycks and Gimpel 2016, section 2; GPT-2
    ``quick_gelu``  x sigmoid(1.702 x)                            Hendrycks and Gimpel 2016, section 2
    ``silu``        x sigmoid(x), also called swish               Elfwing et al. 2017; Ramachandran et al. 2017; Marian
    ``tanh``        tanh(x)
    ==============  ============================================  ===================================================
    """
    return _FUNCTIONS[activation](x)


_FUNCTIONS = {
    "relu": lambda x: x.relu(),
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "quick_gelu": lambda x: x * (1.702 * x).sigmoid(),
    "silu": functional.silu,
    "tanh": lambda x: x.tanh(),
}
