"""How a model's matrices are drawn before training."""

import pytest
import torch

from explorer.model.transformer import Transformer
from tests.golden.random_models import make_config


@pytest.mark.parametrize(("position", "factor"), [("post", 6**-0.5), ("pre", 1.0)])
def test_a_post_norm_stack_starts_with_quiet_sublayers(position, factor):
    """Two blocks of three sublayers: W_O and W_2 start sqrt(6) times below Xavier's limit; pre-norm fills it."""
    torch.manual_seed(0)
    model = Transformer(make_config("encoder-decoder", norm_position=position))
    for block in model.decoder.blocks:
        for last in (block.attention.w_o, block.cross_attention.w_o, block.ff.w_2):
            limit = (6 / sum(last.weight.shape)) ** 0.5 * factor
            assert 0.9 * limit < last.weight.abs().max() <= limit
        assert block.attention.w_q.weight.abs().max() > 0.9 * (6 / sum(block.attention.w_q.weight.shape)) ** 0.5
