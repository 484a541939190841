"""Imported once by the server that processes are forked from, so that none of them has to load anything.

Everything here computes on one thread: a process that has ever used two cannot be forked safely.
"""

import torch

torch.set_num_threads(1)

from scripts.training import loop  # noqa: E402, F401
from scripts.workshop.check import checking  # noqa: E402, F401
from scripts.workshop.diagnose import diagnosis  # noqa: E402, F401

# The first optimizer, and the first backward pass, load more than torch itself does.
weight = torch.nn.Parameter(torch.zeros(2))
optimizer = torch.optim.AdamW([weight])
weight.sum().backward()
optimizer.step()
