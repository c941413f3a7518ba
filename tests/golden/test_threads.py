"""Sessions share one model: a trace never holds another session's numbers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass

import torch

from tests.golden.random_models import make_config, random_inputs, random_transformer

N_THREADS, N_PASSES = 2, 500
LENGTHS = (1, 2, 3, 5, 7, 11, 13)


def tensors(trace):
    """Every tensor of a trace, in its order."""
    if isinstance(trace, tuple):
        return [tensor for part in trace for tensor in tensors(part)]
    if is_dataclass(trace):
        return [tensor for field in fields(trace) for tensor in tensors(getattr(trace, field.name))]
    return [trace] if isinstance(trace, torch.Tensor) else []


def numbers(trace):
    """Everything in a trace as one long vector, which is quick to compare."""
    return torch.cat([tensor.flatten().float() for tensor in tensors(trace)])


def test_two_threads_on_one_model_get_their_own_traces():
    config = make_config("encoder-decoder", n_encoder_layers=1, n_decoder_layers=1)
    model = random_transformer(config)
    texts = [
        random_inputs(config, n_tokens=length, n_source=LENGTHS[-1 - n], seed=seed)
        for seed in range(2)
        for n, length in enumerate(LENGTHS)
    ]
    with torch.inference_mode():
        alone = [numbers(model(**text)) for text in texts]
    together = threading.Barrier(N_THREADS)

    def session(thread: int) -> int:
        """Pass the texts in an order of this thread's own; count the traces that differ from those made alone."""
        order = torch.Generator().manual_seed(thread)
        together.wait()
        wrong = 0
        with torch.inference_mode():
            for _ in range(N_PASSES):
                n = int(torch.randint(len(texts), (1,), generator=order))
                mine = numbers(model(**texts[n]))
                wrong += mine.shape != alone[n].shape or not torch.allclose(mine, alone[n], rtol=0, atol=1e-6)
        return wrong

    with ThreadPoolExecutor(N_THREADS) as pool:
        assert list(pool.map(session, range(N_THREADS))) == [0] * N_THREADS
