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
# # 9. Initialisation: how the residual stream grows with depth
#
# Before the first step, a model is nothing but its random weights. How large they are decides how large everything is
# that flows through: the residual stream in the forward pass, the gradient in the backward pass. In a deep model, a
# small mistake is made again in every layer. Nothing is trained here, but for four steps at the end.

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
from dataclasses import replace

import torch
from ipywidgets import FloatSlider, IntSlider, interact
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
source("optimization.initialization.init_gpt2", IMPL)

# %% [markdown]
# ## What is measured
#
# A plain GPT (width 64, GELU, no QK norm, no soft cap) reads 128 tokens of names, in one forward and one backward
# pass. After every block we note the *size* of the residual stream, its root mean square over all elements, and the
# norm of the gradient of the loss with respect to it. `scale` multiplies the weights that write into the stream,
# `o_proj` and `down_proj`, after initialisation.

# %%
PLAIN = GPTConfig(n_embd=64, qk_norm="off", logit_softcap=None, embedding_norm=False, activation="gelu", init="gpt2")
corpus = load_corpus("names", PLAIN.max_seq_len)
tokens, targets = corpus.windows(0, 4, PLAIN.max_seq_len, seed=0)


def made(scale=1.0, seed=0, **fields):
    """A model with initial weights."""
    torch.manual_seed(seed)
    model = code.gpt.GPT(replace(PLAIN, **fields))
    code.optimization.initialization.initialise(model)
    with torch.no_grad():
        for block in model.blocks:
            block.attn.o_proj.weight.mul_(scale)
            block.mlp.down_proj.weight.mul_(scale)
    return model


def measured(model):
    """For the embedding and the stream after every block: its size, and the norm of the gradient."""
    streams = []

    def keep(module, inputs, stream):
        stream.retain_grad()
        streams.append(stream)

    for module in (model.embedding.norm, *model.blocks):
        module.register_forward_hook(keep)
    model(tokens, targets).backward()
    sizes = [stream.detach().square().mean().sqrt().item() for stream in streams]
    return sizes, [stream.grad.norm().item() for stream in streams]


# %% [markdown]
# ## Additions: a random walk
#
# With pre-norm, every sublayer reads a vector of a fixed size, and adds what it makes of it. At first these 2L
# additions have nothing to do with each other, so their squares add up: after $n$ of them the sum is $\sqrt n$ times as
# large as one, not $n$ times. GPT-2 therefore divides the weights that write into the stream by $\sqrt{2L}$ (Radford et
# al. 2019, section 2.3: "we scale the weights of residual layers at initialization by a factor of 1/√N where N is the
# number of residual layers"). **Predict:** how much larger than the embedding is the stream at the end of 32 layers,
# with that factor, and without?


# %%
def draw_growth(n_layer, scale):
    _, axes = pyplot.subplots()
    for factor, label in ((scale, f"what writes to the stream times {scale:g}"), (1.0, "GPT-2's")):
        sizes, _ = measured(made(factor, n_layer=n_layer))
        axes.plot([size / sizes[0] for size in sizes], marker=".", label=label)
        # The first block's addition, and as many like it as there were blocks.
        added = sizes[1] ** 2 - sizes[0] ** 2
        walk = [math.sqrt(sizes[0] ** 2 + layer * added) / sizes[0] for layer in range(n_layer + 1)]
        axes.plot(walk, color="grey", linestyle=":", label=None if factor == 1.0 else "a random walk of the same steps")
    axes.set(xlabel="block", ylabel="size of the residual stream,\nembeddings", ylim=(0, None))
    axes.set_title(f"Growth over {n_layer} layers, pre-norm")
    axes.legend()
    pyplot.show()


draw_growth(n_layer=32, scale=8.0)

# %%
_ = interact(
    draw_growth, n_layer=IntSlider(32, 2, 48, continuous_update=False), scale=FloatSlider(8, min=0, max=16, step=1)
)

# %% [markdown]
# The dotted lines go on as the first block began, as a random walk. The truth stays close to them, though not exactly
# on them: what later blocks read is not quite independent of what earlier ones wrote. Without the factor ($\sqrt{2
# \cdot 32} = 8$ times larger weights), the embedding soon is a small part of what the last blocks read.
#
# **Try** `scale` 0. Then 16: is the stream at the end twice as large as with 8? And with 48 layers at 8: is it 1.5
# times as large as with 32, or less?
#
# ## Every initialisation, at every depth
#
# **Predict** the slopes before you look: which of them grow with depth, and which one stays at exactly 1?

