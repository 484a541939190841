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
# # 16. Streams: from ReZero to mHC
#
# A residual connection adds what a layer computes to what was there. How strongly, and to what, has been asked again
# and again: ReZero begins with nothing added; hyper-connections keep several streams and *mix* them by a matrix; mHC
# makes that matrix one that cannot explode; attention residuals let every layer choose among all that earlier ones
# have added; nGPT keeps the stream on a sphere. This notebook shows what these do to the stream and to its gradient,
# layer by layer.

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

from reference.config import GPTConfig
from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
source("placements.rezero.ReZeroBlock.forward", IMPL)

# %% [markdown]
# ## One stream, one number
#
# $x + \alpha\, f(x)$: with $\alpha = 0$ a block is the identity, and the signal and its gradient pass any number of
# them unchanged. **Predict:** for which $\alpha$ does a stream without any norm explode in 24 layers? Here are random
# linear layers as wide as the stream, each of which keeps the size of what it reads.


# %%
def draw_alpha(alpha: float = 0.3, layers: int = 24) -> None:
    generator = torch.Generator().manual_seed(0)
    x, sizes = torch.randn(64, 128, generator=generator), [1.0]
    for _ in range(layers):
        x = x + alpha * x @ (torch.randn(128, 128, generator=generator) / 128**0.5)
        sizes.append(x.pow(2).mean().sqrt().item())
    _, axes = pyplot.subplots(figsize=(6, 2.8))
    axes.plot(range(layers + 1), sizes, "ko-", label="measured")
    predicted = [(1 + alpha**2) ** (layer / 2) for layer in range(layers + 1)]
    axes.plot(range(layers + 1), predicted, color="#D55E00", label=r"$(1 + \alpha^2)^{l/2}$")
    axes.set(xlabel="layer", ylabel="root mean square", yscale="log", title=f"alpha = {alpha:.2f}")
    axes.legend(fontsize=8)
    pyplot.show()


draw_alpha()

# %%
_ = interact(draw_alpha, alpha=FloatSlider(0.3, min=0, max=1, step=0.05), layers=IntSlider(24, min=4, max=96, step=4))

# %% [markdown]
# ## Several streams, and a matrix between them
#
# Hyper-connections keep $n$ streams. A sublayer reads one mixture of them; what it computes is written to all, and the
# streams are mixed by a matrix $M$: through $L$ layers a signal passes the **product** of their matrices.

# %%
source("placements.streams.hyper_connections.HyperBlock.forward", IMPL)

# %% [markdown]
# $M$ is the identity at first, and nothing holds it there. Below are matrices that have moved away from it at random,
# and the size of their product: the largest factor by which a signal grows on its way. mHC passes the logits of every
# matrix through **Sinkhorn's iteration**: rows and columns are divided by their sums in turn, until both are one.
# **Predict:** how large can the product of such matrices be?

# %%
source("placements.streams.mhc.sinkhorn", IMPL)


# %%
def products(drift: float, layers: int, n: int, constrained: bool, iters: int = 20):
    """The largest singular value of the product of the first 1 ... L matrices."""
    generator = torch.Generator().manual_seed(1)
    product, found = torch.eye(n, dtype=torch.float64), []
    for _ in range(layers):
        matrix = torch.eye(n, dtype=torch.float64) + drift * torch.randn(n, n, generator=generator, dtype=torch.float64)
        if constrained:
            matrix = code.placements.streams.mhc.sinkhorn(4 * matrix, iters)
        product = matrix.mT @ product
        found.append(torch.linalg.matrix_norm(product, 2).item())
    return product, found


def draw_products(drift: float = 0.2, layers: int = 60, n: int = 4, iters: int = 20) -> None:
    _, (sizes, *pictures) = pyplot.subplots(1, 3, figsize=(10, 3), width_ratios=(1.6, 1, 1))
    for axes, name, constrained in zip(pictures, ("as it is", "by Sinkhorn"), (False, True), strict=True):
        product, found = products(drift, layers, n, constrained, iters)
        sizes.plot(range(1, layers + 1), found, color="black" if constrained else "#D55E00", label=name)
        limit = product.abs().max()
        axes.imshow(product, cmap="RdBu", vmin=-limit, vmax=limit)
        axes.set(title=f"product, {name}", xlabel=f"largest entry {limit:.2g}", xticks=[], yticks=[])
        axes.grid(False)
    sizes.set(title="how much a signal can grow", xlabel="layers", yscale="log", ylabel="largest singular value")
    sizes.legend(fontsize=8)
    pyplot.show()


draw_products()

