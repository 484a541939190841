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
# # 5. QK norm: what bounds attention scores
#
# A score is the product of a query and a key. Both are learned, and when both grow, scores grow with the square.
# Nothing in plain attention holds them. Dehghani et al. 2023 (arXiv:2302.05442, section 2) lost a vision model of 8
# billion parameters to scores so large that attention was almost one-hot; Wortsman et al. 2023 (arXiv:2309.14322,
# section 3.1) showed that small models do the same, at higher learning rates. So will ours, of two layers; and two
# cures will help.

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
import math
from contextlib import contextmanager

import torch
from ipywidgets import FloatLogSlider, interact
from matplotlib import pyplot

from reference.config import GPTConfig
from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look
from scripts.training.text.data import load_corpus

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
source("attention.CausalSelfAttention.forward", IMPL)

# %% [markdown]
# ## Why large scores are bad: softmax saturates
#
# Take sixteen random scores and multiply them. **Predict:** at which size does a query attend to a single key only,
# and how much gradient comes back through the softmax then?

# %%
torch.manual_seed(0)
scores = torch.randn(16)


def draw_saturation(factor):
    scaled = (factor * scores).requires_grad_()
    weights = scaled.softmax(dim=-1)
    _, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3))
    left.bar(range(16), weights.detach(), color="#0072B2")
    left.set(xlabel="key", ylabel="weight", ylim=(0, 1), xticks=range(0, 16, 3))
    left.set_title(f"Scores times {factor:.3g}: the largest is {scaled.abs().max():.3g}")
    factors = torch.logspace(-1, 2, 60)
    curves = torch.softmax(factors[:, None] * scores, dim=-1)
    # How much the weights answer to a change of the scores: the root of the sum of squares of all derivatives.
    jacobian = torch.diag_embed(curves) - curves[:, :, None] * curves[:, None, :]
    entropy = -(curves * curves.clamp(min=1e-30).log()).sum(dim=-1)
    right.loglog(factors, jacobian.norm(dim=(1, 2)), label="derivatives of the softmax")
    right.loglog(factors, entropy, label="entropy, nats")
    right.axvline(factor, color="grey", linewidth=1, linestyle="-")
    right.set(xlabel="factor", title="One key alone: no gradient", ylim=(1e-4, 5))
    right.legend()
    pyplot.show()


draw_saturation(factor=20.0)

# %%
_ = interact(draw_saturation, factor=FloatLogSlider(20, min=-1, max=2, step=0.1))

# %% [markdown]
# On the right, derivatives are with respect to the scores, and the grey line is the factor of the left picture.
# Entropy says how many keys a query attends to: $\ln n$ for $n$ keys equally, 0 for one alone. At first larger scores
# make the weights answer more: they are most sensitive where a few keys compete, at a factor of about 5 here. Behind
# that, one key takes all the weight, and the derivatives fall away: a head that has settled on a wrong key gets next
# to no gradient that could correct it.
#
# ## The bound
#
# RMS norm gives every query and key the root mean square 1, so the length $\sqrt D$. By Cauchy and Schwarz, $|q \cdot
# k| \le \|q\|\,\|k\| = D$, and divided by $\sqrt D$ **no score passes $\sqrt D$**, whatever the weights do. A soft cap
# bounds them too, by $c \tanh(s / c)$ (Gemma 2, arXiv:2408.00118, section 2), but lets queries and keys grow. (An early
# form, Henry et al. 2020, arXiv:2010.04245, divides by the length, so that $q \cdot k$ is a cosine, and learns what to
# multiply it by.)
#
# Here are the scores of real attention layers, with query and key weights multiplied by a factor.