# %%
DEPTHS = (2, 4, 8, 16, 32)
BEGINNINGS = {
    "gpt2": {"init": "gpt2"},
    "gpt2 without its factor": {"init": "gpt2"},
    "torch": {"init": "torch"},
    "deepnorm": {"init": "deepnorm"},
    "nanochat": {"init": "nanochat"},
}
_, axes = pyplot.subplots()
for name, fields in BEGINNINGS.items():
    growth = []
    for depth in DEPTHS:
        scale = math.sqrt(2 * depth) if "without" in name else 1.0
        sizes, _ = measured(made(**fields | {"scale": scale}, n_layer=depth))
        growth.append(sizes[-1] / sizes[0])
    axes.loglog(DEPTHS, growth, marker=".", label=name)
axes.set(xlabel="depth, layers", ylabel="size of the last stream,\nembeddings")
axes.set_xticks(DEPTHS, DEPTHS)
axes.minorticks_off()
axes.set_yticks((1, 2, 4, 8), (1, 2, 4, 8))
axes.set_title("How far the stream has grown at the end (pre-norm)")
axes.legend()
pyplot.show()

# %% [markdown]
# A line of slope ½ in this picture is growth with $\sqrt L$. With its factor, GPT-2's init gives about the same growth
# at every depth. DeepNorm's weights shrink only with $L^{-1/4}$, but both of the matrices on the way through a sublayer
# do, and together they shrink with $L^{-1/2}$ as well. (It was made for another block, whose stream is weighted up; see
# below.) Torch's weights know nothing of the depth. nanochat's line stays at 1, since what writes into the stream is
# zero.
#
# ## Where the norm stands
#
# Now torch's init, 32 layers, no factor, and five placements of the norm.


# %%
def draw_placements(scale):
    figure, (left, right) = pyplot.subplots(1, 2)
    for placement in ("pre", "post", "sandwich", "none", "deepnorm"):
        sizes, gradients = measured(made(scale, n_layer=32, init="torch", norm_position=placement))
        left.semilogy(sizes, label=placement)
        right.semilogy(gradients, label=placement)
    left.set(xlabel="block", ylabel="size (RMS)", title="Forward: the residual stream")
    right.set(xlabel="block", ylabel="norm", title="Backward: its gradient")
    figure.legend(*left.get_legend_handles_labels(), loc="outside right upper")
    pyplot.show()


draw_placements(scale=1.0)

# %%
_ = interact(draw_placements, scale=FloatSlider(1, min=0.25, max=3, step=0.25, continuous_update=False))

# %% [markdown]
# - **Post** and **deepnorm** norm the stream itself: its size is 1 after every block, whatever the weights.
# - **Sandwich** adds exactly 1 in each of 64 sublayers: a random walk whatever the weights, to about $\sqrt{64} = 8$.
#   Move the slider: nothing happens to its line. (Gemma's norms have a weight that can lower this; ours here has
#   none.)
# - **Pre** lies between: what is read is fixed, what is written depends on the weights.
# - **None**: what is written is in proportion to what is read. Growth feeds on itself, forward and backward. Where is
#   the slider when it no longer explodes? That value depends on the depth, and finding it is what initialisation was
#   about before there were norms (Glorot and Bengio 2010; He et al. 2015, arXiv:1502.01852, section 2.2).
#
# Where the stream grows, the gradient grows in the backward pass: a norm divides by the size of what it normed, so
# the same change of an early, small stream counts more.
#
# ## The gradient of every block
#
# Xiong et al. 2020 (arXiv:2002.04745, theorem 1) derive that post-norm's last layer has gradients of the same size in
# a model of any depth, while pre-norm's shrink with $1/\sqrt L$, since they pass the final norm of a stream that has
# grown. Is it so here?


# %%
def block_gradients(model):
    """The norm of the gradient with respect to all weights of a block, for every block."""
    model(tokens, targets).backward()
    return [torch.stack([weight.grad.norm() for weight in block.parameters()]).norm().item() for block in model.blocks]


_, (left, right) = pyplot.subplots(1, 2)
for placement in ("pre", "post", "sandwich"):
    fields = {"scale": 2.0, "init": "torch", "norm_position": placement}
    by_depth = {
        depth: torch.tensor([block_gradients(made(n_layer=depth, seed=seed, **fields)) for seed in range(3)]).mean(
            dim=0
        )
        for depth in (2, 8, 32)
    }
    left.loglog(list(by_depth), [lengths[-1] for lengths in by_depth.values()], marker=".", label=placement)
    right.semilogy(range(1, 33), by_depth[32], label=placement)
