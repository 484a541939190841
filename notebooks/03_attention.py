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
# # 3. Attention
#
# The query of every token is compared with the keys of all tokens up to it, and its output is a weighted mean of
# their values. This notebook shows the attention weights: one matrix for each head, whose row $t$ says which tokens
# token $t$ attends to.
#
# One trick shows them without a change to the code. Attention returns $\sum_s w_{ts} v_s$. Give it the rows of an
# identity matrix for values, and what it returns *is* the matrix $w$. So every picture below comes out of
# `scored_attention`: yours, if you set `IMPL = "learn"`.

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
source("attentions.backends.scored.scored_attention", IMPL)


# %%
def attention_weights(query, key, scale=1.0, **options):
    """What `scored_attention` returns for values that say which token they are of. query: (heads, T, D); returns
    (heads, T, T). The options are fields of `ScoreMods`: window, softcap, sinks, bias."""
    position = torch.arange(query.size(1))
    marks = torch.eye(len(position)).expand(1, key.size(0), -1, -1)
    mods = code.attentions.backends.scored.ScoreMods(position, position, scale, **options)
    return code.attentions.backends.scored.scored_attention(query[None], key[None], marks, mods)[0]


def draw_matrix(axes, matrix, title, labels, **options):
    image = axes.imshow(matrix, **options)
    axes.set(title=title, xticks=range(len(labels)), yticks=range(len(labels)))
    axes.set_xticklabels(labels, rotation=90)
    axes.set_yticklabels(labels)
    axes.grid(False)
    return image


# %% [markdown]
# ## From scores to weights, on one sentence
#
# Let a token's query and key both be its word: a vector with a single one. Two tokens then fit if they are the same
# word. (A real model learns which queries and keys fit; here you can see it.)
#
# **Before you look:** in row "saw" of the first picture, which squares are bright? Which are left under the causal
# mask? And how is a row with nothing before it divided up?

# %%
sentence = ["the", "cat", "saw", "the", "dog", "and", "the", "dog", "saw", "the", "cat"]
T = len(sentence)
vocabulary = sorted(set(sentence))
words = F.one_hot(torch.tensor([vocabulary.index(word) for word in sentence])).float()
position = torch.arange(T)


def draw_steps(scale):
    fit = words @ words.T * scale
    hidden = ~code.attention.causal_mask(position, position)
    _, (left, middle, right) = pyplot.subplots(1, 3, figsize=(8, 3.5), sharey=True)
    draw_matrix(left, fit, "how well they fit", sentence, vmin=0, vmax=5)
    scores = draw_matrix(middle, fit.masked_fill(hidden, torch.nan), "the future hidden", sentence, vmin=0, vmax=5)
    weights = draw_matrix(
        right, attention_weights(words[None], words[None], scale)[0], "weights", sentence, vmin=0, vmax=1
    )
    left.set_ylabel("query")
    middle.set_xlabel("key")
    pyplot.colorbar(scores, ax=(left, middle), label="score", shrink=0.6)
    pyplot.colorbar(weights, ax=right, label="weight", shrink=0.6)
    pyplot.show()


draw_steps(scale=3.0)

# %%
_ = interact(draw_steps, scale=FloatSlider(3.0, min=0, max=5, step=0.25))

# %% [markdown]
# What is hidden gets a score of minus infinity *before* the softmax, so that its weight is exactly zero and the rest
# sums to one. The first token has only itself, and attends to itself, fit or not: **the weights of a row always sum
# to one.** A head without a matching key distributes its weight over all keys.
#
# **Try this.** Move the scale. At 0 all earlier tokens count alike; at 5 it is nearly a choice. The dot product of two
# vectors of $D$ random numbers has a standard deviation of $\sqrt D$, and the division by $\sqrt D$ (Vaswani et al.
# 2017, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762), section 3.2.1) gives scores a standard deviation of one,
# however large the heads are: so it seldom happens that scores lie so far apart that the softmax has no gradient left.
#
# ## Four heads that do something
#
# What a head does depends on its queries and keys. Here are four designed by hand; similar heads occur in trained
# models:
#
# | head | query matches | key holds |
# |---|---|---|
# | mean | every key alike | its own word |
# | same word | its own word | its own word |
# | previous token | the position before its own | its own position |
# | induction | its own word | the word *before* it |
#
# **Before you look:** the last "the" stands before the last "cat". Which tokens does the induction head attend to
# from there? From the last "dog"?

# %%
places = torch.eye(T)
before = F.pad(words[:-1], (0, 0, 1, 0))  # of each token, the word in front of it; none for the first
sharp = 6.0  # the size of the queries: larger ones make the softmax sharper
HEADS = {
    "mean": (0 * words, words),
    "same word": (sharp * words, words),
    "previous token": (sharp * places.roll(1, dims=0), places),
    "induction": (sharp * words, before),
}
_, panels = pyplot.subplots(1, 4, figsize=(9, 2.9), sharey=True)
for (name, (query, key)), axes in zip(HEADS.items(), panels, strict=True):
    image = draw_matrix(axes, attention_weights(query[None], key[None])[0], name, sentence, vmin=0, vmax=1)
    axes.set_xlabel("key")