# %% [markdown]
# Matrices whose rows and columns sum to one and whose entries are not negative are averages: a product of averages is
# an average, so that its largest singular value is one, whatever the depth. It tends to the matrix whose entries are
# all $1/n$. **Try this:** one iteration only, where the columns are right and the rows are not.

# %%
_ = interact(
    draw_products,
    drift=FloatSlider(0.2, min=0, max=0.6, step=0.05),
    layers=IntSlider(60, min=4, max=120, step=4),
    n=IntSlider(4, min=2, max=8),
    iters=IntSlider(20, min=1, max=20),
)

# %% [markdown]
# ## Attention over depth
#
# Attention residuals keep what the layers have added as a list of sums, and a learned query per sublayer chooses among
# them by a softmax. With a query of zeros it is a plain mean.

# %%
source("placements.streams.attn_res.AttentionResidual.forward", IMPL)


# %%
def draw_choice(length: float = 4.0) -> None:
    generator = torch.Generator().manual_seed(2)
    residual = code.placements.streams.attn_res.AttentionResidual(GPTConfig(n_embd=64))
    sums = torch.randn(1, 1, 8, 64, generator=generator) * torch.arange(1, 9)[:, None]
    _, axes = pyplot.subplots(figsize=(6, 2.6))
    with torch.no_grad():
        # The query points to the third sum.
        residual.query.copy_(length * sums[0, 0, 2] / sums[0, 0, 2].norm())
        keys = code.norms.rms_norm(sums, residual.norm_eps)
        weights = (keys @ residual.query / 8).softmax(dim=-1)[0, 0]
        mixture = residual(sums)
    assert torch.allclose(mixture, (weights[:, None] * keys[0, 0]).sum(dim=0), atol=1e-5)
    axes.bar(range(1, 9), weights, color="#56B4E9")
    axes.set(xlabel="sum, from the first on; each longer than the last", ylabel="its weight", ylim=(0, 1))
    axes.set_title(f"a query of length {length:g} that points to the third")
    pyplot.show()


draw_choice()

# %% [markdown]
# The sums grow from left to right, eight times in all, and the weights do not: they are normed before they are
# compared, and before they are mixed. **Try this:** how long has the query to be before nearly all comes from one
# layer?

# %%
_ = interact(draw_choice, length=FloatSlider(4.0, min=0, max=40, step=1))

# %% [markdown]
# ## The whole model, layer by layer
#
# Sixteen layers, random weights, one text: the size of the stream behind every layer, and of the loss's gradient
# there. Of several streams, or sums, the root mean square over all. **Predict:** which of them stay level in both
# directions?

# %%
KINDS = {
    "pre-norm": {},
    "ReZero": {"norm_position": "rezero"},
    "hyper-connections": {"residual_stream": "hyper_connections"},
    "mHC": {"residual_stream": "mhc"},
    "attention residuals": {"residual_stream": "attention_residuals", "layers_per_sum": 4},
    "nGPT": {"norm_position": "ngpt", "normalization": "l2norm"},
}


def by_layer(depth: int = 16, **fields):
    """Behind each layer: the root mean square of the stream, and of the gradient there."""
    torch.manual_seed(0)
    model = code.gpt.GPT(GPTConfig(n_layer=depth, init="torch", **fields))
    code.optimization.initialization.initialise(model)
    tokens, kept = torch.randint(27, (8, 32)), []

    def keep(block, arguments, x) -> None:
        x.retain_grad()
        kept.append(x)

    for block in model.blocks:
        block.register_forward_hook(keep)
    model(tokens, tokens.roll(-1, dims=1)).backward()
    # The last layer's streams come together in it.
    return [[part.pow(2).mean().sqrt().item() for part in parts] for parts in (kept, [x.grad for x in kept])]


_, (stream, gradient) = pyplot.subplots(1, 2, figsize=(10, 3.5))
for name, fields in KINDS.items():
    sizes, gradients = by_layer(**fields)
    stream.plot(range(1, len(sizes) + 1), sizes, label=name)
    gradient.plot(range(1, len(gradients) + 1), gradients, label=name)
stream.set(title="the stream", xlabel="layer", ylabel="root mean square", yscale="log")
gradient.set(title="the gradient there", xlabel="layer", yscale="log")
stream.legend(fontsize=7)
pyplot.show()

# %% [markdown]
# ReZero is the identity before the first step, so that its lines are flat. nGPT's stream has the length one, a root
# mean square of $1/\sqrt{64}$, in every layer; its gradients lie on ReZero's. The last point of those with several
# streams is one vector again: the streams come together in the last layer.
#
# `python -m scripts.train --residual_stream mhc`, `--norm_position ngpt` and the like train each of them; `python -m
# scripts.ablate --axis residual_stream` compares some.
