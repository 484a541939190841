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
# # 2. Positions
#
# Attention by itself compares contents: "dog bites man" and "man bites dog" are the same bag of words to it. The
# model has to be told the position of each token. There are three places to encode it, and this notebook shows one
# family for each:
#
# - **add** a vector to the token's embedding (learned or sinusoidal positions: GPT-2, the first transformer);
# - **rotate** queries and keys (rotary positions: Llama, Qwen, DeepSeek, nanochat);
# - **bias** the scores (ALiBi: BLOOM).
#
# In the end they have to read texts that are longer than any they were trained on, and you see which of them can.

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
from dataclasses import replace

import torch
from ipywidgets import IntSlider, interact
from matplotlib import pyplot
from torch.nn import functional as F

from reference.config import GPTConfig
from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look
from scripts.training.text.data import load_corpus

use_look()
torch.set_num_threads(1)  # tiny models are faster so

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
source("positions.apply_rotary", IMPL)

# %% [markdown]
# ## Rotary positions are clock hands
#
# A head of 8 dimensions is four pairs, and each pair is the hand of a clock. At position $t$, hand $i$ has moved by $t
# \cdot \theta^{-2i/D}$ radians: with $\theta = 10000$ and $D = 8$ that is 1, 0.1, 0.01 and 0.001 radians per token.
# Below, all four hands start to the right at position 0. The dots are where they were before.
#
# **Before you look:** how often has the first hand gone round by position 20? Could you read the position off the first
# hand alone? Off the last alone?


