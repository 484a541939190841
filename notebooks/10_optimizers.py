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
# # 10. Optimizers: Muon's step beside Adam's
#
# Backward gives you a gradient. An optimizer turns it into a step, and what it changes is the *shape* of the gradient:
#
# - **Adam** treats every element by itself, and divides it by how large it usually is.
# - **Muon** treats every matrix as a linear map, and makes all of its directions equally strong.
#
# You will see both on the gradients of a real (tiny) model, step by step, and then let them race.

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
from ipywidgets import IntSlider, interact
from matplotlib import pyplot
from torch import nn

from reference.config import GPTConfig
from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look
from scripts.training.text.data import load_corpus

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
source("optimization.muon.newton_schulz", IMPL)

# %% [markdown]
# ## The gradients of a real matrix
#
# Thirty steps on names, with AdamW. We keep the gradients of three matrices of the middle block over the last twenty of
# them: a square one, a tall one and a wide one.

# %%
LENGTH, ROWS = 32, 8  # tokens of a window, windows of a batch
corpus = load_corpus("names", LENGTH)

torch.manual_seed(0)
model = code.gpt.GPT(GPTConfig())
model.init_weights()
(adamw,) = code.optimization.adamw.setup_adamw(model, learning_rate=1e-2, readable=True)
block = model.blocks[1]
watched = {"q_proj": block.attn.q_proj, "up_proj": block.mlp.up_proj, "down_proj": block.mlp.down_proj}
gradients = {name: [] for name in watched}
for step in range(30):
    model.zero_grad()
    model(*corpus.windows(step * ROWS, ROWS, LENGTH, seed=0)).backward()
    adamw.step()
    for name, linear in watched.items():
        gradients[name].append(linear.weight.grad.clone())
gradients = {name: kept[-20:] for name, kept in gradients.items()}
gradient = gradients["up_proj"][-1]
singular = torch.linalg.svdvals(gradient / gradient.norm())
share = singular.square().cumsum(0)
print(f"up_proj's last gradient: {tuple(gradient.shape)}, so {len(singular)} singular values")
print(f"fraction of its squared norm in the largest: {share[0]:.0%}, in the largest eight: {share[7]:.0%}")

# %% [markdown]
# A singular value says how strongly a matrix acts along one of its directions. A gradient is strong along few of them:
# plain gradient descent would learn these, and hardly touch the rest.
#
# ## Newton and Schulz: all directions alike, without ever computing one
#
# Muon replaces $U \Sigma V^\top$ by (nearly) $U V^\top$. No singular value decomposition is needed: an odd polynomial
# of a matrix acts on each singular value by itself, so repeating $s \mapsto a s + b s^3 + c s^5$ pushes all of them
# towards 1 with nothing but matrix products (Jordan 2024, [Muon](https://kellerjordan.github.io/posts/muon)).
#
# **Predict:** with $a = 3.4445$, how much does one round multiply a very small singular value? And five rounds?


# %%
def becomes(s: float, steps: int) -> float:
    """What newton_schulz makes of the singular value s of a matrix whose Frobenius norm is 1."""
    return code.optimization.muon.newton_schulz(torch.diag(torch.tensor([s, (1 - s**2) ** 0.5])), steps)[0, 0].item()


values = torch.logspace(-4, -0.001, 90)


def draw_newton_schulz(steps):
    _, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3))
    left.semilogx(values, [becomes(s.item(), steps) for s in values], label="Muon's polynomial")
    classic = values.clone()
    for _ in range(steps):
        classic = 1.5 * classic - 0.5 * classic**3
    left.semilogx(values, classic, label=r"$1.5\,s - 0.5\,s^3$, which converges to 1")
    left.axhspan(0.7, 1.2, color="grey", alpha=0.2, label="0.7 to 1.2")
    left.set(xlabel="singular value before", ylabel="singular value after", ylim=(-0.05, 1.9))
    left.set_title(f"What {steps} rounds make of one value")
    left.legend(loc="upper left", fontsize=8)
    after = torch.linalg.svdvals(code.optimization.muon.newton_schulz(gradient, steps))
    right.semilogy(range(1, 65), singular, label="before")
    right.semilogy(range(1, 65), after, label=f"after {steps} rounds")
    right.set(xlabel="direction, from the strongest", ylabel="singular value", ylim=(1e-5, 3))
    right.set_title("The gradient of up_proj, its norm 1")
    right.legend(loc="lower left")
    pyplot.show()


draw_newton_schulz(steps=5)

# %%
_ = interact(draw_newton_schulz, steps=IntSlider(5, 0, 10, description="rounds"))

