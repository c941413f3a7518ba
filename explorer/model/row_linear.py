"""A matrix times one row, which is most of what a step of decoding does."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from torch import Tensor, nn
from torch.nn import functional

PANEL = 16  # outputs side by side: of 4 to 48 on an AMD EPYC, 12 to 32 were the fastest


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """A tensor, where its numbers lie, and how often they have been changed; None for the last where torch does not
    count: such a tensor equals none."""

    tensor: Tensor | None  # held, so that no other one can lie where it lay
    address: int = 0
    version: int | None = 0

    @classmethod
    def of(cls, tensor: Tensor | None) -> _State:
        if tensor is None:
            return cls(None)
        return cls(tensor, tensor.data_ptr(), None if tensor.is_inference() else tensor._version)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _State) or self.tensor is not other.tensor or self.version is None:
            return False
        return (self.address, self.version) == (other.address, other.version)


@dataclass(frozen=True, slots=True)
class Panels:
    """The weights of one matrix in panels of 16 outputs, the last one filled up with zeros."""

    weight: Tensor  # [panel, in, 16]
    bias: Tensor | None  # [panel, 1, 16]
    made_from: tuple[_State, _State]  # weight, bias


# Those of the models that are in memory: each decoding of a model reads the same ones, and they go with it.
_panels: WeakKeyDictionary[nn.Linear, Panels] = WeakKeyDictionary()


class RowLinear:
    """y = W x + b with the weights of ``linear``, for one row x after another.

    With one row, each weight is read from memory for a single multiplication: the speed is that of the reading. BLAS
    reads W [out, in] along several of its rows at once. Laid out in panels of 16 outputs, [panel, in, 16], it is read
    from front to back, which is about twice as fast, and after some eight rows has made up for the laying out. The
    model's own weights are only read; where they have been changed since, they are laid out anew.
    """

    def __init__(self, linear: nn.Linear) -> None:
        self.linear, self.weight, self.bias = linear, linear.weight, linear.bias
        self.n_out, self.n_in = linear.weight.shape
        self.panels: Panels | None = None

    def lay_out(self) -> None:
        state = _State.of(self.weight), _State.of(self.bias)
        kept = _panels.get(self.linear)
        if kept is None or kept.made_from != state:
            kept = _panels[self.linear] = Panels(*_lay_out(self.weight, self.bias), state)
        self.panels = kept

    def __call__(self, x: Tensor) -> Tensor:
        """``x`` [batch, position, in] -> [batch, position, out]; the panels serve where that is a single row."""
        panels = self.panels
        if panels is None or x.numel() != self.n_in:
            return functional.linear(x, self.weight, self.bias)
        rows = x.expand(panels.weight.shape[0], 1, self.n_in)
        y = rows.bmm(panels.weight) if panels.bias is None else panels.bias.baddbmm(rows, panels.weight)
        y = y.view(1, 1, -1)
        return y if y.shape[-1] == self.n_out else y[..., : self.n_out]


def _lay_out(weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
    n_out, n_in = weight.shape
    missing = -n_out % PANEL
    weight = functional.pad(weight, (0, 0, 0, missing)) if missing else weight
    if weight.t().is_contiguous():  # column by column: each line of a panel lies in one piece
        panels = weight.t().unflatten(1, (-1, PANEL)).transpose(0, 1).contiguous()
    else:
        panels = weight.reshape(-1, PANEL, n_in).transpose(1, 2).contiguous()
    return panels, None if bias is None else functional.pad(bias, (0, missing)).view(-1, 1, PANEL)