# %%
@contextmanager
def listening(model):
    """Within, a list for every layer of the scores of its last call (B, H, T, T), minus infinity where hidden."""
    heard = [None] * len(model.blocks)
    backends = [block.attn.backend for block in model.blocks]

    def ear(layer, backend):
        def attend(query, key, value, mods):
            scores = query @ key.mT * mods.scale
            if mods.softcap is not None:
                scores = code.norms.soft_cap(scores, mods.softcap)
            heard[layer] = scores.detach().masked_fill(~mods.mask(), -math.inf)
            return backend(query, key, value, mods)

        return attend

    for layer, block in enumerate(model.blocks):
        block.attn.backend = ear(layer, backends[layer])
    yield heard
    for block, backend in zip(model.blocks, backends, strict=True):
        block.attn.backend = backend


def largest(scores):
    return scores[scores.isfinite()].abs().max().item()


def entropy(scores):
    """Of attention, in nats: the mean over heads and queries, without the first query, which has no choice."""
    logs = scores[:, :, 1:].log_softmax(dim=-1)
    return -(logs.exp() * logs.masked_fill(logs.isinf(), 0.0)).sum(dim=-1).mean().item()


LENGTH, ROWS = 16, 16  # tokens of a window, windows of a batch
corpus = load_corpus("names", LENGTH)
batch = corpus.windows(0, ROWS, LENGTH, seed=0)
CURES = {
    "nothing": {"qk_norm": "off"},
    "QK norm": {"qk_norm": "head"},
    "soft cap 10": {"qk_norm": "off", "attention_softcap": 10.0},
}


def made(cure, seed=0):
    """Two layers, two heads of dimension 16, torch's initialisation."""
    torch.manual_seed(seed)
    model = code.gpt.GPT(GPTConfig(n_layer=2, n_embd=32, n_head=2, init="torch", logit_softcap=None, **CURES[cure]))
    # The composed attention has a backend whose scores can be recorded.
    for layer, block in enumerate(model.blocks):
        block.attn = code.attentions.composed.Attention(model.config, layer)
    code.optimization.initialization.initialise(model)
    return model


FACTORS = torch.logspace(-1, 1, 13)
bound = math.sqrt(16)
_, axes = pyplot.subplots(figsize=(8, 3))
for cure in CURES:
    found = []
    for factor in FACTORS:
        model = made(cure)
        with torch.no_grad(), listening(model) as heard:
            for block in model.blocks:
                block.attn.q_proj.weight.mul_(factor)
                block.attn.k_proj.weight.mul_(factor)
            model(*batch)
        found.append(max(largest(scores) for scores in heard))
    axes.loglog(FACTORS, found, marker=".", label=cure)
axes.axhline(bound, color="grey", linestyle="-", linewidth=1, label=r"$\sqrt{D} = 4$")
axes.set(xlabel="query and key weights, times", ylabel="largest |score|")
axes.set_title("Ten times larger weights: a hundred times larger scores, or the same")
axes.legend()
pyplot.show()

# %% [markdown]
# Without a cure, scores grow with the *square* of the weights. With QK norm they do not depend on the size of the
# weights at all, and stay below the bound. The soft cap follows the free scores as long as they are small.
#
# ## In training
#
# Two hundred steps of AdamW, with a learning rate of 0.1: ten times more than this model likes. **Predict** how the
# largest scores and the losses of the three go.


# %%
STEPS, EVERY = 200, 5  # how many, and how often scores are looked at
validation = corpus.validation(LENGTH, max_tokens=5_000)


def train(cure, rate, seed=0):
    """Losses; of every fifth step, the largest score and the entropy of each layer; and the held-out loss."""
    model = made(cure, seed)
    (adamw,) = code.optimization.adamw.setup_adamw(model, learning_rate=rate, weight_decay=0.0)
    losses, sizes, entropies = [], [], []
    for step in range(STEPS):
        for group in adamw.param_groups:
            group["lr"] = rate * code.optimization.schedules.learning_rate_factor(
                step, STEPS, "constant", warmup_iters=10
            )
        tokens = corpus.windows(step * ROWS, ROWS, LENGTH, seed)
        if step % EVERY == 0:
            with listening(model) as heard, torch.no_grad():
                model(*tokens)
            sizes.append([largest(scores) for scores in heard])
            entropies.append([entropy(scores) for scores in heard])
        model.zero_grad()
        loss = model(*tokens)
        loss.backward()
        adamw.step()
        losses.append(loss.item())
    with torch.no_grad():
        return losses, torch.tensor(sizes), torch.tensor(entropies), model(*validation).item()


