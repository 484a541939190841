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
# # 1. What a norm does
#
# A deep network multiplies and adds, dozens of times in a row. Without a brake its activations explode or vanish. A
# *norm* is the brake: it takes every token's vector by itself and gives it a fixed size. This notebook shows what
# that does to the vectors, what information it discards, what one huge channel does to all others, and how gradients
# flow back through it in training.
#
# Every figure is computed by the functions of `norms.py` and `normalizations/`. Set `IMPL = "learn"` and run all cells
# again, and they are computed by yours.

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
from ipywidgets import FloatLogSlider, interact
from matplotlib import pyplot

from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look

use_look()

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
rms_norm, layer_norm = code.norms.rms_norm, code.normalizations.layer_norm.layer_norm
source("norms.rms_norm", IMPL)

# %%
source("normalizations.layer_norm.layer_norm", IMPL)

# %% [markdown]
# ## A circle, and two points
#
# The smallest vectors that show something have two elements, so that each is a point in a plane. RMS norm divides
# such a point by its root mean square; layer norm first subtracts the mean of the two.
#
# **Before you look:** forty points are scattered over the plane. Where can they be after RMS norm? And after layer
# norm?


# %%
def arrows(axes, before, after, title):
    axes.quiver(*before.T, *(after - before).T, angles="xy", scale_units="xy", scale=1, width=0.003, color="0.6")
    axes.plot(*before.T, "o", color="white", markeredgecolor="0.4", markersize=4, label="before")
    axes.plot(*after.T, "o", color="black", markersize=5, label="after")
    axes.set(title=title, xlabel="channel 0", ylabel="channel 1", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")


torch.manual_seed(1)
points = 5 * torch.rand(40, 2) - 2.5
_, (left, right) = pyplot.subplots(1, 2, figsize=(8, 4.2))
arrows(left, points, rms_norm(points, 1e-6), "RMS norm: everything on a circle")
arrows(right, points, layer_norm(points, 1e-6), "layer norm: only two points are left")
left.legend(loc="lower left")
pyplot.show()

# %% [markdown]
# RMS norm moves every point straight outward or inward: it keeps the *direction* and discards the *size*. A vector of
# $C$ elements with a root mean square of one has the length $\sqrt C$, so here the circle has radius $\sqrt 2$.
#
# Layer norm discards one thing more: the *mean*. Of two elements $(a, b)$ that leaves plus and minus half their
# difference, and division by its size leaves only the sign: $(1, -1)$ where $a > b$, else $(-1, 1)$.
#
# With three channels there is more room: RMS norm fills a sphere of radius $\sqrt 3$. Layer norm fills the circle in
# which that sphere is cut by the plane of all vectors with mean zero. Here both are seen from above; channel 2 is the
# height.

# %%
points = torch.randn(300, 3)
_, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.8), sharey=True)
for axes, norm, title in ((left, rms_norm, "RMS norm: a sphere"), (right, layer_norm, "layer norm: a tilted circle")):
    x, y, height = norm(points, 1e-6).T
    dots = axes.scatter(x, y, s=10, c=height, vmin=-(3**0.5), vmax=3**0.5)
    axes.set(title=title, xlabel="channel 0", aspect="equal", xlim=(-1.9, 1.9), ylim=(-1.9, 1.9))
left.set_ylabel("channel 1")
pyplot.colorbar(dots, ax=(left, right), label="channel 2")
pyplot.show()

# %% [markdown]
# So in $C$ dimensions RMS norm leaves $C - 1$ of freedom and layer norm $C - 2$. With 64 channels or 4096 the
# difference of one hardly matters, and the paper on RMS norm (Zhang and Sennrich 2019,
# [arXiv:1910.07467](https://arxiv.org/abs/1910.07467), section 4) suggests that it is the fixed size that helps in
# training, and not the mean of zero. Here is what each of them is invariant to, on a vector of 64 elements:

# %%
x = torch.randn(64)
changes = {"twice as large": 2 * x, "0.001 times": x / 1000, "plus one": x + 1, "less its mean": x - x.mean()}
print(f"{'':16}{'RMS norm moves by':>20}{'layer norm moves by':>22}")
for name, changed in changes.items():
    moved = [(norm(changed, 1e-12) - norm(x, 1e-12)).norm() for norm in (rms_norm, layer_norm)]
    print(f"{name:16}{moved[0]:20.4f}{moved[1]:22.4f}")
print(f"\nlength of rms_norm(x): {rms_norm(x, 1e-12).norm():.4f}, the root of 64")
difference = (layer_norm(x, 1e-12) - rms_norm(x - x.mean(), 1e-12)).abs().max()
print(f"layer_norm(x) differs from rms_norm(x - mean) by at most {difference:.6f}")

