"""Settings for every test: one thread for torch, as in the app, and examples that do not hurry."""

import torch
from hypothesis import settings

torch.set_num_threads(1)
settings.register_profile("explorer", deadline=None, print_blob=True)
settings.load_profile("explorer")