fast = {cure: train(cure, rate=0.1) for cure in CURES}

# %%
LINES = {"nothing": ("#000000", "-"), "QK norm": ("#0072B2", "--"), "soft cap 10": ("#D55E00", "-.")}
_, (left, right) = pyplot.subplots(1, 2)
steps = range(0, STEPS, EVERY)
for cure, (_, sizes, entropies, _) in fast.items():
    color, line = LINES[cure]
    for layer, width in ((0, 1), (1, 2)):
        style = {"color": color, "linestyle": line, "linewidth": width}
        left.semilogy(steps, sizes[:, layer], label=f"{cure}, layer {layer + 1}", **style)
        right.plot(steps, entropies[:, layer], **style)
left.axhline(bound, color="grey", linewidth=1)
left.text(STEPS, bound * 1.15, r"$\sqrt{D}$", ha="right")
left.set(xlabel="step", ylabel="largest |score|", title="Scores grow without bound, or do not")
right.set(xlabel="step", ylabel="entropy of attention, nats", title="... and attention collapses, or does not")
left.legend(fontsize=8)
pyplot.show()

# %%
_, axes = pyplot.subplots(figsize=(8, 3))
for cure, (losses, *_) in fast.items():
    color, line = LINES[cure]
    axes.plot(
        range(10, STEPS + 1), torch.tensor(losses).unfold(0, 10, 1).mean(dim=1), color=color, linestyle=line, label=cure
    )
axes.set(xlabel="step", ylabel="loss, nats per token", title="Learning rate 0.1 (means of ten steps)")
axes.legend()
pyplot.show()
print("loss on held-out names, nats per token")
for cure, (*_, held_out) in fast.items():
    print(f"{cure:12} {held_out:.3f}")

# %% [markdown]
# Without a cure, the scores of both layers are near 100 within some thirty steps, and go on growing; each query
# attends to one key only, and stays there, since its softmax passes hardly any gradient that could undo it. The model
# still trains after a fashion, through what does not need attention, but ends worse. With QK norm the largest score
# sits just below $\sqrt D$, and the queries keep attending to several keys. The soft cap lies between: the largest
# scores soon are *at* the cap, where the tanh is flat, and queries and keys may grow behind it.
#
# ## Is it the learning rate?
#
# Wortsman et al. measure this by the loss over a range of learning rates: the flatter, the more forgiving. **Predict**
# where the two lines part.

# %%
RATES = (0.01, 0.03, 0.1, 0.3)
runs = {
    (cure, rate): fast[cure] if rate == 0.1 else train(cure, rate) for cure in ("nothing", "QK norm") for rate in RATES
}

# %%
_, (left, right) = pyplot.subplots(1, 2)
for cure in ("nothing", "QK norm"):
    color, line = LINES[cure]
    style = {"color": color, "linestyle": line, "marker": ".", "label": cure}
    left.semilogx(RATES, [runs[cure, rate][3] for rate in RATES], **style)
    right.loglog(RATES, [runs[cure, rate][1].max().item() for rate in RATES], **style)
left.set(xlabel="learning rate", ylabel="loss, nats per token", title="Held-out names after 200 steps")
right.set(xlabel="learning rate", ylabel="largest |score| of the run", title="Scores")
right.axhline(bound, color="grey", linewidth=1, linestyle="-")
left.legend()
pyplot.show()
print("rate   without   with QK norm   difference, nats per token")
for rate in RATES:
    without, normed = (runs[cure, rate][3] for cure in ("nothing", "QK norm"))
    print(f"{rate:<5} {without:8.3f} {normed:11.3f} {without - normed:+15.3f}")

