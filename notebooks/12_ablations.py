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
# # 12. Ablation results
#
# "With ours, the loss is 0.01 lower." Lower than chance alone would make it? An *ablation* changes one thing at a time
# and trains again; an honest one also trains from several seeds, because the same design never ends at the same loss
# twice. This notebook reads two that were run with `python -m scripts.ablate`, and lets you run a small one.
#
# They are tiny: nanochat's architecture, three layers, 64 wide, on first names. What they rank is *these* models after
# *so few* steps. What carries over to larger ones is how to tell a difference from luck.

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
import statistics
from dataclasses import replace
from pathlib import Path

import torch
from IPython.display import Markdown
from ipywidgets import Dropdown, IntSlider, interact
from matplotlib import pyplot

from reference.optimization.training_flops import training_flops
from reference.presets import preset
from scripts.laboratory.ablation import Cell, name_of, ranked
from scripts.laboratory.ablation_report import draw_curves, draw_heat_map, draw_ranking, sentences
from scripts.laboratory.chance import estimate, quantile
from scripts.laboratory.grid import grid_of
from scripts.looking.opened import opened
from scripts.looking.pictures import use_look
from scripts.training.expert_load import count_loads
from scripts.training.loop import train
from scripts.training.plan import Run, Schedule
from scripts.training.settings import Settings
from scripts.training.text.data import load_corpus

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)

# %% [markdown]
# ## Where to put which norm
#
# Four placements of the norms in a block, with two kinds of norm. All else is equal: the data and their order, the
# number of steps, the optimizers with nanochat's rates. **Predict** before you look: which of the eight is best, is
# the placement or the kind of norm what matters more, and how large is the difference that five seeds can show?

# %%
norms = json.loads(Path("results/ablation_norms.json").read_text())


def about(report: dict) -> Markdown:
    base = ", ".join(f"{name} {value}" for name, value in report["base"].items())
    return Markdown(f"```console\n$ {report['command']}\n```\nBase: {base}.")


about(norms)

# %%
draw_ranking(pyplot.figure(figsize=(8, 3.6)), norms)
pyplot.show()

# %% [markdown]
# A dot is the mean of the final losses on held-out names, a stroke is one seed. The bar is the interval
#
# $$\bar{x} \pm t_{n-1} \cdot s / \sqrt{n}$$
#
# with the standard deviation $s$ of the $n$ seeds' losses and Student's $t$, which is larger the fewer seeds there are
# (Student 1908, *The probable error of a mean*): such intervals cover the true mean 95 times in 100, where losses
# scatter like a normal distribution.

# %%
Markdown(
    "| seeds | " + " | ".join(str(n) for n in (2, 3, 5, 10, 30)) + " |\n|---|" + "--:|" * 5 + "\n| $t_{n-1}$ | "
    + " | ".join(f"{quantile(0.95, n - 1):.2f}" for n in (2, 3, 5, 10, 30)) + " |"
)  # fmt: skip

# %% [markdown]
# The same means as a table of the two axes:

# %%
draw_heat_map(pyplot.figure(figsize=(6, 3.5)), norms)
pyplot.show()

# %% [markdown]
# ## The same seeds: compare in pairs
#
# Bars that overlap do not say that two designs are equally good. Seed 42 gives *every* design the same batches in the
# same order. If these were lucky, they were lucky for all, and a difference taken seed by seed does not contain that
# luck. So subtract, seed by seed, and make an interval of the differences (black). One that does not contain 0 is a
# difference which chance alone would seldom make. The grey bars take the seeds of the two designs as if they had
# nothing to do with each other. **Predict:** which bars will be shorter?


# %%
def draw_differences(report: dict, against: str, seeds: int) -> None:
    losses = {name_of(e["settings"]): e["losses"][:seeds] for e in report["ranking"]}
    others = [name for name in losses if name != against]
    _, axes = pyplot.subplots(figsize=(8, 1.4 + 0.3 * len(others)))
    for height, name in enumerate(others):
        paired = estimate([loss - base for loss, base in zip(losses[name], losses[against], strict=True)])
        axes.errorbar(paired.mean, height, xerr=paired.high - paired.mean, fmt="o", color="black", capsize=3)
        # Two sets of n losses of equal variance have 2 n - 2 degrees of freedom.
        error = sum(statistics.variance(losses[one]) / seeds for one in (name, against)) ** 0.5
        reach = quantile(0.95, 2 * seeds - 2) * error
        axes.errorbar(paired.mean, height + 0.25, xerr=reach, fmt="none", color="0.6", linewidth=1, capsize=2)
    axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(others)), others)
    axes.invert_yaxis()
    axes.set(
        xlabel=f"loss minus that of {against}, nats per token",
        title=f"Differences over {seeds} seeds: black in pairs, grey not",
    )
    pyplot.show()


names = [name_of(entry["settings"]) for entry in norms["ranking"]]
draw_differences(norms, names[0], norms["seeds"])

