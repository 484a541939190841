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
# # 4. Why normalise before?
#
# The first transformer normed the residual stream itself, after every addition (*post*; Vaswani et al. 2017). GPT-2
# and nearly everything since norms what each sublayer *reads*, and leaves the stream alone (*pre*). Why did the field
# switch? You train the same small model with its norms in three places and measure what happens inside.

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
import json
import math
from pathlib import Path

import torch
from matplotlib import pyplot

from scripts.laboratory.placement import train
from scripts.laboratory.xiong import DEPTHS, measured
from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look

use_look()
torch.set_num_threads(1)  # the models are tiny

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)

# %% [markdown]
# The three differ in one line each. In which of them can the gradient flow from the loss to the first layer without
# passing through a norm?

# %%
source("blocks.Block.forward", IMPL)

# %%
source("placements.post.PostNormBlock.forward", IMPL)

# %%
source("placements.no_norm.NoNormBlock.forward", IMPL)

# %% [markdown]
# ## The experiment
#
# Eight layers of four heads, 16 wide; one name a step; AdamW at a learning rate of 0.01 that falls linearly, and **no
# warm-up**. Everything but the norms is the same, down to the initial weights. Here you train for 300 steps, which
# takes seconds; `python -m scripts.norm_placement` trains for 1000.
#
# Predict before you run: which of the three begins worst? Which ends worst?

# %%
STEPS = 300
setting = {"data": "names", "seed": 42, "n_layer": 8, "learning_rate": 0.01, "warmup_iters": 0, "max_iters": STEPS}
runs = {place: train(setting | {"placement": place}, lambda steps: None, code) for place in ("pre", "post", "none")}


def running_mean(values, width=30):
    """The mean over so many steps, up to each."""
    return torch.tensor(values).unfold(0, width, 1).mean(-1)


figure, (first, whole) = pyplot.subplots(1, 2, figsize=(10, 3.5))
for place, run in runs.items():
    first.plot(range(1, 61), run["losses"][:60], label=place, linewidth=1)
    whole.plot(range(30, STEPS + 1), running_mean(run["losses"]), label=place)
first.set(title="the first 60 steps, as they are", xlabel="step", ylabel="loss, nats per token")
whole.set(title="mean of the last 30 steps", xlabel="step", ylabel="loss, nats per token")
whole.legend()
pyplot.show()

# %% [markdown]
# Without norms it begins wildly: the first steps are too large for it. With post-norm it begins well enough, and then
# stays behind.
#
# ## What happens inside
#
# At four moments, on names that are not learned from: the size of the residual stream behind every layer, and the
# norm of the loss's gradient with respect to each layer's weights.

# %%
figure, rows = pyplot.subplots(2, 3, figsize=(10, 5.5), sharey="row", sharex="col")
for column, (place, run) in zip(rows.T, runs.items(), strict=True):
    for (step, found), grey in zip(run["inside"].items(), ("0.75", "0.55", "0.3", "0"), strict=True):
        style = {"color": grey, "linestyle": "-", "marker": "o", "markersize": 3, "label": f"step {step}"}
        column[0].plot(range(9), found["stream"], **style)
        column[1].plot(range(1, 9), found["gradients"], **style)
    column[0].set(title=place, yscale="log")
    column[1].set(xlabel="layer", yscale="log")
rows[0, 0].set_ylabel("stream, root mean square")
rows[1, 0].set_ylabel("gradient, norm")
rows[0, 2].legend(fontsize=8)
pyplot.show()

# %% [markdown]
# * **pre**: the stream grows, since everything is added and nothing taken away, but the gradients of all layers are
#   within a factor of ten, at every moment. The sum `x + ...` is a road that no norm stands on.
# * **post**: the stream has the same size everywhere. But in the backward pass the gradient goes through two norms a
#   layer: less of it arrives at the first layers than at the last, and the more so the longer you train. After 1000
#   steps it is a thousandth or less. (AdamW divides by the size of the gradient, so the steps shrink far less. **Try
#   this:** plot the root mean square of each layer's step too.)
# * **none**: nothing holds the sizes; here they happen to stay in bounds, since the model is small.
#
# ## What theory says, before the first step
#
# Xiong et al. 2020 (arXiv:2002.04745, section 3) bound the gradients of a simplified transformer at initialisation:
# that of the last layer does not shrink with the depth under **post**, and shrinks as $1/\sqrt{L}$ under **pre**. In
# large gradients near the output they see the reason why post-norm wants a warm-up. (Liu et al. 2020, arXiv:2004.08249,
# disagree: evening the gradients out, as Adam does, does not make it stable; they blame small changes of the weights,
# which heavy residual branches amplify.) And the stream's squared norm over the width is 3/2 in every layer with post,
# before it is normed, and between $1 + l/2$ and $1 + 3l/2$ behind layer $l$ with pre. Here is their model, measured:

