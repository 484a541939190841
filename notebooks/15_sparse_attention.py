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
# # 15. Who looks at what: sparse attention
#
# In full attention a query reads every key before it. Of a text of 100,000 tokens that is 100,000 keys for each new
# token, in each layer; and most of them get next to no weight. Sparse attention reads some of them only. This notebook
# shows which: those in a window, whatever they say; or those that a query chooses, block by block (MoBA, NSA) or one by
# one (DeepSeek's sparse attention).

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
from ipywidgets import IntSlider, SelectionSlider, interact
from matplotlib import pyplot
from matplotlib.colors import ListedColormap
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
source("attentions.sparse.key_blocks.block_mask", IMPL)

# %% [markdown]
# ## A window, seen as blocks
#
# A kernel does not load keys one by one, but in blocks of 64 or 128 that lie side by side, for as many queries at a
# time. So it is blocks that are read or skipped, and `block_mask` says of any mask which: those with at least one
# visible key. Dark: attended to. Light: loaded with the block, and hidden.
#
# **Before you look:** 24 tokens, blocks of 4, a window of 5. How many blocks of keys does a block of 4 queries read?

# %%
T = 24
position = torch.arange(T)
SHADES = ListedColormap(["white", "#c9d7ea", "#1f4e8c"])


def draw_mask(axes, mask, title, size=None, chosen=None):
    """A mask (T, T), and the blocks that are loaded for it: those that it touches, or those that were chosen."""
    loaded = mask
    if size is not None:
        blocks = code.attentions.sparse.key_blocks.block_mask(mask, size if chosen is None else 1, size)
        rows = size if chosen is None else 1
        loaded = blocks.repeat_interleave(rows, 0)[: len(mask)].repeat_interleave(size, 1)[:, : len(mask)]
        lines = torch.arange(-0.5, len(mask), size)
        axes.vlines(lines, -0.5, len(mask) - 0.5, color="#b0b0b0", linewidth=0.5)
        axes.hlines(lines, -0.5, len(mask) - 0.5, color="#b0b0b0", linewidth=0.5)
    axes.imshow(loaded.int() + mask.int(), cmap=SHADES, vmin=0, vmax=2)
    axes.set(title=title, xlabel="key", xticks=[], yticks=[])
    axes.grid(False)
    return int(loaded.sum())


def draw_windows(window, size):
    masks = {
        "causal": code.attention.causal_mask(position, position),
        f"window of {window}": code.attentions.backends.masks.sliding_window_mask(position, position, window),
    }
    _, panels = pyplot.subplots(1, 2, figsize=(7, 3.7))
    for (name, mask), axes in zip(masks.items(), panels, strict=True):
        loaded = draw_mask(axes, mask, name, size)
        print(f"{name}: {int(mask.sum())} scores count, {loaded} are in blocks that are read, of {T * T}")
    panels[0].set_ylabel("query")
    pyplot.show()


draw_windows(window=5, size=4)

# %%
_ = interact(draw_windows, window=IntSlider(5, min=1, max=T), size=SelectionSlider(options=[1, 2, 3, 4, 6, 8, 12]))

# %% [markdown]
# Two blocks: its own and the one before; and three, as soon as the window is so long that the first query of a block
# reaches back over a whole one. Blocks of one are exact; the larger they are, the more is loaded to be hidden.
#
# Most models with windows take turns, as `attention_window = "5,5,none"` says: two layers with the right picture, one
# with the left. What a layer cannot see, the layers below have brought nearer: after two windows a token knows of what
# lies 8 tokens back, and the global layer reaches everything.
#
# ## Which keys are worth it? MoBA asks their mean
#
# A window decides before anything is read. MoBA ([arXiv:2502.13189](https://arxiv.org/abs/2502.13189)) lets the query
# decide: it scores the *mean* of every block's keys, and reads the blocks that score highest, its own always.

# %%
source("attentions.sparse.moba.MoBAAttention.mask", IMPL)

# %% [markdown]
# Here is a text with something to find. Every token is a random vector, its query and key alike; the last token (a
# question) is the same as the one at position 5 (the needle). Full attention would find it at once.
#
# **Before you look:** the mean of a block of 4 has a quarter of the needle in it, and three quarters of something else.
# Will its block score highest? And of a block of 16?

# %%
D, NEEDLE = 16, 5


def text_with_needle(length, seed):
    """Vectors of so many tokens, (length, D), each of length one; the last one is that of the needle."""
    generator = torch.Generator().manual_seed(seed)
    tokens = F.normalize(torch.randn(length, D, generator=generator), dim=-1)
    tokens[-1] = tokens[NEEDLE]
    return tokens