# %% [markdown]
# Move the slider from 0. Small values grow by the factor $a$ in every round, $3.4445^5 = 485$ in five, where the
# cubic that converges reaches $1.5^5 = 7.6$. The price is on the right end of the left figure: Muon's polynomial
# never settles at 1, it wanders between about 0.7 and 1.2. Jordan chose the steep start over the exact end; the loss,
# he reports, does not suffer.
#
# **Try:** how many rounds until nearly all of the 64 directions are in the grey band? Do ten rounds look better than
# five? Which directions are left behind, and what would you call what they hold?
#
# ## The step that comes out
#
# Now give the same twenty gradients, one after the other, to both optimizers (learning rate 1, no decay), and compare
# the last step that each takes.

# %%
source("optimization.muon.Muon.step", IMPL)

# %%
source("optimization.adamw.AdamW.step", IMPL)


# %%
def last_step(optimizer_of, gradients):
    """What the optimizer adds to a matrix in the last of these steps."""
    W = nn.Parameter(torch.zeros_like(gradients[0]))
    optimizer = optimizer_of([W])
    for gradient in gradients:
        before = W.detach().clone()
        W.grad = gradient.clone()
        optimizer.step()
    return W.detach() - before


OPTIMIZERS = {
    "Adam": lambda weights: code.optimization.adamw.AdamW(weights, lr=1.0, betas=(0.9, 0.95), weight_decay=0.0),
    "Muon": lambda weights: code.optimization.muon.Muon(weights, lr=1.0, dtype=torch.float32),
}
updates = {name: last_step(of, gradients["up_proj"]) for name, of in OPTIMIZERS.items()}


def directions(matrix):
    """How many directions the squared norm is distributed over: (sum of s^2)^2 / sum of s^4, from 1 to the rank."""
    power = torch.linalg.svdvals(matrix).square()
    return (power.sum() ** 2 / power.square().sum()).item()


_, axes = pyplot.subplots(figsize=(8, 2.8))
for name, matrix in {"the gradient": gradient, "Adam's step": updates["Adam"], "Muon's step": updates["Muon"]}.items():
    s = torch.linalg.svdvals(matrix)
    label = f"{name}: {directions(matrix):.1f} effective directions"
    axes.semilogy(range(1, 65), s / s.square().mean().sqrt(), label=label)
axes.set(xlabel="direction, from the strongest", ylabel="singular value,\nrelative to their root mean square")
axes.set_title("Along how many directions of up_proj a step moves")
axes.legend()
pyplot.show()

# %% [markdown]
# The number in the legend is the *participation number*: 1 if everything lies along one direction, 64 if all 64 are
# equally strong. Adam lifts the weak directions too, but that is not what it aims at: it divides elementwise, and
# does not take directions into account. Its strongest ones still tower over the rest. Muon does nothing but level
# them.
#
# ## How large is a step?
#
# The elements of Adam's step are at most about 1 each, times the learning rate. Of Muon's step, it is the
# *directions* that are about 1 each; the larger the matrix, the smaller its elements. **Predict** what that means for
# their learning rates.

# %%
print("             rows x   size of elements   to move as far as     change of an output, for")
print("matrix       cols     Adam      Muon     Muon at 0.02, Adam    random inputs of size 1:")
print("                          (RMS)          needs a rate of          Adam      Muon")
for name, kept in gradients.items():
    adam, muon = (last_step(of, kept) for of in OPTIMIZERS.values())
    adam_size, muon_size = (step.square().mean().sqrt().item() for step in (adam, muon))
    rows, cols = adam.shape
    print(
        f"{name:10} {rows:4} x {cols:<4} {adam_size:6.3f} {muon_size:9.3f} {0.02 * muon_size / adam_size:15.4f}"
        f"{adam_size * cols**0.5:20.2f} {muon_size * cols**0.5:9.2f}"
    )

# %% [markdown]
# An output is a sum over the columns; for random inputs its change is $\sqrt{\text{cols}}$ times the size of an
# element. For Muon it would be exactly 1, for every shape, had all singular values arrived at 1: this is what the
# factor $\sqrt{\max(1, \text{rows}/\text{cols})}$ is for, and why one learning rate serves matrices of any width.
# Adam's step moves the outputs of a wide matrix further, and its best rate shrinks as models grow wider.
#
# ## Adam's first steps
#
# Adam's two running means begin at zero and are too small at first: $m$ by $1 - \beta_1^t$, and $\sqrt v$ by
# $\sqrt{1 - \beta_2^t}$. **Predict:** without correcting that, are the first steps too small or too large?