panels[0].set_ylabel("query")
pyplot.colorbar(image, ax=panels, label="weight", shrink=0.7)
pyplot.show()

# %% [markdown]
# The induction head attends to what *followed* the earlier occurrences of its own word: the last "the" at "cat" and
# twice at "dog", the last "dog" at "and". A model that copies the attention output continues as the text went on
# before; much of what models learn from their prompt is said to be this (Olsson et al. 2022,
# [arXiv:2209.11895](https://arxiv.org/abs/2209.11895)). It takes two layers: a key that tells of the word *before*
# needs a previous-token head below, which brings that word here. Words that have not occurred yet, such as the first
# "dog", match no key, and their rows are uniform.
#
# ## The heads of a trained model
#
# Now heads that nobody designed: two layers of four, trained on names for some seconds. To see their weights, each
# layer's backend is replaced by one that first computes the weights and stores them.
#
# **Before you look:** which of the four kinds above do you expect, if the task is to predict the next letter of a
# name?

# %%
torch.manual_seed(0)
corpus = load_corpus("names", 32)
model = code.gpt.GPT(GPTConfig(n_layer=2, n_embd=32, qk_norm="off"))
model.init_weights()
optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, fused=True)
for step in range(250):
    loss = model(*corpus.windows(16 * step, 16, 32, seed=0))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

seen = []


def watched(query, key, value, mods):
    """What `scored_attention` does, with the weights kept in `seen`."""
    marks = torch.eye(key.size(2)).expand(*key.shape[:2], -1, -1)
    seen.append(code.attentions.backends.scored.scored_attention(query, key, marks, mods).detach())
    return code.attentions.backends.scored.scored_attention(query, key, value, mods)


for layer, block in enumerate(model.blocks):
    # The composed attention has a backend to watch; its weights are the same.
    weights = block.attn.state_dict()
    block.attn = code.attentions.composed.Attention(model.config, layer)
    block.attn.load_state_dict(weights)
    block.attn.backend = watched
name = "annabella"
model(torch.tensor([[corpus.tokenizer.boundary, *corpus.tokenizer.encode(name)]]))
_, panels = pyplot.subplots(2, 4, figsize=(8, 4.6), sharex=True, sharey=True)
for layer, row in enumerate(panels):
    for head, axes in enumerate(row):
        image = draw_matrix(axes, seen[layer][0, head], f"layer {layer}, head {head}", ["·", *name], vmin=0, vmax=1)
        axes.tick_params(axis="x", rotation=0)
    row[0].set_ylabel("query")
for axes in panels[1]:
    axes.set_xlabel("key")
pyplot.colorbar(image, ax=panels, label="weight", shrink=0.7)
pyplot.show()
print(f"loss at the last step: {loss:.2f} nats per token")
weights = torch.stack(seen)[:, 0, :, 2:]  # the first two rows have little to choose from
shares = {"the token before": weights.diagonal(1, -2, -1), "the first token": weights[..., 0]}
for whom, share in shares.items():
    layer, head = divmod(int(share.mean(dim=-1).argmax()), 4)
    print(f"most on {whom}: layer {layer}, head {head}, with {share[layer, head].mean():.0%} of its weight")

# %% [markdown]
# Take the name row by row: from "b", which token does each head attend to? The printed lines say which head attends
# most to the token before, and which to the first, the boundary in front of the name (the dot). A head that keeps its
# weight there takes the same value each time, whatever the name: it does nothing, or adds a constant. Heads are
# *learned*, not given: with another seed (`torch.manual_seed`) the same kinds appear in other places. And a large
# weight does not prove a large effect, since the value behind it may be small.
#
# ## Windows, caps and sinks
#
# Three ways to change the weights of any head:
#
# - a **window** of $W$ lets a token attend to itself and the $W - 1$ tokens before it, so that a cache never needs to
#   hold more (Mistral, [arXiv:2310.06825](https://arxiv.org/abs/2310.06825), section 2);
# - a **soft cap** squeezes scores into $(-c, c)$ by $c \tanh(s / c)$, so that no token can win by much (Gemma 2,
#   [arXiv:2408.00118](https://arxiv.org/abs/2408.00118), section 2);
# - a **sink** is one more score in the softmax, with no value behind it: a head can attend to *nothing*, and its
#   weights no longer sum to one (gpt-oss, [arXiv:2508.10925](https://arxiv.org/abs/2508.10925), section 2). Without
#   one, models make a sink of the first token (Xiao et al. 2023,
#   [arXiv:2309.17453](https://arxiv.org/abs/2309.17453)).
#
# Below are 24 tokens with random queries and keys, and the weights of the last of them. **Before you look:** which of
# the three makes the largest weight smaller? Which the smallest larger?

# %%
torch.manual_seed(1)
LENGTH = 24
query, key = torch.randn(2, 1, LENGTH, 16)


def last_row(**options):
    return attention_weights(query, key, scale=0.5, **options)[0, -1]


