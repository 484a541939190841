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
# # 6. Flash attention, tile by tile
#
# Attention over $T$ tokens has $T \times T$ scores for every head. Nobody needs them afterwards: the softmax makes
# them weights, the weights make a mean of the values, and then they are discarded. Flash attention ([Dao et al.
# 2022](https://arxiv.org/abs/2205.14135)) computes the same mean without ever having the matrix.
#
# The whole trick is below, in six lines. At the end of this notebook you should be able to say what each of them is
# for, and which one makes attention return `nan` if it is left away.

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
from typing import NamedTuple
from unittest import mock

import torch
from IPython.display import Markdown
from ipywidgets import IntSlider, SelectionSlider, interact
from matplotlib import pyplot
from matplotlib.patches import Rectangle

from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look
from scripts.training.memory import peak_memory

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
flash, masks, scored = code.attentions.backends.flash, code.attentions.backends.masks, code.attentions.backends.scored
source("attentions.backends.flash.online_softmax_update", IMPL)

# %% [markdown]
# ## The matrix that nobody needs
#
# One head, 96 tokens, random queries and keys. Each row of the picture is a query, each column a key; a query attends
# to its own token and those before it.

# %%
T, D = 96, 16
torch.manual_seed(3)
query, key = 2 * torch.randn(1, 1, T, D), torch.randn(1, 1, T, D)
position, scale = torch.arange(T), D**-0.5
scores = (query @ key.mT * scale)[0, 0].masked_fill(~code.attention.causal_mask(position, position), float("-inf"))

figure, axes = pyplot.subplots(figsize=(5.5, 4.2))
picture = axes.imshow(scores)
axes.set(title="All scores of one head: 96 x 96 of them", xlabel="key, position", ylabel="query, position")
axes.grid(False)
figure.colorbar(picture, label="score")
pyplot.show()
# %% [markdown]
# Small here. But twice the tokens are four times the scores. For 32 heads, in two bytes each, one layer and one text:

# %%
lengths = [1024, 8192, 131072]
Markdown(
    "| tokens | all scores | queries, keys, values and output, heads of 128 |\n|--:|--:|--:|\n"
    + "\n".join(
        f"| {n:,} | {2 * 32 * n * n / 2**30:,.4g} GiB | {4 * 2 * 32 * 128 * n / 2**30:.3g} GiB |" for n in lengths
    )
)

# %% [markdown]
# ## The tiles
#
# `tiled_forward` cuts the matrix into tiles, `block_q` queries by `block_k` keys. It makes the scores of one tile,
# passes them to `online_softmax_update`, and discards them. We record every call of it.
#
# The values are ours to choose, so here value number $s$ is a one in place $s$ and zeros elsewhere. A weighted mean of
# such values *is* the row of weights: the output tells which keys have counted so far, and for how much.


# %%
class Tile(NamedTuple):
    rows: range  # queries
    columns: range  # keys
    m: torch.Tensor  # (rows,): the running softmax after this tile
    l: torch.Tensor  # (rows,)
    acc: torch.Tensor  # (rows, T)


def watch(block_q: int = 16, block_k: int = 16, window: int | None = None) -> list[Tile]:
    """The tiles in the order in which `tiled_forward` visits them."""
    visited, online_softmax_update = [], flash.online_softmax_update

    def noted(m, l, acc, scores, value):
        past = visited[-1].rows if visited else range(0)
        # A sum of zero: these queries have seen nothing yet, so they are the next ones.
        start = past.start if l.any() else past.stop
        first_key = int(value.flatten(0, -3)[0, 0].argmax())
        state = online_softmax_update(m, l, acc, scores, value)
        rows, columns = range(start, start + scores.size(-2)), range(first_key, first_key + scores.size(-1))
        visited.append(Tile(rows, columns, *(x.reshape(len(rows), -1).squeeze(1) for x in state)))
        return state

    with mock.patch.object(flash, "online_softmax_update", noted):
        value = torch.eye(T)[None, None]
        flash.tiled_forward(query, key, value, position, position, scale, window, block_q, block_k)
    if not visited:
        raise RuntimeError(
            'this tiled_forward makes no use of online_softmax_update: choose IMPL = "reference" to watch one'
        )
    return visited