def moba(size, topk):
    fields = {"attention_type": "moba", "moba_block_size": size, "moba_topk": topk}
    return code.attention.build_attention(GPTConfig(n_head=1, n_embd=D, **fields), 0)


def draw_choice(size, topk):
    tokens = text_with_needle(48, seed=2)[None, None]
    places = torch.arange(48)
    mask = moba(size, topk).mask(tokens, tokens, places, places)[0, 0]
    means = code.attentions.sparse.key_blocks.block_means(tokens, size)
    scores = code.attentions.sparse.moba.block_scores(tokens, means, places, size)[0, 0, -1]
    _, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.7), width_ratios=(1.1, 1))
    draw_mask(left, mask, f"{topk} blocks of {size}", size, chosen=True)
    left.set_ylabel("query")
    earlier = scores[:-1]
    colours = ["#d98f2b" if block == NEEDLE // size else "#1f4e8c" for block in range(len(earlier))]
    right.bar(range(len(earlier)), earlier, color=colours)
    right.set(title="scores of the last query (orange: the needle's block)", xlabel="block", ylabel="q · mean")
    right.title.set_fontsize(9)
    pyplot.show()


draw_choice(size=4, topk=3)

# %%
_ = interact(draw_choice, size=SelectionSlider(options=[2, 4, 6, 8, 12, 16], value=4), topk=IntSlider(3, min=1, max=8))

# %% [markdown]
# Every row has its own block, and two more. Move the size up, and the orange bar sinks among the others: the mean of
# many random vectors hides each of them. How often is the needle's block among those that are read?

# %%
SIZES = [1, 2, 4, 8, 16, 32]
TEXTS = 300
_, axes = pyplot.subplots(figsize=(6, 3.4))
texts = torch.stack([text_with_needle(257, seed) for seed in range(TEXTS)])[:, None]
last = torch.tensor([256])
for read in (32, 64, 128):
    sizes = [size for size in SIZES if size <= read // 2]
    found = [
        moba(size, read // size).mask(texts[:, :, -1:], texts, last, torch.arange(257))[:, 0, 0, NEEDLE].float().mean()
        for size in sizes
    ]
    axes.plot(sizes, found, marker="o", label=f"{read} keys")
    axes.axhline(read / 256, color="#b0b0b0", linewidth=0.8)
axes.set(xscale="log", xlabel="block size", ylabel="texts in which it is read", ylim=(0, 1.05), xticks=SIZES)
axes.set_xticklabels(SIZES)
axes.set_title(f"the needle among 256 keys, {TEXTS} texts")
axes.legend(title="read", fontsize=8)
pyplot.show()

# %% [markdown]
# With blocks of one the choice is exact, and costs as much as attention itself: a product with every key. The grey
# lines are what chance would find. A trained model need not be as badly off: neighbouring keys may resemble each other,
# and it can learn keys whose means are found. So these methods are there from the start of training, "natively".
#
# ## NSA: coarse, fine and near
#
# Native sparse attention ([arXiv:2502.11089](https://arxiv.org/abs/2502.11089)) has three branches. An MLP compresses
# spans of keys, and the query attends to these: the whole text, coarsely. The weights of this attention tell which
# blocks to read key by key, the same for all heads of a group. A window has what is near. Gates mix the three.

# %%
source("attentions.sparse.nsa.NSAAttention.branches", IMPL)

# %% [markdown]
# Now models that have learned to choose: one layer each, trained on names for a few seconds, in full attention and in
# three sparse ones. DeepSeek's sparse attention ([arXiv:2512.02556](https://arxiv.org/abs/2512.02556)) chooses no
# blocks, but single keys, by an indexer with small heads, which learns from the attention where to look.
#
# **Before you look:** texts are 32 tokens long, some five names. Which blocks would a letter want to read, beside its
# own?

# %%
corpus = load_corpus("names", 32)
KINDS = {
    "full": {},
    "MoBA": {"attention_type": "moba", "moba_block_size": 4, "moba_topk": 3},
    "NSA": {"attention_type": "nsa", "nsa_topk": 4, "nsa_window": 6},
    "DSA": {"attention_type": "dsa", "index_topk": 10, "rope_head_dim": 8},
}


def trained(steps=100, **fields):
    torch.manual_seed(0)
    model = code.gpt.GPT(GPTConfig(n_layer=1, n_embd=32, qk_norm="off", **fields))
    model.init_weights()
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, fused=True)
    for step in range(steps):
        loss = model(*corpus.windows(16 * step, 16, 32, seed=0)) + code.feed_forwards.moe.auxiliary_loss(model)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


models = {name: trained(**fields) for name, fields in KINDS.items()}

# %%
seen = []


def watched(backend):
    """The backend, which keeps in `seen` who may look at what."""

    def attend(query, key, value, mods):
        mask = mods.mask() if mods.bias is None else mods.mask() & (mods.bias > float("-inf"))
        seen.append(mask.expand(1, query.size(1), -1, -1)[0])
        return backend(query, key, value, mods)

    return attend


text, targets = corpus.windows(10_000, 64, 32, seed=1)
masks = {}
with torch.no_grad():
    for name, model in models.items():
        print(f"{name:5} loss on 64 other texts: {model(text, targets):.3f} nats per token")
        if name != "full":
            attention = model.blocks[0].attn
            attention.backend, seen[:] = watched(attention.backend), []
            model(text[:1])
            masks |= {f"{name}, {part}": mask for part, mask in zip(("selected", "window"), seen, strict=False)}


def draw_heads(head):
    _, panels = pyplot.subplots(1, len(masks), figsize=(10, 3), sharey=True)
    for (name, mask), axes in zip(masks.items(), panels, strict=True):
        draw_mask(axes, mask[head], name, None if name.startswith("DSA") else 4, chosen=True)
    panels[0].set_ylabel(f"query, head {head}")
    pyplot.show()


draw_heads(head=0)

# %%
_ = interact(draw_heads, head=IntSlider(0, min=0, max=3))

# %% [markdown]
# MoBA's heads choose each for itself: move the slider, and the picture changes. Of NSA's four blocks three are the same
# for every query: the first, its own, and the one before; every head is a group of its own here, and with
# `n_kv_head = 1` all would share one picture. DSA's is the same for all heads, and has no blocks: the first rows are
# full, since there are no more than ten keys.
#
# The losses say little: one seed, a few seconds, and models that differ in more than what they read (NSA has three sets
# of keys, DSA is latent attention). Nor are names texts in which much is to be found far back.
#
# ## Read and attended to
#
# What does a query read at length T? `keys_read` counts for every kind of layer: here with the sizes of the papers.
# Means, compressed keys and the indexer's small keys are read, too.

# %%
PAPERS = {
    "full": {},
    "window of 4,096": {"attention_window": "4096"},
    "MoBA": {"attention_type": "moba", "moba_block_size": 512, "moba_topk": 3},
    "NSA": {
        "attention_type": "nsa",
        "nsa_compress_size": 32,
        "nsa_compress_stride": 16,
        "nsa_block_size": 64,
        "nsa_topk": 16,
        "nsa_window": 512,
    },
    "DSA": {"attention_type": "dsa", "index_topk": 2048},
}
layers = {name: code.attention.build_attention(GPTConfig(**fields), 0) for name, fields in PAPERS.items()}


def reads(name, length):
    return code.attentions.sparse.reads.keys_read(layers[name], length)


LENGTHS = [2**n for n in range(7, 18)]
_, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6))
for name in PAPERS:
    left.plot(LENGTHS, [sum(reads(name, length).values()) for length in LENGTHS], marker="o", markersize=3, label=name)
left.set(xscale="log", yscale="log", xlabel="tokens", ylabel="keys that the last token reads")
left.legend(fontsize=8)
bars = [(f"{name}: {part}", n) for name in PAPERS for part, n in reads(name, 65_536).items()]
right.barh(*zip(*bars, strict=True), color="C1")
right.invert_yaxis()
right.set(xscale="log", xlim=(50, 2e5), title="at 65,536 tokens", xlabel="keys")
pyplot.show()
for name in PAPERS:
    counts = ", ".join(f"{count:,} {part}" for part, count in reads(name, 65_536).items())
    print(f"{name:16} {counts}")

# %% [markdown]
# Three ways to grow: MoBA's means are 1/512 of the text, NSA's compressed keys 1/16, and DSA's indexer reads every
# token, with keys so small that it counts for little: one of 128 dimensions for all heads, in 8 bits. None of them
# escapes a part that grows with the text; a state does (the notebooks on linear attention), and pays by forgetting.
#
# **Try this.** `python -m scripts.describe llama --attention_type moba --moba_block_size 512 --memory --length 131072`
# counts it for a whole model. The reference computes all scores and hides those that are not read: it is the
# definition, to which a fast kernel has to be equal.
