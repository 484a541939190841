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
# # 13. Attention as a state
#
# To continue a text, softmax attention keeps the keys and values of all tokens (notebook 8). Leave the softmax away,
# and all that a query can read of them is **one matrix**, however long the text is: the *state*. This notebook shows
# how it fills, how it forgets, that one thing has three forms, and how much fits into it.

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
from torch.nn.functional import normalize

from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
linear = code.attentions.recurrent.linear
source("attentions.recurrent.linear.recurrent_linear_attention", IMPL)

# %% [markdown]
# ## Why it is one matrix
#
# $$ \mathrm{out}_t = \sum_{s \le t} (q_t \cdot k_s)\, v_s = S_t^\top q_t, \qquad S_t = \sum_{s \le t} k_s v_s^\top $$
#
# With a softmax around the scores this sum does not come apart. Without, each token adds an outer product to $S$, and
# is not needed any more. Here are ten tokens whose keys are the ten unit vectors: each writes its value into a row of
# its own. **Predict:** with a decay of 0.8, how strong is what the first token wrote when the tenth has been read?

# %%
T = 10
torch.manual_seed(0)
VALUES = torch.randn(T, 12, dtype=torch.float64)
KEYS = torch.eye(T, dtype=torch.float64)


def states(keys, values, decay: float):
    """The state after every token: (T, K, Vd)."""
    state = torch.zeros(1, 1, keys.size(1), values.size(1), dtype=torch.float64)
    found = []
    for k, v in zip(keys, values, strict=True):
        entries = (k.view(1, 1, 1, -1), k.view(1, 1, 1, -1), v.view(1, 1, 1, -1))
        log_decay = torch.tensor(decay, dtype=torch.float64).log().view(1, 1, 1)
        _, state = linear.recurrent_linear_attention(*entries, log_decay, state)
        found.append(state[0, 0])
    return torch.stack(found)


def draw_states(decay: float = 0.8, token: int = 10) -> None:
    found = states(KEYS, VALUES, decay)
    _, axes = pyplot.subplots(1, 4, figsize=(10, 2.6), sharey=True)
    for place, after in zip(axes, (1, 4, 7, token), strict=True):
        place.imshow(found[after - 1], cmap="RdBu", vmin=-2, vmax=2, aspect="auto")
        place.set(title=f"after token {after}", xlabel="channel of the value")
        place.grid(False)
    axes[0].set_ylabel("channel of the key")
    pyplot.show()
    left = found[token - 1].norm(dim=1) / VALUES.norm(dim=1)
    print("left of each token's value:", " ".join(f"{share:.2f}" for share in left[:token]))


draw_states()

# %% [markdown]
# $0.8^9 = 0.13$ is left of the first. **Try this:** a decay of 1 keeps all. At which decay does the state hold the
# last three tokens and hardly anything else? Such a layer is a window with soft edges.

# %%
_ = interact(draw_states, decay=FloatSlider(0.8, min=0.1, max=1, step=0.05), token=IntSlider(10, min=1, max=10))

# %% [markdown]
# ## One thing in three forms
#
# Token by token is the definition, and the way to decode. To train, all tokens at once are faster: scores, a matrix of
# decays in the place of mask and softmax, values. Its cost grows with $T^2$; chunk by chunk, with the state handed on,
# it grows with $T$. Here are all three, with a state that is not empty at the beginning. The numbers are the largest
# differences.

# %%
source("attentions.recurrent.linear.parallel_linear_attention", IMPL)


# %%
def draw_forms(length: int = 37) -> None:
    torch.manual_seed(1)
    query, key, value = torch.randn(3, 1, 2, length, 8, dtype=torch.float64)
    log_decay = -torch.rand(1, 2, length, dtype=torch.float64) / 4
    state = torch.randn(1, 2, 8, 8, dtype=torch.float64)
    entries = query, key, value, log_decay, state
    out, last = linear.recurrent_linear_attention(*entries)
    others = {"parallel": linear.parallel_linear_attention(*entries)}
    others |= {f"chunks of {chunk}": linear.chunk_linear_attention(*entries, chunk=chunk) for chunk in (1, 5, 16)}
    for name, (y, end) in others.items():
        print(f"{name:12} outputs {(y - out).abs().max():.0e}   state {(end - last).abs().max():.0e}")
    _, (scores, decays) = pyplot.subplots(1, 2, figsize=(8, 3))
    decays.imshow(linear.decay_matrix(log_decay)[0, 0], cmap="Greys")
    decays.set(title="what is left at t of what s wrote", xlabel="s", ylabel="t")
    scores.imshow((query @ key.mT * linear.decay_matrix(log_decay))[0, 0], cmap="RdBu", vmin=-6, vmax=6)
    scores.set(title="scores times decays", xlabel="s", ylabel="t")
    for axes in (scores, decays):
        axes.grid(False)
    pyplot.show()


draw_forms()

# %%
_ = interact(draw_forms, length=IntSlider(37, min=2, max=64))

# %% [markdown]
# ## How much fits
#
# The ten keys above were at right angles, and nothing got in anybody's way. Real keys are directions in $K$
# dimensions, of which only $K$ are at right angles to each other. Now $N$ pairs with random keys are written, and each
# is asked for: right is an answer that is nearer to the pair's value than to any other. **Predict:** where does a
# state of 16 rows begin to fail?


# %%
def recalled(pairs: int, size: int, decay: float, softmax: bool = False) -> float:
    """The share of the pairs that are found again."""
    generator, right = torch.Generator().manual_seed(pairs * size), []
    for _ in range(20):
        key = normalize(torch.randn(pairs, size, generator=generator, dtype=torch.float64), dim=-1)
        value = normalize(torch.randn(pairs, 32, generator=generator, dtype=torch.float64), dim=-1)
        weights = decay ** torch.arange(pairs - 1, -1, -1, dtype=torch.float64)
        scores = (16 * key @ key.T).softmax(dim=-1) if softmax else key @ key.T * weights
        nearest = (scores @ value @ value.T).argmax(dim=-1)
        right.append((nearest == torch.arange(pairs)).double().mean())
    return torch.stack(right).mean().item()


def draw_recall(decay: float = 1.0) -> None:
    counts = [2, 4, 8, 16, 32, 64, 128]
    _, axes = pyplot.subplots(figsize=(7, 3.2))
    for size in (8, 16, 32, 64):
        axes.plot(counts, [recalled(pairs, size, decay) for pairs in counts], "o-", label=f"state of {size} rows")
    axes.plot(counts, [recalled(pairs, 16, 1.0, softmax=True) for pairs in counts], "k--", label="softmax, keys of 16")
    axes.set(xscale="log", xlabel="pairs", ylabel="share found again", ylim=(0, 1.05), title=f"decay {decay:.2f}")
    axes.set_xticks(counts, counts)
    axes.legend(fontsize=8)
    pyplot.show()


draw_recall()

# %% [markdown]
# Adding makes the state a memory with crosstalk: every read contains a little of all other values, and the more pairs
# there are, the louder they are together. Softmax keeps the keys apart, at the price of keeping them all. **Try
# this:** what does a decay do to the curves? It forgets old pairs, rightly only where new ones matter more.

# %%
_ = interact(draw_recall, decay=FloatSlider(1.0, min=0.5, max=1, step=0.05))

# %% [markdown]
# A trained layer can choose its keys, and does better than random ones; `python -m scripts.recall` trains all kinds of
# layers on this task, and `python -m scripts.train --data recall --attention_type lightning` one of them. How a state
# can hold more without being larger is the next notebook's question.