# %%
def draw_hands(position):
    hands = torch.tensor([1.0, 1, 1, 1, 0, 0, 0, 0]).expand(1, position + 1, 1, 8)  # dimension i is paired with i + 4
    cos, sin = code.positions.precompute_rotary_tables(8, position + 1, theta=10000.0)
    x, y = code.positions.apply_rotary(hands, cos[:, None], sin[:, None])[0, :, 0].split(4, dim=-1)
    _, dials = pyplot.subplots(1, 4, figsize=(8, 2.4), sharey=True)
    for pair, dial in enumerate(dials):
        dial.plot(x[:, pair], y[:, pair], ".", color="0.6")
        dial.plot([0, x[-1, pair]], [0, y[-1, pair]], "-", color="black", linewidth=2.5)
        dial.set(title=f"pair {pair}", xlabel=f"dimension {pair}", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
    dials[0].set_ylabel("its partner")
    pyplot.show()


draw_hands(position=20)

# %%
_ = interact(draw_hands, position=IntSlider(20, min=0, max=200))

# %% [markdown]
# The first hand tells neighbours apart, but after a little more than six tokens it has gone round, and then it repeats
# itself. The last has hardly moved by position 200: it tells far from near, and only roughly. Like the hands for
# seconds, minutes and hours they tell the position together. (Su et al. 2021, *RoFormer*,
# [arXiv:2104.09864](https://arxiv.org/abs/2104.09864), section 3.2. The hands rotate counter-clockwise here, as they do
# in the paper; nanochat's go the other way, which is as good, but weights cannot be exchanged without a change.)
#
# ## Only the distance counts
#
# Why rotate, and not add? Let 24 neighbouring tokens all have the *same* query and the *same* key, and compute all
# their dot products. Whatever differs between the squares of a picture then comes from the positions alone. Here the
# tokens stand at positions 100 to 123; above each picture is by how much its scores differ from those at positions 0
# to 23.
#
# **Before you look:** rotate two vectors by the same angle. What happens to their product? What must the picture of
# rotary positions therefore look like, and which of the three is invariant to where the 24 tokens stand?

# %%
torch.manual_seed(0)
config = GPTConfig(n_head=1, n_embd=16, max_seq_len=512)
query, key = torch.randn(2, 16)


def nothing_added(x, position):
    return x


KINDS = {  # what is added to a vector, and what attention is told
    "learned_absolute": (
        code.embeddings.absolute.LearnedPositions(config),
        code.encodings.base.PositionEncoding(config),
    ),
    "rope": (nothing_added, code.positions.RotaryPositions(config)),
    "alibi": (nothing_added, code.encodings.alibi.ALiBi(config)),
}


def products(kind, position):
    """Scores of one and the same query and key, put at each of these positions. Returns (T, T)."""
    add, encoding = kind
    context = encoding(position)
    vectors = [add(x.expand(1, len(position), 16), position) for x in (query, key)]
    rotated_query, rotated_key = (context.rotate(x[:, :, None])[0, :, 0] for x in vectors)
    scores = rotated_query @ rotated_key.T
    return scores.detach() if context.bias is None else scores + context.bias(position, position)[0]


def draw_products(shift):
    position = torch.arange(24)
    _, panels = pyplot.subplots(1, 3, figsize=(8, 3), sharey=True)
    for (name, kind), axes in zip(KINDS.items(), panels, strict=True):
        scores = products(kind, position + shift)
        axes.imshow(scores, extent=(shift - 0.5, shift + 23.5, shift + 23.5, shift - 0.5))
        moved = (scores - products(kind, position)).abs().max()
        axes.set(title=f"{name}\nmoved by {moved:.3f}", xlabel="position of the key")
        axes.grid(False)
    panels[0].set_ylabel("position of the query")
    pyplot.show()


draw_products(shift=100)

# %%
_ = interact(draw_products, shift=IntSlider(100, min=0, max=400, step=10))

# %% [markdown]
# Along every diagonal, rotary positions and ALiBi have one colour: the score depends on how far apart the two tokens
# are, and not on where they stand. Move the slider, and these two stay the same picture; the learned one becomes
# another. (Its vectors are still random here. Training can shape them, but only those of positions that it visits. The
# half above the diagonal is the future, which attention hides, whatever its scores.) The proof for rotary positions is
# one line: with $R_t$ the rotation at position $t$, $(R_t q) \cdot (R_s k) = q \cdot R_t^\top
# R_s k = q \cdot R_{s-t} k$.
#
# How does the score of a pair that fits depend on the distance? Take a query and a key of 64 ones each, and move the
# key away. Every pair gives a cosine of its own frequency; near by they agree, far away they cancel (section 3.4.3 of
# the paper). The base $\theta$ decides how far "near" reaches.

# %%
_, axes = pyplot.subplots(figsize=(8, 3))
ones = torch.ones(1, 400, 1, 64)
for theta in (100.0, 10000.0, 500000.0):
    cos, sin = code.positions.precompute_rotary_tables(64, 400, theta)
    rotated = code.positions.apply_rotary(ones, cos[:, None], sin[:, None])[0, :, 0]
    axes.plot(rotated @ rotated[0] / 64, label=f"theta = {theta:,.0f}")
axes.set(
    title="the larger the base, the farther a score reaches",
    xlabel="distance, tokens",
    ylabel="fraction of the largest score",
)
axes.legend()
pyplot.show()

# %% [markdown]
# Llama 3, which reads long texts, has 500,000 for its base; the first Llama had 10,000.
#
# ## ALiBi: every head has its own slope
#
# ALiBi (Press et al. 2021, [arXiv:2108.12409](https://arxiv.org/abs/2108.12409), section 3) changes neither
# embeddings nor queries and keys. It subtracts from each score the distance times a slope, which differs from head to
# head.

# %%
source("encodings.alibi.alibi_slopes", IMPL)

# %%
config = GPTConfig(n_head=8, n_embd=64, max_seq_len=64, position_encoding="alibi")
position = torch.arange(64)
bias = code.encodings.alibi.ALiBi(config).bias(position, position)
# Where all contents fit alike, the bias is all that there is of a score.
future = ~code.attention.causal_mask(position, position)
weights = bias.masked_fill(future, float("-inf")).softmax(dim=-1)
_, (left, right) = pyplot.subplots(1, 2)
for head in (0, 2, 4, 7):
    left.plot(bias[head, 63].flip(0), label=f"head {head}")
    right.semilogy(weights[head, 63].flip(0), label=f"head {head}")
left.set(title="the bias", xlabel="distance, tokens", ylabel="added to the score", ylim=(-8, 0.5))
right.set(title="weights, where all contents fit alike", xlabel="distance, tokens", ylabel="attention weight")
right.set_ylim(1e-4, 1)
right.legend()
pyplot.show()

# %% [markdown]
# The first head hardly attends farther than ten tokens back, the last one nearly averages over all. A bias that only
# falls with the distance can say "nearer" and "farther". What it cannot say is "exactly three back": rotary positions
# can.
#
# ## What breaks past the trained length
#
# Now to the test. Five tiny models learn to write names, on windows of 24 letters; then they read windows of 96. All
# else is the same. A learned table has 96 rows, but rows 24 to 95 never got a gradient.
#
# **Before you look:** which two of the five will have the lowest loss at the last 24 positions? What can `none` know
# about order at all? (Losses are in nats, natural logarithms: 1 nat is 1.44 bits.)

# %%
TRAINED, READ = 24, 96
corpus = load_corpus("names", READ)
SMALL = GPTConfig(n_layer=2, n_head=2, n_embd=32, max_seq_len=READ, qk_norm="off", logit_softcap=None)


def trained(encoding, steps=200):
    torch.manual_seed(0)
    model = code.gpt.GPT(replace(SMALL, position_encoding=encoding))
    model.init_weights()
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, fused=True)
    for step in range(steps):
        model(*corpus.windows(16 * step, 16, TRAINED, seed=0)).backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


