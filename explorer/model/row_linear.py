"""A matrix times one row, which is most of what a step of decoding does."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

PANEL = 16  # outputs side by side: of 4 to 48 on an AMD EPYC, 12 to 32 were the fastest


class RowLinear:
    """y = W x + b with the weights of ``linear``, for one row x after another.

    With one row, each weight is read from memory for a single multiplication: the speed is that of the reading. BLAS
    reads W [out, in] along several of its rows at once. Laid out in panels of 16 outputs, [panel, in, 16], it is read
    from front to back, which is about twice as fast, and after some eight rows has made up for the laying out. The
    model's own weights are only read.
    """

    def __init__(self, linear: nn.Linear) -> None:
        self.weight, self.bias = linear.weight, linear.bias
        self.n_out, self.n_in = linear.weight.shape
        self.panels: Tensor | None = None  # [panel, in, 16], the last one filled up with zeros
        self.panel_bias: Tensor | None = None  # [panel, 1, 16]

    def lay_out(self) -> None:
        missing = -self.n_out % PANEL
        weight = functional.pad(self.weight, (0, 0, 0, missing)) if missing else self.weight
        if weight.t().is_contiguous():  # column by column: each line of a panel lies in one piece
            self.panels = weight.t().unflatten(1, (-1, PANEL)).transpose(0, 1).contiguous()
        else:
            self.panels = weight.reshape(-1, PANEL, self.n_in).transpose(1, 2).contiguous()
        if self.bias is not None:
            self.panel_bias = functional.pad(self.bias, (0, missing)).view(-1, 1, PANEL)

    def __call__(self, x: Tensor) -> Tensor:
        """``x`` [batch, position, in] -> [batch, position, out]; the panels serve where that is a single row."""
        if self.panels is None or x.numel() != self.n_in:
            return functional.linear(x, self.weight, self.bias)
        rows = x.expand(self.panels.shape[0], 1, self.n_in)
        y = rows.bmm(self.panels) if self.panel_bias is None else self.panel_bias.baddbmm(rows, self.panels)
        y = y.view(1, 1, -1)
        return y if y.shape[-1] == self.n_out else y[..., : self.n_out]