# %%
def adam_path(gradient, beta2, steps=60):
    """Where weights get with these constant gradients, in steps of the learning rate 1: (steps + 1, weights)."""
    W = nn.Parameter(torch.zeros_like(gradient))
    adam = code.optimization.adamw.AdamW([W], lr=1.0, betas=(0.9, beta2), eps=1e-8, weight_decay=0.0)
    path = [torch.zeros_like(gradient)]
    for _ in range(steps):
        W.grad = gradient.clone()
        adam.step()
        path.append(-W.detach().clone())
    return torch.stack(path)


_, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3))
sizes = torch.tensor([1.0, 1e-3, 1e-8])
for size, line in zip(sizes, adam_path(sizes, beta2=0.999).T, strict=True):
    left.plot(line, label=f"gradient {size:g}")
left.set(xlabel="step", ylabel="distance, learning rates", title="Three weights, gradients of three sizes")
t = torch.arange(1, 61)
for beta2 in (0.999, 0.95):
    taken = adam_path(torch.ones(1), beta2).diff(dim=0)[:, 0]
    right.plot(t, taken * (1 - 0.9**t) / (1 - beta2**t).sqrt(), label=rf"uncorrected, $\beta_2$ = {beta2}")
right.plot(t, taken, label="Adam, with either")
right.set(xlabel="step", ylabel="size of a step, learning rates", ylim=(0, 7))
right.set_title(r"A constant gradient, $\beta_1 = 0.9$")
left.legend()
right.legend()
pyplot.show()

# %% [markdown]
# On the left, gradients of 1 and of 0.001 move their weights equally far: the two lines lie on each other. At $10^{-8}$
# the gradient is as small as eps, and the step is halved: below eps Adam believes that there is nothing but noise.
#
# On the right: too *large*, more than six times, with Kingma and Ba's $\beta_2 = 0.999$, since $v$ forgets its zeros
# more slowly than $m$. That is their reason for the correction (arXiv:1412.6980, section 3). With 0.95, as language
# models are trained, the uncorrected steps start at less than half, overshoot, and soon are right by themselves:
# a short warm-up of its own.
#
# ## Weight decay, and who decays
#
# AdamW takes $\text{lr} \cdot \text{decay} \cdot W$ off the weight by itself. The older way adds $\text{decay} \cdot W$
# to the gradient, where it is divided by $\sqrt v$ as well (Loshchilov and Hutter, arXiv:1711.05101). Two weights start
# at 1, and their gradients are noise, of size 1 and of size 0.1. **Predict** which of them the older way pulls to zero.


# %%
def decaying(decoupled: bool, steps=400, decay=0.5):
    torch.manual_seed(0)
    # 200 weights of each kind, so that noise averages out.
    noise = torch.tensor([1.0, 0.1])[:, None].expand(2, 200)
    W = nn.Parameter(torch.ones_like(noise))
    adam = code.optimization.adamw.AdamW([W], lr=0.01, betas=(0.9, 0.95), weight_decay=decay if decoupled else 0.0)
    path = []
    for _ in range(steps):
        path.append(W.detach().mean(dim=1))
        W.grad = noise * torch.randn_like(noise) + (0.0 if decoupled else decay * W.detach())
        adam.step()
    return torch.stack(path)


_, (left, right) = pyplot.subplots(1, 2, sharey=True, figsize=(8, 2.7))
for ax, decoupled in ((left, False), (right, True)):
    for size, line in zip(("1", "0.1"), decaying(decoupled).T, strict=True):
        ax.plot(line, label=f"gradients of size {size}")
    ax.set(xlabel="step", title="Decay by itself (AdamW)" if decoupled else "Decay as part of the gradient")
left.set_ylabel("weight, mean of 200")
left.legend()
pyplot.show()

# %% [markdown]
# By itself, decay takes the same fraction of every weight; as part of the gradient, it takes much more of those with
# small gradients than of those with large ones, which nobody asked for.
#
# And not everything should decay. `decay_groups` makes two groups of GPT-2's parameters:

# %%
gpt2 = code.gpt.GPT(GPTConfig(n_layer=1, normalization="layernorm", position_encoding="learned_absolute", bias=True))
names = {id(weight): name for name, weight in gpt2.named_parameters()}
for group in code.optimization.adamw.decay_groups(gpt2, weight_decay=0.1):
    print(f"weight decay {group['weight_decay']}: {sum(weight.numel() for weight in group['params']):,} parameters")
    print("   " + "\n   ".join(f"{names[id(weight)]:50} {tuple(weight.shape)}" for weight in group["params"]))

# %% [markdown]
# Matrices decay. Gains and biases do not: a gain pulled to zero would silence its channel. Nor do embeddings, whose
# rows get a gradient only when their token comes up, but would decay in every step.
#
# ## How the rate rises and falls