@torch.no_grad()
def loss_by_position(model):
    """The mean loss at each position of the held-out names, averaged over eight neighbours."""
    tokens, targets = corpus.validation(READ)
    losses = F.cross_entropy(model(tokens).transpose(1, 2), targets, reduction="none")
    return losses.mean(dim=0).unflatten(0, (-1, 8)).mean(dim=1)


models = {name: trained(name) for name in ("learned_absolute", "sinusoidal", "rope", "alibi", "none")}


# %%
def draw_losses(axes, curves, title, legend="best"):
    for name, losses in curves.items():
        axes.plot(torch.arange(4, READ, 8), losses, label=name, marker=".")
    axes.axvline(TRAINED, color="0.7", linestyle="-", zorder=0)
    axes.set(title=title, xlabel="position, tokens", ylabel="loss, nats per token")
    axes.legend(ncols=2, fontsize="small", loc=legend)


_, axes = pyplot.subplots()
losses = {name: loss_by_position(model) for name, model in models.items()}
draw_losses(axes, losses, "trained left of the line only")
pyplot.show()
print(f"{'':18}{'trained positions':>18}{'the last 24':>13}   loss in nats per token")
for name, loss in losses.items():
    print(f"{name:18}{loss[: TRAINED // 8].mean():18.2f}{loss[-3:].mean():13.2f}")

# %% [markdown]
# Added positions break at once: rows of the learned table that were never trained are noise, and the sinusoidal
# vectors of later positions, too, are vectors that the model has never been trained on. Rotary positions hold for a
# while, since all short distances occur in training, and then the loss climbs too: more and more keys lie at
# distances that do not occur in training. ALiBi stays where it was; that is what it was made for ("train short, test
# long"). And with no positions at all there is something to go by: the first token attends to one key, the second to
# two, so a causal model can count (Kazemnejad et al. 2023, [arXiv:2305.19466](https://arxiv.org/abs/2305.19466)). On
# the trained positions, rotary is best of the five here.
#
# These are single runs of tiny models on names, where the last few letters tell nearly everything. With three seeds,
# ALiBi and then none were the two best every time; learned, sinusoidal and rotary changed places. And that order must
# not be taken for that of large models on long texts.
#
# One thing breaks for all of them: the tables end somewhere.

