"""Imported once by the server of `learn watch`, so that what is forked from it has to load nothing.

Everything here computes on one thread: a process that has ever used two cannot be forked safely.
"""

import gc

from scripts.workshop.check import loaded  # noqa: F401, before all else

gc.disable()

import torch  # noqa: E402

torch.set_num_threads(1)

import reference.gpt  # noqa: E402, F401
from scripts.training import loop, report  # noqa: E402, F401
from scripts.workshop.diagnose import diagnosis  # noqa: E402, F401
from scripts.workshop.pieces.splice import REFERENCE, reference_code  # noqa: E402

# A check puts a piece into modules of the reference, whose code is the same every time.
for path in REFERENCE.rglob("*.py"):
    reference_code(".".join(path.relative_to(REFERENCE).with_suffix("").parts))

# The first optimizer, and the first backward pass, load more than torch itself does.
weight = torch.nn.Parameter(torch.zeros(2))
optimizer = torch.optim.AdamW([weight])
weight.sum().backward()
optimizer.step()
gc.freeze()
gc.enable()