# %% [markdown]
# Where black is not shorter than grey, the seeds had little in common for these two designs: what differed between them
# was mostly *not* the batches. Pairing is not free, either: of $n$ pairs there are only $n$ differences, and $t$ is
# larger for them. Further down is an ablation where it gains more.
#
# **Try:** compare with another than the best. Then take seeds away: with two, $t$ is 12.7, and hardly anything is
# left to see. Are there designs whose order is reversed with fewer seeds?

# %%
_ = interact(
    lambda against, seeds: draw_differences(norms, against, seeds),
    against=Dropdown(options=names),
    seeds=IntSlider(norms["seeds"], 2, norms["seeds"]),
)

# %% [markdown]
# ## What may be said
#
# Seven comparisons are seven chances to be fooled: of differences that do not exist, one in twenty looks real at 95 %.
# Holm's correction (Holm 1979, *A simple sequentially rejective multiple test procedure*) asks more of each, such that
# it is 5 % for all of them together. One piece of luck is left: the best was chosen *because* its seeds did well, and
# would look a little worse with new ones. These are the sentences which `scripts.ablate` writes:

# %%
Markdown("\n\n".join(f"> {sentence}" for sentence in sentences(norms)))

# %% [markdown]
# "Not told apart" is not "equal": more seeds may find a difference, and the interval says how large it can still be.

# %% [markdown]
# ## On the way there
#
# Training losses, each point a mean over three steps. On the left the curves nearly cover each other; on the right is
# how far they are behind the best, seed by seed, with a band from the lowest seed to the highest. **Look:** which
# placement begins slowly, and does it catch up?

# %%
draw_curves(pyplot.figure(figsize=(8, 4)), norms)
pyplot.show()

# %% [markdown]
# ## Equal steps, or equal work?
#
# A gated feed-forward has three matrices instead of two, a mixture of experts sends every token through two gated
# ones. At equal *steps*, the design that computes more has an advantage that is not due to its design. At equal
# *FLOPs* every design gets as many steps as cost the same (`training_flops` counts them; [Kaplan et al.
# 2020](https://arxiv.org/abs/2001.08361), section 2.1, is where the counting comes from).

# %%
feed_forward = json.loads(Path("results/ablation_feed_forward.json").read_text())
about(feed_forward)

# %%
Markdown(
    "| | steps | FLOPs | weights | held-out loss |\n|---|--:|--:|--:|--:|\n"
    + "\n".join(
        f"| {name_of(e['settings'])} | {e['steps']} | {e['flops']:.3e} | {e['parameters']:,} | {e['mean']:.4f} |"
        for e in feed_forward["ranking"]
    )
)

# %% [markdown]
# The gated one is narrower (8/3 instead of 4 times the width), so that it costs nearly the same. The experts have to
# do with fewer steps, though they have the most weights. **Predict:** is that worth it, at this size?

# %%
draw_ranking(pyplot.figure(figsize=(8, 2.8)), feed_forward)
pyplot.show()
Markdown("\n\n".join(f"> {sentence}" for sentence in sentences(feed_forward)))

# %% [markdown]
# Here is what pairing is for. Below, every line is a seed; where lines run side by side, the seeds agree on who is
# better, however far apart they lie.

# %%
_, axes = pyplot.subplots(figsize=(8, 3.2))
for number in range(feed_forward["seeds"]):
    losses = [entry["losses"][number] for entry in feed_forward["ranking"]]
    axes.plot(range(len(losses)), losses, marker="o", label=f"seed {feed_forward['base']['seed'] + number}")
names = [name_of(entry["settings"]) for entry in feed_forward["ranking"]]
axes.set_xticks(range(len(names)), names)
axes.set(ylabel="held-out loss, nats per token", title="Every seed's losses, designs in order of their means")
axes.legend()
pyplot.show()

# %%
draw_differences(feed_forward, names[0], feed_forward["seeds"])

# %% [markdown]
# **Think:** 98 and 100 steps have seen nearly the same batches, 60 steps only the first of them. Which comparison
# should pairing help, and which does it help?

# %% [markdown]
# ## What balancing does
#
# A mixture of experts can go wrong in a way that no loss shows at once: a few experts get all tokens, learn, and get
# more; the others idle. Two cures are in use. A *loss* for the balance pulls the router's probabilities towards an even
# load (Switch Transformers, Mixtral). A *bias*, added for the choice alone, rises for idle experts and falls for busy
# ones, by a small fixed step and without a gradient (DeepSeek-V3). Here are four models of two layers with eight
# experts, two for each token: with neither, with each, and with a bias that moves too fast. **Predict:** where does the
# busiest expert end, in multiples of an even load, and which cure costs the loss more?

# %%
BALANCE_STEPS = 80
names_corpus = load_corpus("names", 32)
sizes = {"n_layer": 2, "n_embd": 32, "vocab_size": names_corpus.tokenizer.vocab_size, "init": "gpt2"}
experts = preset("nanochat_tiny", **sizes, activation="silu", n_expert=8, expert_hidden=32, n_shared_expert=0)
KINDS = {
    "nothing": {"ffn_type": "deepseek_moe", "bias_update_speed": 0.0},
    "a loss": {"ffn_type": "moe", "ffn_hidden": 32, "router_aux_loss_coef": 0.01},
    "a bias": {"ffn_type": "deepseek_moe", "bias_update_speed": 0.01},
    "a fast bias": {"ffn_type": "deepseek_moe", "bias_update_speed": 0.3},
}