# %%
try:
    models["rope"](torch.zeros(1, READ + 1, dtype=torch.int64))
except ValueError as error:
    print(f"ValueError: {error}")

# %% [markdown]
# ## Reaching farther with the same weights
#
# A rotary model has no table to train, so its angles can be changed *after* training. Three ways are in
# `ROPE_SCALINGS`, all meant for sequences four times as long here:
#
# - **linear** (position interpolation, Chen et al. 2023, [arXiv:2306.15595](https://arxiv.org/abs/2306.15595)): all
#   hands go at a quarter of their speed, so that no angle is new;
# - **ntk** ("NTK-aware", by bloc97): a larger base, so that the slowest hand goes at a quarter of its speed, the
#   fastest as before, and the others in between;
# - **yarn** (Peng et al. 2023, [arXiv:2309.00071](https://arxiv.org/abs/2309.00071), sections 3.2 to 3.4): hands that
#   go round often in training keep their speed, those that do not complete a rotation are interpolated, and there is a
#   ramp between the two; besides, all scores grow a little.
#
# The left panel shows how far each hand gets. Where the broad line ends below one rotation and another line above it,
# that hand comes to angles that it never showed in training. **Before you look:** which way spoils the distance between
# *neighbours*, which every model of names needs most?


# %%
def rescaled(model, scaling):
    """The same weights with other angles, for sequences of READ tokens."""
    # How many times longer they get, ntk takes from max_seq_len; its factor would come on top of that.
    factor = 1.0 if scaling == "ntk" else READ / TRAINED
    changes = {"rope_scaling": scaling, "rope_factor": factor, "rope_original_seq_len": TRAINED}
    other = code.gpt.GPT(replace(model.config, **changes))
    other.load_state_dict(model.state_dict())
    return other


_, (left, right) = pyplot.subplots(1, 2)
frequency = 10000 ** -(torch.arange(0, 16, 2) / 16) / (2 * torch.pi)
left.semilogy((TRAINED - 1) * frequency, color="0.75", linestyle="-", linewidth=6, label="in training")
scaled = {name: rescaled(models["rope"], name) for name in ("none", "linear", "ntk", "yarn")}
for name, model in scaled.items():
    scaling, _ = code.encodings.scaling.ROPE_SCALINGS[name](model.config, 16)
    left.semilogy((READ - 1) * frequency * scaling, label=name)
left.axhline(1, color="0.7", linestyle="-", zorder=0)
left.set(title=f"how far each hand has gone by token {READ}", xlabel="pair", ylabel="full rotations")
left.legend()
losses = {name: loss_by_position(model) for name, model in scaled.items()}
draw_losses(right, losses, "the rope model, rescaled", legend=(0.15, 0.68))
pyplot.show()

# %% [markdown]
# Not one step of training lies between the lines on the right. Unscaled, the model is best on the lengths that it
# knows, and climbs. Linear scaling is level, and poor everywhere: a neighbour now has a quarter of a neighbour's
# angle, which no hand ever showed in training. YaRN keeps the fastest hand, and with it most of what names need. Ntk
# slows the hands down only a little where that matters most: up to three times the trained length it loses next to
# nothing. Then the hands in between come to angles that they never showed (the left panel says which), and it ends no
# better than doing nothing. So one asks it for more than one needs, as the paper on YaRN notes too (section 3.1).
#
# The papers on linear scaling and YaRN go on training with the new angles, for some hundred to a thousand steps, and
# judge the model then. What you see here is the moment before.
#
# **Try this.** Take `rescaled(models["rope"], "linear")` and train it for 50 more steps on windows of 96, as the
# papers do; likewise the unscaled model. What is left of the differences? Then give `SMALL` a `rope_theta` of 100 and
# train anew: does the unscaled model reach farther, or less far? And how far does ntk get with a `factor` of 2 or 4?