# %%
_, axes = pyplot.subplots(figsize=(8, 2.8))
for schedule in ("constant", "linear", "cosine", "wsd"):
    factors = [code.optimization.schedules.learning_rate_factor(step, 200, schedule, 20, 0.1) for step in range(200)]
    axes.plot(factors, label=schedule)
axes.set(xlabel="step of 200", ylabel="fraction of the peak", ylim=(0, 1.05))
axes.set_title("Learning rates: 20 steps of warmup, down to a tenth")
axes.legend(loc="lower center")
pyplot.show()

# %% [markdown]
# ## The race
#
# A fair race lets both choose their learning rate. These were the best of three each (0.003, 0.01, 0.03 for AdamW,
# 0.01, 0.03, 0.1 for Muon), tried beforehand with seeds 0 and 1; the race is run with other seeds. In both teams AdamW
# trains the embedding and the head at a rate of 0.01; they differ in the matrices of the blocks alone. 150 steps of 256
# tokens, the rate falling in a straight line.

# %%
STEPS = 150
SEEDS = (2, 3, 4)
TEAMS = {
    "AdamW": lambda model: code.optimization.adamw.setup_adamw(model, learning_rate=0.01, readable=True),
    "Muon": lambda model: code.optimization.muon.setup_muon(model, learning_rate=0.01, matrix_lr=0.03),
}
validation = corpus.validation(LENGTH, max_tokens=10_000)


def train(team, seed):
    """The loss of every step, and the one on held-out names at the end, in nats per token."""
    torch.manual_seed(seed)
    model = code.gpt.GPT(GPTConfig(n_layer=2))
    model.init_weights()
    optimizers = TEAMS[team](model)
    groups = [(group, group["lr"]) for optimizer in optimizers for group in optimizer.param_groups]
    losses = []
    for step in range(STEPS):
        for group, highest in groups:
            group["lr"] = highest * code.optimization.schedules.learning_rate_factor(step, STEPS, "linear")
        loss = model(*corpus.windows(step * ROWS, ROWS, LENGTH, seed))
        model.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        return torch.tensor(losses), model(*validation).item()


runs = {(team, seed): train(team, seed) for seed in SEEDS for team in TEAMS}

# %%
_, (left, right) = pyplot.subplots(1, 2, width_ratios=(2, 1), figsize=(8, 3))
for team, color, line, marker in (("AdamW", "#000000", "-", "o"), ("Muon", "#D55E00", "--", "s")):
    losses = torch.stack([runs[team, seed][0] for seed in SEEDS]).unfold(1, 10, 1).mean(dim=2)  # of ten steps
    left.plot(range(10, STEPS + 1), losses.mean(dim=0), color=color, linestyle=line, label=team)
    left.fill_between(range(10, STEPS + 1), losses.amin(dim=0), losses.amax(dim=0), color=color, alpha=0.15)
    held_out = [runs[team, seed][1] for seed in SEEDS]
    right.plot([str(seed) for seed in SEEDS], held_out, color=color, linestyle="none", marker=marker, label=team)
left.set(xlabel="step", ylabel="loss, nats per token", title="Training: mean of three seeds, and their range")
right.set(xlabel="seed", ylabel="loss, nats per token", title="Held-out: AdamW ●, Muon ■")
left.legend()
pyplot.show()
leads = torch.tensor([runs["AdamW", seed][1] - runs["Muon", seed][1] for seed in SEEDS])
print("Muon's lead on held-out names, nats per token:", ", ".join(f"{lead:+.3f}" for lead in leads))

# %% [markdown]
# Read this with care. What is equal is the number of *steps*: Muon's cost more, five rounds of three products for every
# matrix (next to nothing beside a large batch, a good part of the time here). No rate is tuned finer than by a factor
# of three, the model is tiny, and the training is short: at another size you have to measure again. Where the three
# leads differ among each other as much as they differ from zero, you have learned nothing about which is better.
#
# At scale, Liu et al. 2025 (arXiv:2502.16982) report about half the compute of AdamW for the same loss (with weight
# decay, and updates matched in size to Adam's). Wen et al. 2025 (arXiv:2509.02046), who tuned the rates of every
# optimizer with equal care, find a lead of 1.4 times at 0.1 billion parameters that shrinks to 1.1 at 1.2 billion.
#
# **Try** other rates in `TEAMS`, for instance 0.03 for AdamW or 0.1 for Muon. And let Muon do one round instead of five
# (in your `learn/optimization/muon.py`, with `IMPL = "learn"`): how much of the lead is left?