# %% [markdown]
# The last line is worth remembering: **layer norm is RMS norm of what is left when the mean is gone.** (Ba et al.
# 2016, [arXiv:1607.06450](https://arxiv.org/abs/1607.06450), section 5.1, lists what layer norm is invariant to.)
#
# ## One big channel squeezes all others
#
# All channels are divided by the same size: if one is huge, it takes up nearly all of the length $\sqrt C$, and
# little is left for the others. Large language models do have such channels, some of them thousands of times larger
# than the rest (Sun et al. 2024, *Massive Activations*, [arXiv:2402.17762](https://arxiv.org/abs/2402.17762)).
#
# **Before you look:** 63 channels are of size one, and one is 30. How large is it after the norm, and how large are
# the others? The right panel also has dynamic tanh (Zhu et al. 2025,
# [arXiv:2503.10622](https://arxiv.org/abs/2503.10622)), which takes the place of a norm but acts on every element by
# itself. What will its line be?

# %%
torch.manual_seed(2)
others = rms_norm(torch.randn(63), 1e-6)
outliers = torch.logspace(0, 3, 61)
dynamic_tanh = code.normalizations.dyt.DyT(64, 1e-6)
KINDS = {"RMS norm": rms_norm, "layer norm": layer_norm, "dynamic tanh": lambda x, eps: dynamic_tanh(x).detach()}


def with_outlier(size):
    return torch.cat((size * torch.ones(1), others))


def draw_outlier(outlier):
    _, (left, right) = pyplot.subplots(1, 2)
    left.bar(range(64), rms_norm(with_outlier(outlier), 1e-6), color="black")
    left.set(title=f"RMS norm, channel 0 was {outlier:.3g}", xlabel="channel", ylabel="after the norm", ylim=(-3, 8.2))
    for name, norm in KINDS.items():
        right.loglog(outliers, [norm(with_outlier(size), 1e-6)[1:].std(correction=0) for size in outliers], label=name)
    right.axvline(outlier, color="0.7", linestyle="-", zorder=0)
    right.set(title="what is left of the others", xlabel="size of channel 0", ylabel="std of channels 1 to 63")
    right.legend()
    pyplot.show()


draw_outlier(outlier=30)

# %%
_ = interact(draw_outlier, outlier=FloatLogSlider(30, min=0, max=3, step=0.1))
# %% [markdown]
# However large channel 0 gets, after the norm it cannot pass $\sqrt{64} = 8$, the length of the whole vector. The
# others shrink as one over its size, and for both norms alike (their lines lie on each other): the *sum* of squares
# is fixed, so what one channel takes, the others lose. Dynamic tanh squashes the large element and leaves all others
# as they are.
#
# **Try this.** At which size of channel 0 are the others squeezed to half of what they were? (Their squares sum to 63
# at first. What must the square of channel 0 be for the sum over all 64 to be four times 64?) The norms with learned
# weights, `RMSNorm` and `LayerNorm`, multiply every channel by a weight of its own at the end. Why can that make up
# for a channel that is *always* too large, and not for one that is so for a few tokens only?
#
# ## Near zero: eps
#
# A vector of zeros has no direction, and 0/0 is no number. Therefore a small number, eps, stands inside the root:
#
# $$y = \frac{x}{\sqrt{\mathrm{mean}(x^2) + \varepsilon}}$$
#
# It decides where a norm stops being one. **Before you look:** at which size of the input does eps begin to matter?
# At $\varepsilon$ itself?
#
# The right panel shows the backward pass: a gradient of fixed size arrives at the output of the norm. How large is it
# when it comes out at the input?

# %%
torch.manual_seed(3)
direction = rms_norm(torch.randn(64), 1e-12)
sizes = torch.logspace(-6, 2, 81)
arriving = torch.randn(64)
arriving = arriving / arriving.norm()


def there_and_back(norm, x, eps):
    """What comes out, and what the gradient `arriving` at the output has become at the input."""
    x = x.clone().requires_grad_()
    y = norm(x, eps)
    y.backward(arriving.expand_as(y))
    return y.detach(), x.grad


def draw_eps(eps):
    _, (left, right) = pyplot.subplots(1, 2)
    for eps_here, name in ((eps, f"eps = {eps:.0e}"), (1e-30, "eps = 1e-30: next to none")):
        y, gradient = there_and_back(rms_norm, sizes[:, None] * direction, eps_here)
        left.loglog(sizes, y.pow(2).mean(dim=-1).sqrt(), label=name)
        right.loglog(sizes, gradient.norm(dim=-1), label=name)
    for axes in (left, right):
        axes.axvline(eps**0.5, color="0.7", linestyle="-", zorder=0, label="the root of eps")
        axes.set_xlabel("root mean square of the input")
    left.set(title="forward: small vectors stay small", ylabel="root mean square of the output")
    right.set(title="backward: one over the size", ylabel="norm of the gradient")
    left.legend()
    pyplot.show()


draw_eps(eps=1e-6)