# %% [markdown]
# At 0.01, the best of these rates, QK norm changes the loss by little: it is no better architecture, it is a
# wider range of rates. At high rates the difference is many times larger. Neither line is flat: QK norm cures the
# scores, not everything that a high rate breaks. (One seed each, 200 steps, no decay of the rate: believe the large
# differences, not the small one.)

# %% [markdown]
# ## A fuse instead of a norm: QK-clip
#
# Kimi K2 (arXiv:2507.20534, section 2.1) has latent attention, whose keys are not made in generation and cannot be
# normed there. It bounds the *weights*: after a step in which the largest score of a head passed $\tau$, that head's
# query and key weights are multiplied by $\sqrt{\tau / \max}$ each. Nothing else is touched. Where several heads read
# one key, the key takes what all of them need, and the queries the rest.

# %%
source("optimization.qk_clip.clip_factors", IMPL)

# %%
TAU = 10.0


def train_clipped(tau, rate, seed=0):
    """Of every step, the largest score and how many of the four heads were clipped; and the held-out loss."""
    model = made("nothing", seed)
    clip = code.optimization.qk_clip.QKClip(model, tau)
    (adamw,) = code.optimization.adamw.setup_adamw(model, learning_rate=rate, weight_decay=0.0)
    reports = []
    for step in range(STEPS):
        for group in adamw.param_groups:
            group["lr"] = rate * code.optimization.schedules.learning_rate_factor(
                step, STEPS, "constant", warmup_iters=10
            )
        model.zero_grad()
        model(*corpus.windows(step * ROWS, ROWS, LENGTH, seed)).backward()
        adamw.step()
        reports.append(clip.step())
    with torch.no_grad():
        return reports, model(*validation).item()


reports, held_out = train_clipped(TAU, rate=0.1)
_, (left, right) = pyplot.subplots(1, 2)
left.semilogy(steps, fast["nothing"][1].amax(dim=1), color="#000000", label="nothing")
left.semilogy([report["largest_logit"] for report in reports], color="#009E73", linestyle="--", label="QK-clip 10")
left.axhline(TAU, color="grey", linewidth=1)
left.set(xlabel="step", ylabel="largest score", title=r"Scores return to $\tau$ after every step")
left.legend()
right.plot([report["clipped_heads"] for report in reports], color="#009E73")
right.set(xlabel="step", ylabel="heads clipped, of four", title="The fuse works where it must")
pyplot.show()
print(f"held-out loss at 0.1: {fast['nothing'][3]:.3f} with nothing, {held_out:.3f} with QK-clip {TAU:g}")
worst = max(report["largest_logit"] for report in reports)
print(f"largest score of the run: {fast['nothing'][1].max():.0f} with nothing, {worst:.1f} with QK-clip {TAU:g}")

# %% [markdown]
# A rate this high lifts the scores of nearly all heads beyond $\tau$ in nearly every step, and the clip brings them
# back each time: the left picture shows by how much a single step lifts them. The loss is better for it than with
# nothing, and not as good as with QK norm, which bounds the scores more tightly. In Kimi K2's training, with $\tau =
# 100$, it was a fuse: about one head in eight passed it at some time in the first third of the steps, and none later.
# `python -m scripts.train --qk_norm off --qk_clip 100` does this; the log of the run has `largest_logit` and
# `clipped_heads` for every step.
#
# ## What it costs
#
# A bound cuts both ways. With scores between $-\sqrt D$ and $\sqrt D$, the largest weight that one key among $n$ can
# get is $e^{2\sqrt D} / (e^{2\sqrt D} + n - 1)$: for $D = 16$, 99.5% of 16 keys, but 3% of 100,000. Real models
# therefore have larger heads ($D = 128$: scores up to 11.3), and most of them learned weights in the norm
# (`qk_normalization="rmsnorm"`, as Qwen 3 and OLMo 2), which can raise the bound again, slowly.
#
# **Try:** in `CURES`, add `"learned weights": {"qk_norm": "head", "qk_normalization": "rmsnorm"}` (and a line in
# `LINES`) and train it at 0.1: does it stay below 4? And `qk_norm_after_rotary=False`: why does nothing change?
