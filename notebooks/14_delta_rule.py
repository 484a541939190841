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
# # 14. The delta rule writes and erases
#
# Linear attention only adds (notebook 13): a second value under the same key comes on top of the first. The **delta
# rule** first reads what the state holds under the key, and writes the difference. This notebook shows what that
# changes, what $\beta$ and the decay are for, and that a rule that looks sequential can be computed in chunks.

# %%
# In a fresh kernel, install the project. Where there is nothing but this notebook, REPOSITORY says what to fetch.
import importlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = os.environ.get("BARE_BONES_REPOSITORY", "")  # or between these quotes: an address for `git clone`

if not all(map(find_spec, ("scripts", "jaxtyping", "ipywidgets"))):
    around = [folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "constraints.txt").exists()]
    project = around[0] if around else Path("bare-bones-gpt").resolve()
    if not project.exists():
        if not REPOSITORY:
            raise RuntimeError(
                "The project is not on this machine, and the notebook needs it. Where REPOSITORY stands above, write "
                "between the quotes the address that you clone it from, and run this cell again."
            )
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", REPOSITORY, str(project)], check=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "-e", f"{project}[notebooks]"], check=True)
    sys.path.insert(0, str(project))
    importlib.invalidate_caches()

# %%
import torch
from ipywidgets import FloatSlider, IntSlider, interact
from matplotlib import pyplot
from torch.nn.functional import normalize, one_hot

from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
delta, linear = code.attentions.recurrent.delta, code.attentions.recurrent.linear
source("attentions.recurrent.delta.delta_step", IMPL)

# %% [markdown]
# ## One key, two values
#
# Three keys at right angles; the first one is written a second time, with another value. **Predict:** what does a
# query for the first key get from linear attention, and what from the delta rule with $\beta = 1$? With $\beta = 1/2$?

# %%
WRITES = (0, 1, 2, 0)  # the key of every token
torch.manual_seed(2)
VALUES = torch.randn(len(WRITES), 8, dtype=torch.float64)


def write(beta: float, decay: float = 1.0):
    """The states after every token, by linear attention and by the delta rule: (T, 3, 8) each."""
    added = corrected = torch.zeros(1, 1, 3, 8, dtype=torch.float64)
    found = []
    for number, value in zip(WRITES, VALUES, strict=True):
        key = one_hot(torch.tensor([[number]]), 3).double()
        added = decay * added + key[..., None] * value
        strength = torch.full((1, 1), beta, dtype=torch.float64)
        corrected = delta.delta_step(decay * corrected, key, value.expand(1, 1, -1), strength)
        found.append((added[0, 0], corrected[0, 0]))
    return [torch.stack(each) for each in zip(*found, strict=True)]


def draw_writes(beta: float = 1.0, decay: float = 1.0) -> None:
    _, rows = pyplot.subplots(2, 4, figsize=(10, 3.2), sharex=True, sharey=True)
    for row, name, found in zip(rows, ("added", "corrected"), write(beta, decay), strict=True):
        for axes, state, number in zip(row, found, WRITES, strict=True):
            axes.imshow(state, cmap="RdBu", vmin=-2.5, vmax=2.5, aspect="auto")
            axes.set_title(f"{name}, after key {number}")
            axes.grid(False)
        print(f"{name:9} distance of what is under key 0 from its last value: {(found[-1][0] - VALUES[-1]).norm():.2f}")
    pyplot.show()


draw_writes()

# %% [markdown]
# Rows are keys. Above, the first row ends as the sum of both values, and nothing can take them apart; below, the
# second value has replaced the first. $\beta$ is how far: 0 writes nothing, 1 all. A layer computes it of every token,
# and so decides which ones are worth remembering. The **decay** of the gated delta rule forgets everything at once,
# also what no new key asks for.

# %%
_ = interact(
    draw_writes, beta=FloatSlider(1.0, min=0, max=1, step=0.1), decay=FloatSlider(1.0, min=0.5, max=1, step=0.05)
)

# %% [markdown]
# ## A step of learning
#
# The state is a linear map that shall give $v$ for $k$: its error is $\frac12|S^\top k - v|^2$, and the delta rule
# takes a step of gradient descent on it with the learning rate $\beta$. Here is torch's gradient, and the largest
# difference from `delta_step`.