# %%
_ = interact(draw_eps, eps=FloatLogSlider(1e-6, min=-10, max=-1, step=1))
# %% [markdown]
# Eps stands beside the mean *square*, so it matters where the input is about as large as the *root* of eps: for
# $\varepsilon = 10^{-6}$ that is a size of 0.001. Larger vectors are normalised as if eps were not there. Smaller ones
# go smoothly to zero, and there the norm is nothing but a multiplication by $1/\sqrt\varepsilon$.
#
# Backward, a vector that was divided by its size has its gradient divided by the same: **large inputs get small
# gradients.** Double the input, and the gradient halves, along a straight line in the figure. Only eps ends it on the
# left: with next to none, a tiny vector's gradient would be a million times as large as what arrived.
#
# **Try this.** `norm_eps` is 1e-6 here (nanochat leaves it to torch: 1.2e-7), and 1e-5 in GPT-2 and Llama 2. Token
# embeddings of GPT-2 are initialised with a standard deviation of 0.02. Up to which eps are those still normalised to a
# size of about one?
#
# ## Gradients go around, never in or out
#
# You have seen the norm of the gradient. Which way does it point? A norm is invariant to the size of its input, so no
# change of the size can make the loss smaller, and the gradient has no component in that direction: it is
# *orthogonal* to the input. Layer norm is invariant to the mean too, so its gradient is also orthogonal to a vector
# of ones.

# %%
x = torch.randn(64) + 0.5
print("cosine between the gradient and ...   the input      ones")
for name, norm, size in (
    ("RMS norm", rms_norm, 1),
    ("layer norm", layer_norm, 1),
    ("RMS norm, near zero", rms_norm, 1e-4),
):
    _, gradient = there_and_back(norm, size * x, 1e-6)
    cosines = [torch.cosine_similarity(gradient, other, dim=0) for other in (x, torch.ones(64))]
    print(f"{name:36}{cosines[0]:11.4f}{cosines[1]:10.4f}")

# %% [markdown]
# (Layer norm's gradient is orthogonal to the input *and* to ones. Near zero, where eps takes over, nothing is
# orthogonal any more.)
#
# What follows from that can be seen in the plane. A loss wants the normed vector to point to the star. The arrows are
# the way that gradient descent would go from each place: they go around the origin, and shrink with the distance from
# it. The path is gradient descent from the open circle.
#
# **Before you look:** a step along a tangent. Does it bring you nearer to the origin, or farther away from it?

# %%
target = torch.tensor([0.0, 2**0.5])
start = torch.tensor([0.35, -0.6])
radius, angle = torch.cartesian_prod(torch.arange(0.7, 3, 0.5), torch.arange(0, 6.28, 0.35)).T
places = radius[:, None] * torch.stack((angle.cos(), angle.sin()), dim=-1)


def gradient_at(x):
    """Of the loss |rms_norm(x) - target|^2 / 2, for every x."""
    x = x.clone().requires_grad_()
    ((rms_norm(x, 1e-6) - target).pow(2).sum() / 2).backward()
    return x.grad


def draw_descent(learning_rate):
    path = [start]
    for _ in range(30):
        path.append(path[-1] - learning_rate * gradient_at(path[-1]))
    path = torch.stack(path)
    _, (left, right) = pyplot.subplots(1, 2, figsize=(8, 4.2), width_ratios=(1.1, 1))
    left.quiver(*places.T, *-gradient_at(places).T, angles="xy", scale_units="xy", scale=6, width=0.005, color="0.6")
    left.plot(*path.T, "-", color="black", marker=".", linewidth=1)
    left.plot(*start, "o", color="white", markeredgecolor="black")
    left.plot(*target, "*", color="#D55E00", markersize=14)
    reach = max(2.8, 1.1 * path.abs().max())
    left.set(title="every step is a tangent", xlabel="channel 0", ylabel="channel 1", aspect="equal")
    left.set(xlim=(-reach, reach), ylim=(-reach, reach))
    right.plot(path.norm(dim=-1), marker=".")
    right.set(title="so the vector only grows", xlabel="step", ylabel="length of the vector", ylim=0)
    pyplot.show()


draw_descent(learning_rate=0.1)

# %%
_ = interact(draw_descent, learning_rate=FloatLogSlider(0.1, min=-2, max=1, step=0.25))

# %% [markdown]
# A tangent leaves its circle on the outside. By Pythagoras, $|x_{new}|^2 = |x|^2 + |step|^2$: each step of gradient
# descent makes what stands before a norm larger, and the larger it is, the smaller its gradient, so the next step
# rotates it less. The norm is a learning rate schedule of its own. Ba et al. (section 5.2) say so of the weights in
# front of a norm; weight decay, which pulls those back, then acts on their learning rate rather than on the function
# that they compute (van Laarhoven 2017, [arXiv:1706.05350](https://arxiv.org/abs/1706.05350)).
#
# **Try this.** Move the learning rate to 10. The first step throws the vector far out; what happens to the later ones?
# (Without the norm, gradient descent on $|x - target|^2 / 2$ diverges at every learning rate above 2.) Then write down
# why a much too large learning rate does less harm to weights in front of a norm than to others. Notebook 4 shows where
# in a block the norm should stand, notebook 5 what a norm on queries and keys prevents.