source("attentions.backends.flash.tiled_forward", IMPL)


# %% [markdown]
# **Predict:** 96 tokens in tiles of 16 x 16 make 36 tiles. How many does a causal model visit?


# %%
def draw_tiles(block_q: int, block_k: int, window: int = T) -> None:
    visited = watch(block_q, block_k, window)
    _, axes = pyplot.subplots(figsize=(5.5, 4.6))
    seen = masks.attention_mask(position, position, window).float()
    axes.add_patch(Rectangle((-0.5, -0.5), T, T, facecolor="none", hatch="//", edgecolor="0.8", linewidth=0, zorder=0))
    axes.imshow(seen, cmap="Greys", vmin=0, vmax=4, alpha=seen, zorder=2)
    for number, tile in enumerate(visited, start=1):
        x, y, width, height = tile.columns.start - 0.5, tile.rows.start - 0.5, len(tile.columns), len(tile.rows)
        axes.add_patch(Rectangle((x, y), width, height, facecolor="white", zorder=1))
        axes.add_patch(Rectangle((x, y), width, height, facecolor="none", edgecolor="black", linewidth=0.8, zorder=3))
        fontsize = 9 if len(visited) < 50 else 6
        axes.text(x + width / 2, y + height / 2, number, ha="center", va="center", fontsize=fontsize, zorder=4)
    every = -(-T // block_q) * -(-T // block_k)
    axes.set(
        title=f"{len(visited)} of {every} tiles are visited, in this order",
        xlabel="key, position",
        ylabel="query, position",
        xlim=(-0.5, T - 0.5),
        ylim=(T - 0.5, -0.5),
    )
    axes.grid(False)
    pyplot.show()


draw_tiles(block_q=16, block_k=16)

# %% [markdown]
# The tiles on the diagonal are half hidden, and computed all the same; the hatched ones are never touched. **Try
# this:** do smaller tiles waste less? What does a window leave? What happens at the edges when the block does not
# divide 96?

# %%
sizes = [8, 12, 16, 20, 32, 48, 96]
_ = interact(
    draw_tiles,
    block_q=SelectionSlider(options=sizes, value=16),
    block_k=SelectionSlider(options=sizes, value=16),
    window=IntSlider(96, 4, 96, 4),
)
# %% [markdown]
# ## The running softmax
#
# Now along one row of tiles. For every query, three running values are kept ([Milakov and Gimelshein
# 2018](https://arxiv.org/abs/1805.02867), algorithm 3):
#
# $$m = \max_s x_s \qquad \ell = \sum_s e^{x_s - m} \qquad o = \sum_s e^{x_s - m} v_s$$
#
# over the scores $x_s$ of the tiles so far. $o / \ell$ is the attention over these keys. A new tile may bring a
# greater maximum $m'$; then every old term is too large by the same factor, and $\ell$ and $o$ are multiplied by
# $e^{m - m'}$.
#
# **Predict:** when the maximum jumps, does the running sum rise or fall? Can it ever be less than one?

# %%
rows = {row: [tile for tile in watch() if row in tile.rows] for row in (82, 85, 92)}

figure, (left, middle, right) = pyplot.subplots(1, 3)
for (row, seen), marker in zip(rows.items(), "osD", strict=True):
    place, numbers = row - seen[0].rows.start, range(1, len(seen) + 1)
    left.plot(numbers, [tile.m[place] for tile in seen], marker=marker, label=f"query {row}")
    middle.plot(numbers, [tile.l[place] for tile in seen], marker=marker)
    right.plot(numbers, [tile.acc[place, :16].sum() / tile.l[place] for tile in seen], marker=marker)
left.set(title="running maximum $m$", xlabel="tiles seen", ylabel="score", ylim=(0, None))
middle.set(title="running sum $\\ell$", xlabel="tiles seen", ylabel="sum of exponentials", ylim=(0, None))
right.set(title="keys 0 to 15, so far", xlabel="tiles seen", ylabel="sum of the weights", ylim=(0, 1.05))
left.legend()
pyplot.show()

# %% [markdown]
# A jump on the left multiplies all that was summed before by $e^{m - m'}$, which is less than one. Look at tile 5 of
# queries 85 and 92: a great jump, and the sum falls. A small one, as in tile 2 of query 82, can be outweighed by what
# the tile adds. Where the maximum stays, the sum can only grow. It is never less than one, since the greatest score
# itself adds $e^0$. On the right, the first tile has everything at first, and then loses to the tiles that come.
#
# One query in full. Above, its scores, tile by tile. Below, the weights as they stand after so many tiles, and as they
# will be in the end.


# %%
def draw_row(tiles_seen: int, query_number: int = 92, block_k: int = 16) -> None:
    seen = [tile for tile in watch(block_k=block_k) if query_number in tile.rows]
    count = min(tiles_seen, len(seen))
    now, place = seen[count - 1], query_number - seen[0].rows.start
    maxima = torch.stack([torch.tensor(float("-inf")), *(tile.m[place] for tile in seen[:count])])
    known, edges = now.columns.stop, [0, *(tile.columns.stop for tile in seen[:count])]
    row = scores[query_number]

    _, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(8, 4.4))
    above.axvspan(now.columns.start - 0.5, known - 0.5, color="0.9", label="this tile")
    above.plot(row[:known], "o", markersize=3, label="scores seen")
    above.plot(range(known, T), row[known:], "x", markersize=4, color="0.6", label="not seen yet")
    above.stairs(maxima[1:], edges, baseline=None, color="#D55E00", linewidth=2, label="maximum so far")
    below.axvspan(now.columns.start - 0.5, known - 0.5, color="0.9")
    below.bar(range(T), now.acc[place] / now.l[place], width=1, color="#56B4E9", label="weights so far")
    below.step(range(T), row.softmax(dim=0), where="mid", color="black", linewidth=1, label="in the end")
    factor = (maxima[-2] - maxima[-1]).exp()
    above.set(
        ylabel="score", title=f"Tile {count} of {len(seen)}: what was summed before it is multiplied by {factor:.2g}"
    )
    below.set(
        xlabel="key, position",
        ylabel="weight",
        xlim=(-0.5, T - 0.5),
        title=f"$m$ = {maxima[-1]:.2f},  $\\ell$ = {now.l[place]:.2f}",
    )
    for axes in above, below:
        axes.grid(False)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    pyplot.show()