# %%
torch.manual_seed(0)
state = torch.randn(1, 1, 4, 6, dtype=torch.float64, requires_grad=True)
key, value = normalize(torch.randn(1, 1, 4, dtype=torch.float64), dim=-1), torch.randn(1, 1, 6, dtype=torch.float64)
beta = torch.tensor([[0.3]], dtype=torch.float64)
error = ((key[..., None, :] @ state).squeeze(-2) - value).pow(2).sum() / 2
(gradient,) = torch.autograd.grad(error, state)
difference = (delta.delta_step(state, key, value, beta) - (state - 0.3 * gradient)).abs().max()
print(f"delta_step - (state - beta * gradient): {difference.item():.0e}")

# %% [markdown]
# ## More fits
#
# Keys that are not at right angles get in each other's way. Correcting takes the crosstalk of earlier pairs into
# account: what is written is what is still missing. $N$ pairs with random keys in a state of 32 rows; then each is
# read once. **Predict:** is the last pair or the first one read better, by either rule?


# %%
def errors(pairs: int, size: int = 32, beta: float = 1.0):
    """The mean error of reading every pair, from the first to the last one written: added, corrected."""
    generator = torch.Generator().manual_seed(pairs)
    key = normalize(torch.randn(40, 1, pairs, size, generator=generator, dtype=torch.float64), dim=-1)
    value = normalize(torch.randn(40, 1, pairs, size, generator=generator, dtype=torch.float64), dim=-1)
    none, empty = key.new_zeros(40, 1, pairs), key.new_zeros(40, 1, size, size)
    _, added = linear.chunk_linear_attention(key, key, value, none, empty)
    _, corrected = delta.chunk_gated_delta_rule(key, key, value, none, torch.full_like(none, beta), empty)
    return [(key @ state - value).norm(dim=-1).mean(dim=(0, 1)) for state in (added, corrected)]


def draw_errors(pairs: int = 24, beta: float = 1.0) -> None:
    _, (each, mean) = pyplot.subplots(1, 2, figsize=(10, 3.2))
    counts = [2, 4, 8, 16, 24, 32, 48, 64]
    for place, (name, colour) in enumerate((("added", "#D55E00"), ("corrected", "black"))):
        each.plot(range(1, pairs + 1), errors(pairs, beta=beta)[place], color=colour, label=name)
        averages = [errors(count, beta=beta)[place].mean() for count in counts]
        mean.plot(counts, averages, "o-", color=colour, label=name)
    each.set(
        title=f"{pairs} pairs in a state of 32 rows", xlabel="pair, as it was written", ylabel="error of reading it"
    )
    mean.set(title="mean over the pairs", xlabel="number of pairs")
    mean.axhline(1, color="0.6", linestyle=":", label="nothing read at all")
    each.legend(fontsize=8)
    mean.legend(fontsize=8)
    pyplot.show()


draw_errors()

# %% [markdown]
# What was corrected last is read without an error ($\beta = 1$); earlier pairs have been disturbed by all that came
# later. What is added is disturbed by all others, earlier and later ones alike. **Try this:** with more pairs than
# rows, a smaller $\beta$ is better: small steps average over pairs that cannot all be met.

# %%
_ = interact(draw_errors, pairs=IntSlider(24, min=2, max=64), beta=FloatSlider(1.0, min=0.1, max=1, step=0.1))

# %% [markdown]
# ## Recurrent and chunked are one thing
#
# What a token corrects depends on what the one before it has written, so it looks as if nothing could be computed at
# once. But inside a chunk that is a triangular system of equations; once it is solved, the rest is linear attention.

# %%
source("attentions.recurrent.delta.chunk_gated_delta_rule", IMPL)


# %%
def compare(length: int = 37) -> None:
    torch.manual_seed(3)
    query, key, value = torch.randn(3, 1, 2, length, 8, dtype=torch.float64)
    log_decay, beta = -torch.rand(1, 2, length, dtype=torch.float64) / 4, torch.rand(1, 2, length, dtype=torch.float64)
    entries = query, normalize(key, dim=-1), value, log_decay, beta, torch.randn(1, 2, 8, 8, dtype=torch.float64)
    out, last = delta.recurrent_gated_delta_rule(*entries)
    for chunk in (1, 5, 16, 64):
        y, end = delta.chunk_gated_delta_rule(*entries, chunk=chunk)
        print(f"chunks of {chunk:2}: outputs {(y - out).abs().max():.0e}   state {(end - last).abs().max():.0e}")


compare()

# %%
_ = interact(compare, length=IntSlider(37, min=1, max=130))
