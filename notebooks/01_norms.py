# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. What a norm does

# %%
import torch
from matplotlib import pyplot

from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look

use_look()

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
source("norms.rms_norm", IMPL)

# %%
x = torch.randn(3, 64)
figure, axes = pyplot.subplots()
axes.plot(code.norms.rms_norm(x, 1e-6)[0])