def balanced(changes: dict) -> tuple[list[float], list[float], torch.Tensor]:
    """Step by step the busiest expert's load and the loss; and the last layer's loads, a row for every step."""
    torch.manual_seed(0)
    model = code.gpt.GPT(replace(experts, **changes)).train()
    code.optimization.initialization.initialise(model)
    count_loads(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    busiest, losses, rows = [], [], []
    for step in range(BALANCE_STEPS):
        batch = names_corpus.windows(16 * step, 16, 32, 0)
        loss = model(batch.tokens, batch.targets)
        (loss + code.feed_forwards.moe.auxiliary_loss(model)).backward()
        optimizer.step()
        optimizer.zero_grad()
        loads = [load / load.mean() for load in code.feed_forwards.deepseek_moe.update_biases(model, lambda load: load)]
        busiest.append(max(load.max().item() for load in loads))
        losses.append(loss.item())
        rows.append(loads[-1])
    return busiest, losses, torch.stack(rows)


runs = {name: balanced(changes) for name, changes in KINDS.items()}

# %%
_, (left, *maps) = pyplot.subplots(1, 1 + len(runs), figsize=(13, 3.2), width_ratios=[2] + [1] * len(runs))
for (name, (busiest, _, rows)), axes in zip(runs.items(), maps, strict=True):
    left.plot(busiest, label=name)
    axes.imshow(rows, aspect="auto", vmin=0, vmax=4, cmap="magma", interpolation="nearest")
    axes.set(title=name, xlabel="expert", yticks=[])
left.axhline(1, color="grey", linewidth=1)
left.set(xlabel="step", ylabel="load, 1 is even", title="The busiest expert of both layers", ylim=(0, 4.2))
left.legend(fontsize="small")
maps[0].set_ylabel("step, downwards")
pyplot.show()
Markdown(
    "| balanced by | busiest expert | experts with hardly any load | training loss |\n|---|--:|--:|--:|\n"
    + "\n".join(
        f"| {name} | {statistics.fmean(busiest[-20:]):.2f} "
        f"| {int((rows[-20:].mean(dim=0) < 0.1).sum())} of 8 | {statistics.fmean(losses[-20:]):.3f} |"
        for name, (busiest, losses, rows) in runs.items()
    )
)

# %% [markdown]
# Means over the last 20 steps; hardly any load is less than a tenth of an even one. The maps are of the last layer, an
# expert a column, dark where it idles. A fast bias overshoots: it throws all tokens from one expert to another and
# back, which shows as stripes. In a real training the same figures stand in the log of the run, `load_violation` and
# `idle_experts`, step by step.
#
# **Think:** the loss balances every batch, the bias only the mean over many. Which of the two lets a batch of nothing
# but numbers go to one expert?

# %% [markdown]
# ## Your own
#
# Now a small one, live, with `code`: your pieces, where you have written them and `IMPL` is `"learn"`. Change the axes,
# the seeds, the steps. Any field of `GPTConfig` is an axis.

# %%
AXES = {"activation": ["relu2", "gelu"], "position_encoding": ["rope", "none"]}
SEEDS, STEPS = 3, 40

corpus = load_corpus("names", 32)


def trained(config, seed: int) -> float:
    """The loss on held-out names after the training."""
    run = Run()
    schedule = Schedule(max_iters=STEPS, batch_size=8, seed=seed, eval_tokens=4000)
    train(code, config, corpus, schedule, torch.device("cpu"), run)
    return run.val_loss


base = preset("nanochat_tiny", n_layer=1, n_embd=32, vocab_size=corpus.tokenizer.vocab_size)
cells, losses = [], []
for values in grid_of(AXES):
    config = replace(base, **values)
    weights = sum(weight.numel() for weight in code.gpt.GPT(config).parameters())
    cells.append(Cell(values, Settings(max_iters=STEPS), weights, training_flops(code.gpt.GPT(config))))
    losses.append([trained(config, seed) for seed in range(SEEDS)])
mine = {"ranking": ranked(cells, losses), "seeds": SEEDS}

# %%
draw_ranking(pyplot.figure(figsize=(8, 2.6)), mine)
pyplot.show()
Markdown("\n\n".join(f"> {sentence}" for sentence in sentences(mine)))

# %% [markdown]
# **Try:**
# - `AXES = {"attention_backend": ["manual", "sdpa", "tiled"]}`: three ways to compute the same attention output. What
#   should the interval of their differences be? If it is not that, what is the reason?
# - How many seeds does it take until `relu2` and `gelu` are told apart, if they ever are?
# - With six values on an axis, all drawn from the same design (`AXES = {"norm_eps": [1e-6, 2e-6, 3e-6, 4e-6, 5e-6,
#   6e-6]}`), one of them is best. By how much?
#
# For more than that, `python -m scripts.ablate` uses all cores, keeps every trial, and goes on where it was stopped.