draw_row(tiles_seen=3)

# %% [markdown]
# After three of six tiles the bars are a proper attention, to the keys seen so far; each is too tall by the same
# factor. **Try this:** step from tile 4 to tile 5. Which number does the title show, and what happens to the old bars?
# Is there a query for which nothing ever needs correcting, and what do its scores look like? Does the block size
# change the last picture?

# %%
_ = interact(
    draw_row,
    tiles_seen=IntSlider(3, 1, 12),
    query_number=IntSlider(92, 0, 95),
    block_k=SelectionSlider(options=[8, 16, 20, 32, 48], value=16),
)

# %% [markdown]
# ## Why take the maximum off at all
#
# On paper it cancels. In float32, $e^{89}$ is more than the largest number there is; in float16 it is $e^{12}$. Here
# the same query's scores are made larger and larger. *Without*: sum of $e^{x_s}$ and the largest weight, as the
# formula of the softmax says. *With*: the same through `online_softmax_update`. **Predict** which are infinite or
# `nan`.


# %%
def through_online_softmax_update(*tiles: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The total and the weights of one query, whose scores come in these tiles."""
    state, value = (torch.full((1, 1), float("-inf")), torch.zeros(1, 1), torch.zeros(1, T)), torch.eye(T)
    for tile in tiles:
        state = flash.online_softmax_update(*state, tile[None], value[: len(tile)])
        value = value[len(tile) :]
    _, l, acc = state
    return l.squeeze(), (acc / l).squeeze()


table = ["| scores times | greatest score | without: sum | weight | with: sum | weight |", "|--:|--:|--:|--:|--:|--:|"]
for times in (1, 10, 20, 100):
    row = times * scores[92]
    total, weights = through_online_softmax_update(*row.split(16))
    summed = row.exp().sum()
    without = (row.exp() / summed).max()
    table.append(f"| {times} | {row.max():.1f} | {summed:.4g} | {without:.4g} | {total:.4g} | {weights.max():.4g} |")
Markdown("\n".join(table))

# %% [markdown]
# An infinite sum makes every weight zero, or infinity divided by itself, which is no number (`nan`), and one `nan` is
# soon everywhere. With the maximum taken off, the largest exponential is $e^0 = 1$, whatever the scores. Scores do
# grow in training: see notebook 5.
#
# There is a trap in the cure. Some tiles hold queries for which *all* of their keys are masked. Then $m$ is still
# $-\infty$, and $-\infty - (-\infty)$ is no number either. A window brings such queries about:

# %%
blind = [tile for tile in watch(window=8) if (tile.m == float("-inf")).any()]
total, weights = through_online_softmax_update(torch.full((16,), float("-inf")), scores[92, 16:32])
print(f"window of 8: in {len(blind)} tiles, some query has not seen a single key yet")
print(f"one fully masked in its first tile: sum {total:.3f} after the second, weights sum to {weights.sum():.3f}")
print(f"-inf - (-inf) = {torch.tensor(float('-inf')) - float('-inf')}")

# %% [markdown]
# Look at `online_softmax_update` again: the line with `shift` (in the reference's code) is for these queries only.
#
# ## Exact, to rounding
#
# Flash attention approximates nothing: it sums the same terms in another order. So it must agree with
# `scored_attention`, which makes the whole matrix, as well as floating point allows, also where the lengths are no
# multiples of the blocks, where query heads share keys (here 4 query heads, 2 key/value heads), and behind a window.
# But which of the two is right? Both are compared with `scored_attention` in float64.


# %%
def both(T: int, block_q: int, block_k: int, window: int | None, dtype: torch.dtype = torch.float32):
    """Attention of 4 query heads that share 2 key/value heads, by the formula and by tiles."""
    torch.manual_seed(T)
    q, k, v = (torch.randn(1, heads, T, 16, dtype=torch.float64).to(dtype) for heads in (4, 2, 2))
    position = torch.arange(T)
    manual = scored.scored_attention(q, k, v, scored.ScoreMods(position, position, 0.25, window))
    return manual, flash.tiled_attention(q, k, v, position, position, 0.25, window, block_q, block_k)


table = [
    "| tokens | blocks | window | tiles against manual | manual against float64 | tiles against float64 |",
    "|--:|--:|--:|--:|--:|--:|",
]
for length, block_q, block_k, window in [
    (1, 64, 64, None),
    (63, 64, 64, None),
    (65, 64, 64, None),
    (200, 64, 48, None),
    (200, 7, 13, None),
    (200, 7, 13, 20),
]:
    (truth, _), (manual, tiled) = (
        both(length, block_q, block_k, window, dtype) for dtype in (torch.float64, torch.float32)
    )
    differences = [(a - b).abs().max() for a, b in ((tiled, manual), (manual, truth), (tiled, truth))]
    table.append(
        f"| {length} | {block_q} x {block_k} | {window} | " + " | ".join(f"{x:.0e}" for x in differences) + " |"
    )
Markdown("\n".join(table))

# %% [markdown]
# The outputs are of magnitude one, and float32 has about seven digits. The two differ from each other by no more than
# each differs from the truth, give or take: neither is the approximation.
#
# ## The backward pass, and what it must keep
#
# Training needs the weights once more, for the gradients. To keep them would bring the matrix back. Flash attention
# keeps one number for every query, the logsumexp $L = m + \log \ell$, and computes the scores of each tile again: then
# $e^{x_s - L}$ is the weight ([FlashAttention-2](https://arxiv.org/abs/2307.08691), section 3.1 and algorithm 2).

# %%
_, logsumexp = flash.tiled_forward(query, key, torch.eye(T)[None, None], position, position, scale)
recovered = (scores - logsumexp[0, 0, :, None]).exp()
print(f"weights from the logsumexp: off by {(recovered - scores.softmax(dim=-1)).abs().max():.0e} at most")
print(f"kept for the backward pass: {logsumexp.numel()} elements, instead of {scores.numel():,} weights")

leaf = query.clone().requires_grad_()
gradients = [
    torch.autograd.grad(out.square().sum(), leaf)[0]
    for out in (
        scored.scored_attention(leaf, key, key, scored.ScoreMods(position, position, scale)),
        flash.tiled_attention(leaf, key, key, position, position, scale),
    )
]
print(
    f"gradients to the queries, through the formula and by tiles: {(gradients[0] - gradients[1]).abs().max():.0e} apart"
)


# %% [markdown]
# So how much memory does it save? The peak of what torch's allocator hands out during one call, beyond the inputs:
# two heads of dimension 32, forward, and forward and backward. On both axes a step is a doubling, so a slope of two
# is a square.


# %%
def manual(q, k, v, position):
    return scored.scored_attention(q, k, v, scored.ScoreMods(position, position, 32**-0.5))


def tiled(q, k, v, position):
    return flash.tiled_attention(q, k, v, position, position, 32**-0.5)


def peak(attention, T: int, train: bool) -> int:
    inputs, position = [torch.randn(1, 2, T, 32, requires_grad=train) for _ in range(3)], torch.arange(T)

    def run():
        out = attention(*inputs, position)
        if train:
            out.sum().backward()

    return peak_memory(run)


lengths = [64, 128, 256, 512, 1024]
figure, axes = pyplot.subplots()
for marker, (attention, train) in zip(
    "osD^", [(manual, True), (manual, False), (tiled, True), (tiled, False)], strict=True
):
    peaks = [peak(attention, n, train) for n in lengths]
    label = f"{attention.__name__}, {'forward and backward' if train else 'forward'}"
    axes.plot(lengths, [size / 2**20 for size in peaks], marker=marker, label=label)
    print(f"{label:28} {peaks[-1] / 2**20:5.1f} MiB at {lengths[-1]}, {peaks[-1] / peaks[-2]:.1f} times that at half")
axes.set_xscale("log", base=2)
axes.set_yscale("log", base=2)
axes.set(title="Memory at the peak: a square, and a line", xlabel="tokens", ylabel="MiB beyond the inputs")
axes.set_xticks(lengths, [f"{n:,}" for n in lengths])
axes.yaxis.set_major_formatter("{x:g}")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
pyplot.show()

# %% [markdown]
# Twice the tokens: about four times the memory by the formula. By tiles at most about twice: one tile, whose size is
# always the same, and the output, which is a line. Short texts gain nothing, since one tile holds all their scores.
#
# The work is *not* less: every visible score is computed by both, and once more in the backward pass by tiles. Then
# why is it faster on a GPU? Because the time there goes into moving the matrix between the large, slow memory and the
# small, fast one in which it is computed; a tile stays in the fast one from its scores to its part of the output
# ([Dao et al. 2022](https://arxiv.org/abs/2205.14135), section 3.2, counts the accesses). Here, in plain PyTorch on a
# CPU, you see the arithmetic and the memory, not the speed. `python -m scripts.benchmark attention` measures all
# backends that your machine has.
#
# **Questions.** Why is it $m'$ and not $m$ that the new scores are taken off? What would go wrong if the tiles came in
# another order, and what would not? Where in `tiled_forward` would a third kind of tile, fully visible, save work?