# %%
depths = DEPTHS[:4]
found = {place: {depth: measured(place, depth) for depth in depths} for place in ("post", "pre")}
figure, (stream, gradient) = pyplot.subplots(1, 2, figsize=(10, 3.5))
layers = range(1, depths[-1] + 1)
for place, marker, colour in (("post", "s", "#D55E00"), ("pre", "o", "black")):
    style = {"linestyle": "", "marker": marker, "color": colour, "label": f"{place}, measured"}
    stream.plot(layers, found[place][depths[-1]]["stream"], **style)
    gradient.plot(depths, [found[place][depth]["gradients"][-1] for depth in depths], **style)
stream.plot(layers, [1.5] * len(layers), "--", color="#D55E00", label="post, predicted")
bounds = ([1 + slope * layer / 2 for layer in layers] for slope in (1, 3))
stream.fill_between(layers, *bounds, color="0.85", label="pre, predicted: between")
stream.set(title=f"the stream, {depths[-1]} layers", xlabel="layer", ylabel="squared norm over the width")
middle = found["pre"][4]["gradients"][-1]
gradient.plot(depths, [middle * (4 / depth) ** 0.5 for depth in depths], "k-", label="pre, predicted: as $1/\\sqrt{L}$")
gradient.set(title="the last layer's gradient", xlabel="number of layers", ylabel="norm", xscale="log", yscale="log")
gradient.set(xticks=depths, xticklabels=depths)
gradient.set_yticks([0.1, 0.2, 0.4], ["0.1", "0.2", "0.4"])
gradient.minorticks_off()
stream.legend(fontsize=8)
gradient.legend(fontsize=8)
pyplot.show()

# %% [markdown]
# ## So no norms are as good as pre-norm?
#
# In eight layers at this learning rate, after 1000 steps, yes: the two end level. But how much room does each of them
# leave you? These are results of the command, of three seeds each, kept in `notebooks/results/`:
#
#     python -m scripts.norm_placement --placements pre none --seeds 3 --learning_rate 0.003 0.01 0.03 0.1 --json
#     python -m scripts.norm_placement --placements pre none --seeds 3 --n_layer 8 16 32 --json
#
# Where will the model without norms give in first: at three times the rate, or at twice the depth?

# %%
GUESSING = math.log(27)  # nats per token, for whom every letter is as likely as the others


def ends(report: dict, place: str) -> dict[float, list[float]]:
    """The loss over the last 100 steps with every seed, for every value of what was varied."""
    return {
        float(label.split()[-1]): [seed["last100"] or math.inf for seed in cell["seeds"]]
        for label, cell in report.items()
        if label.startswith(f"{place},")
    }


figure, panels = pyplot.subplots(1, 2, figsize=(10, 3.8), sharey=True)
varied = {"rate": "learning rate of the first step", "layers": "number of layers"}
for axes, (name, label) in zip(panels, varied.items(), strict=True):
    report = json.loads(Path(f"results/norm_placement_{name}.json").read_text())
    for place in ("pre", "none"):
        for value, losses in ends(report, place).items():
            finite = [loss for loss in losses if loss < GUESSING]
            colour, marker = ("black", "o") if place == "pre" else ("#D55E00", "s")
            axes.plot([value] * len(finite), finite, marker, color=colour, markerfacecolor="none")
            lost = len(losses) - len(finite)
            if lost:
                axes.plot([value], [GUESSING], "x", color=colour, markersize=10)
                axes.annotate(f"{lost} of {len(losses)}", (value, GUESSING), (6, -3), textcoords="offset points")
    values = list(ends(report, "pre"))
    axes.set(xlabel=label, xscale="log", xticks=values, xticklabels=[f"{value:g}" for value in values])
    axes.minorticks_off()
    axes.axhline(GUESSING, color="0.6", linestyle=":")
axes.plot([], [], "o", color="black", markerfacecolor="none", label="pre, a seed")
axes.plot([], [], "s", color="#D55E00", markerfacecolor="none", label="none, a seed")
axes.plot([], [], "x", color="#D55E00", label="none, diverged: worse than guessing")
axes.legend(fontsize=8, loc="center left")
panels[0].set(title="8 layers", ylabel="loss, last 100 steps,\nnats per token")
panels[1].set(title="learning rate 0.01")
pyplot.show()

# %% [markdown]
# With three times the learning rate, the model without norms is lost with every seed, and with 32 layers two of
# three; at 16 layers it still ends, but behind. Pre-norm is trained by all of them. That is what its norms are good
# for: not a better end at one well-chosen setting, but room around it. And for the same reason, one setting of one
# small model is no answer to "which is better?"
#
# Try this: `python -m scripts.norm_placement --placements post --warmup_iters 0 100 300` (does the warm-up help
# post-norm here?), `--placements all`, and `--xiong`, which plots the prediction for 32 layers too.