left.set(xlabel="depth, layers", ylabel="norm of the gradient\nof a block's weights", title="The last block, by depth")
right.set(xlabel="block", title="Every block of a model with 32")
for axes in (left, right):
    axes.yaxis.set_major_formatter("{x:.2g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
left.set_xticks((2, 8, 32), (2, 8, 32))
left.xaxis.set_minor_locator(pyplot.NullLocator())
left.legend()
pyplot.show()
print("from 2 to 32 layers, the last block's gradient gets")
for line in left.lines:
    lengths = line.get_ydata()
    print(f"  {lengths[-1] / lengths[0]:.2f} times as large with {line.get_label()}")

# %% [markdown]
# (Torch's init; what writes into the stream is doubled, so that the blocks have an effect; means of three seeds.) The
# direction is theirs: the deeper the model, the smaller the last gradient of pre-norm and of the sandwich, whose
# streams have grown, and post-norm's does not shrink. The size is not: sixteen times as many layers should make
# pre-norm's a quarter as large and leave post-norm's as it is. Theirs is another initialisation (Xavier's weights,
# attention that is the same for all keys) and a bound, not a value; `python -m scripts.norm_placement --xiong`
# measures a model like theirs. Within one deep model the two are opposites: pre-norm's largest gradients are in the
# first blocks, post-norm's in the last. Large gradients next to the output of an untrained model are why post-norm
# wants a warm-up, Xiong et al. conclude; `04_norm_placement` trains them.
#
# ## The loss before the first step
#
# A model that knows nothing should give every token the same probability: a loss of $\ln V$, here $\ln 27 = 3.296$
# nats. Random logits of variance $\sigma^2$ are worse by about $\sigma^2/2$, on average over many models: each is sure
# of things that it made up, and its first steps are spent on unlearning them. Here are means of eight models.

# %%
print("init       tied   loss - ln V   variance of the logits / 2")
for init in ("gpt2", "torch", "deepnorm", "nanochat"):
    for tied in (False, True):
        found = []
        for seed in range(8):
            model = made(n_layer=8, init=init, weight_tying=tied, seed=seed)
            with torch.no_grad():
                excess = model(tokens, targets) - math.log(PLAIN.vocab_size)
                found.append(torch.stack((excess, model(tokens).var(dim=-1).mean() / 2)))
        excess, half_variance = torch.stack(found).mean(dim=0).tolist()
        print(f"{init:10} {'yes' if tied else 'no':4} {excess:12.3f} {half_variance:16.3f}")

# %% [markdown]
# Tied, the embedding is also the head. The stream still resembles the embedding that it began with, so the logit of
# the token that *was just read* stands out: with torch's embeddings it is a sum of 64 products of elements of size 1.
# The model is sure that every letter comes twice, and its loss shows it. (Logits that stand out are not what the rule
# of thumb is about.) GPT-2, which is tied, makes its embeddings 50 times smaller.
#
# ## Zero initialisation: nanochat
#
# nanochat sets the head and everything that writes into the stream to zero. Its blocks are the identity, at any depth:
# the model *is* its embedding, and the loss is exactly $\ln V$. **Predict:** which weights have a gradient at all in
# the first step? In the second?

# %%
source("gpt.GPT.init_weights", IMPL)

# %%
torch.manual_seed(0)
model = code.gpt.GPT(GPTConfig())  # nanochat's own, three layers
model.init_weights()
optimizers = code.optimization.optimizers.setup_optimizers(model)
print("the norm of the gradient")
KINDS = ("embedding", "q_proj", "v_proj", "o_proj", "up_proj", "down_proj", "lm_head")
print("step    loss  " + "".join(f"{kind:>10}" for kind in KINDS))
for step in range(4):
    model.zero_grad()
    loss = model(tokens, targets)
    loss.backward()
    lengths = [
        torch.stack([weight.grad.norm() for name, weight in model.named_parameters() if kind in name]).norm().item()
        for kind in KINDS
    ]
    print(f"{step + 1:4} {loss.item():7.3f}  " + "".join(f"{length:10.4f}" for length in lengths))
    for optimizer in optimizers:
        optimizer.step()

# %% [markdown]
# The model wakes up from the top. At first only the head has a gradient: everything below it is multiplied by a head of
# zeros. Then there is a head, and what writes into the stream learns, and the embedding. Then there is something
# written, and what *reads* the stream has a gradient too. Two steps of thousands are the whole price; what is bought is
# that no depth is too deep to begin with. (Zero everything on the way, though, and it never wakes: of the two matrices
# of a sublayer, only one may be zero.) The idea is older: Zhang et al. 2019, Fixup (arXiv:1901.09321), and Bachlechner
# et al. 2020, ReZero (arXiv:2003.04887), with which networks without any norm train at great depth.
#
# **Try:** `init="nanochat"` and `norm_position="none"` in a cell of your own, with 48 layers. What does `measured` say,
# and what would the first steps of training do?