def draw_changes(window, softcap, sink):
    changes = {
        f"window = {window}": {"window": window},
        f"softcap = {softcap:g}": {"softcap": softcap},
        f"sink = {sink:g}": {"sinks": torch.tensor([sink])},
    }
    _, panels = pyplot.subplots(1, 3, figsize=(8, 3.2), sharey=True)
    for (name, options), axes in zip(changes.items(), panels, strict=True):
        weights = last_row(**options)
        axes.bar(range(LENGTH), weights, color="0.75", label=f"sums to {weights.sum():.2f}")
        axes.plot(last_row(), "_", color="black", markersize=7, label="without")
        axes.set(title=name, xlabel="position of the key")
        axes.legend(loc="upper left", fontsize="small")
    panels[0].set_ylabel("weight, for the last query")
    pyplot.show()


draw_changes(window=8, softcap=1.0, sink=3.0)

# %%
_ = interact(
    draw_changes,
    window=IntSlider(8, min=1, max=LENGTH),
    softcap=FloatSlider(1.0, min=0.25, max=10, step=0.25),
    sink=FloatSlider(3.0, min=-3, max=8, step=0.5),
)

# %% [markdown]
# The window masks the far ones, and the softmax gives their weight to those within. The cap lifts the small and
# lowers the large. The sink takes the same fraction of every weight, $e^b$ over $e^b$ plus the sum of all $e^s$: the
# *ratios* of the weights stay.
#
# **Try this.** At which softcap do you no longer see its effect? (Gemma 2 has 50.) A window of 1: what does attention
# compute then? How far back does the receptive field of a token in the third layer reach, if each layer has a window
# of 8?
#
# ## Grouped heads: many queries, few keys and values
#
# While a model generates, the keys and values of all earlier tokens are cached. Fewer key/value heads than query
# heads make that cache smaller: query head $i$ of $H$ reads key/value head $\lfloor i\,G/H \rfloor$ of $G$ (Ainslie
# et al. 2023, [arXiv:2305.13245](https://arxiv.org/abs/2305.13245), section 2). To show which query head reads which,
# key/value head $g$ has the number $g$ for all its values.

# %%
H = 8
_, panels = pyplot.subplots(1, 4, figsize=(8, 2.9), sharey=True)
for groups, axes in zip((8, 4, 2, 1), panels, strict=True):
    numbers = torch.arange(groups).float().view(1, groups, 1, 1)
    mods = code.attentions.backends.scored.ScoreMods(torch.arange(1), torch.arange(1), scale=1.0)
    read = code.attentions.backends.scored.scored_attention(
        torch.zeros(1, H, 1, 4), torch.zeros(1, groups, 1, 4), numbers, mods
    )
    attention = code.attention.CausalSelfAttention(GPTConfig(n_head=H, n_kv_head=groups, n_embd=512))
    axes.plot(range(H), read.flatten(), "s", color="black")
    axes.set(title=f"G = {groups}\n{attention.cached_dim} elements", xlabel="query head", xticks=range(H))
panels[0].set(ylabel="key/value head it reads", yticks=range(H))
pyplot.show()

# %% [markdown]
# Above each picture: how many elements one layer caches for each token, with heads of 64. On the left every query
# head has its own key/value head (multi-head), on the right all share one (multi-query). What that means for a real
# model, the shape of Llama 3 8B in bfloat16:

# %%
for groups in (32, 8, 1):
    with torch.device("meta"):  # shapes without data
        attention = code.attention.CausalSelfAttention(GPTConfig(n_head=32, n_kv_head=groups, n_embd=4096))
    token = attention.cached_dim * 2 * 32  # two bytes each, in 32 layers
    print(
        f"{groups:3} key/value heads: {token / 2**10:4.0f} KiB a token, {token * 8192 / 2**30:6.3f} GiB for 8192 tokens"
    )

# %% [markdown]
# Llama 3 8B has 8. The number of queries and the computation of the scores stay the same; what shrinks is the cache,
# which is read from memory for each new token. Notebook 7 shows another way to the same end, notebook 8 the cache at
# work.
#
# ## Many ways to the same output
#
# `scored_attention` holds all $T^2$ scores of every head in memory at once. Nobody needs them: other backends compute
# the same result piece by piece, which is why they cannot show you any weights. How far are they from it?

# %%
torch.manual_seed(2)
query, key, value = torch.randn(1, 4, 50, 16), torch.randn(1, 2, 50, 16), torch.randn(1, 2, 50, 16)
mods = code.attentions.backends.scored.ScoreMods(torch.arange(50), torch.arange(50), scale=0.25, window=20)
expected = code.attentions.backends.scored.scored_attention(query, key, value, mods)
for name in ("sdpa", "tiled"):
    difference = (code.attentions.backends.fused.BACKENDS[name](query, key, value, mods) - expected).abs().max()
    print(f"{name:6} differs from manual by at most {difference:.7f}")

# %% [markdown]
# Equal up to the rounding of float32. Notebook 6 shows how `tiled` does it.
