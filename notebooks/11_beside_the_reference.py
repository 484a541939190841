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
# # 11. Your model beside the reference
#
# Two programs that compute the same model must agree in three places: in the loss while they train, in every
# activation on the way, and in the samples. This notebook puts yours beside the reference in all three, and then puts
# known mistakes into the reference, to see which of the three reveals which mistake.

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
import numpy as np
import torch
from ipywidgets import interact
from matplotlib import pyplot

from reference.presets import preset
from scripts.looking.inside import Inside
from scripts.looking.opened import opened
from scripts.looking.pictures import use_look
from scripts.looking.recording import tracing
from scripts.training.loop import train
from scripts.training.plan import Run, Schedule
from scripts.training.text.data import load_corpus
from scripts.workshop.diagnose import mistakes_of
from scripts.workshop.pieces import BY_ID
from scripts.workshop.pieces.source import Source
from scripts.workshop.pieces.splice import reference_source, splice

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
reference = opened("reference")
print(f"yours is {IMPL}, with the reference's code for what is not written yet")

# %% [markdown]
# ## The loss
#
# Both train on names, from the same initial weights, on the same batches in the same order. Predict: how far apart
# will the two losses be at the last step? If `IMPL` is `reference`, both are one program, and everything is equal to
# the last bit. Your own code may add the same terms in another order; the last digits then differ, and each step of
# the training carries that further.

# %%
config = preset("nanochat_tiny")
corpus = load_corpus("names", config.max_seq_len)
torch.manual_seed(1)
first = reference.gpt.GPT(config)
first.init_weights()
start = {name: weight.clone() for name, weight in first.state_dict().items()}


def trained(code) -> Run:
    run, schedule = Run(), Schedule(max_iters=50, eval_tokens=4096)
    train(code, config, corpus, schedule, torch.device("cpu"), run, initial_weights=start)
    return run


ours, theirs = trained(reference), trained(code)
apart = np.abs(np.subtract(theirs.losses, ours.losses))
print(f"loss on held-out names, nats per token: reference {ours.val_loss:.4f}, yours {theirs.val_loss:.4f}")
print(f"largest difference of two training losses: {apart.max():.1e}")

# %%
ZERO = 1e-9  # on a logarithmic axis, zero has no place: it is drawn here

figure, (left, right) = pyplot.subplots(1, 2)
left.plot(ours.losses, label="reference", linewidth=3, alpha=0.4)
left.plot(theirs.losses, label="yours")
left.set(xlabel="step", ylabel="loss, nats per token", title="One curve should lie on the other")
left.legend()
right.semilogy(np.maximum(apart, ZERO), "k.")
right.axhline(torch.finfo(torch.float32).eps, linestyle=":", color="black")
right.text(0, 1.4e-7, "last digit of float32", fontsize="small")
right.set(xlabel="step", ylabel="difference, nats per token", ylim=(ZERO / 2, 10))
right.set_title("and their difference stay near rounding")
pyplot.show()

# %% [markdown]
# A dot on the lowest line is a difference of zero. Dots that begin near the dotted line and climb slowly are
# rounding; a first dot far above it is another function. `learn compare` does the same with a yardstick: how far a
# change of the last digit in the initial weights carries.
#
# ## Every activation
#
# Now one name goes through both models, with the weights the reference has learned. `scripts.looking.recording` stops
# at every function of the model and records what it returns (`python -m scripts.trace` prints all of it). Functions
# of the same name in the same module are compared. What they call their variables on the way is their own affair.

# %%
tokens = [corpus.tokenizer.boundary, *corpus.tokenizer.encode("emmanuelle")]


def model_of(code):
    model = code.gpt.GPT(config)
    model.load_state_dict(ours.weights)
    return model.eval()


def returned(code) -> dict:
    """What every function returns, by module, function and the how-many-th of its calls there; and each one's layer."""
    results = {}

    def look(row, tensor):
        if row.name == "return":
            calls = sum(key[:2] == (row.module, row.function) for key in results)
            results[row.module, row.function, calls] = row.layer, tensor.double().clone()

    model = model_of(code)
    with torch.no_grad(), tracing(model, look):
        model(torch.tensor([tokens]))
    return results


def differences(code) -> list:
    """In the order of the reference's pass: layer, module, function, and how far its results are apart, relative to
    the largest magnitude."""
    right, found = returned(reference), returned(code)
    rows = []
    for key, (layer, truth) in right.items():
        if key in found and found[key][1].shape == truth.shape:
            gap = (found[key][1] - truth).abs().max() / truth.abs().max().clamp(min=1e-30)
            rows.append((layer, *key[:2], gap.item()))
    return rows


def draw(code, title: str) -> None:
    rows = differences(code)
    _, axes = pyplot.subplots()
    axes.semilogy([max(gap, ZERO) for *_, gap in rows], "k.")
    axes.axhline(torch.finfo(torch.float32).eps, linestyle=":", color="black")
    starts = [place for place in range(1, len(rows)) if rows[place][0] != rows[place - 1][0]]
    for place in starts:
        axes.axvline(place - 0.5, color="grey", linewidth=0.8)
        name = "after" if rows[place][0] is None else f"layer {rows[place][0]}"
        axes.text(place, 20, name, fontsize="small", va="top")
    axes.set(xlabel="function, in order of execution", ylabel="difference, relative to the largest", title=title)
    axes.set_ylim(ZERO / 2, 50)
    pyplot.show()
    wrong = [row for row in rows if row[3] > 1e-4]
    if wrong:
        _, module, function, gap = wrong[0]
        print(f"The first that is more than rounding: {function} in {module or 'the model'}, by {gap:.2g}.")
    else:
        print(f"All {len(rows)} results agree to rounding; {sum(row[3] == 0 for row in rows)} are equal bit by bit.")


draw(code, "Yours and the reference, function by function")

# %% [markdown]
# ## Known mistakes
#
# So far you may have seen two equal programs. What does the comparison look like when they are not? The project has a
# catalogue of mistakes, as people really make them. Here are four, each put into the reference. Before you look:
# which of them ends with the *lowest* loss? Which one changes the activations, and yet is no worse?


# %%
def with_mistake(id: str, name: str):
    """The reference with one mistake of the catalogue in it."""
    piece, given = BY_ID[id], reference_source(BY_ID[id].module)
    (mistake,) = (each for each in mistakes_of(piece) if each.name == name)
    text = given.with_function(piece.qualname, mistake.put_into(given.text_of(piece.qualname)))
    return splice([piece], {piece.module: Source(text, given.path)})


MISTAKES = {
    "one token of the future visible": with_mistake("attention.causal_mask", "one token of the future visible"),
    "scores not scaled": with_mistake("attention.manual_attention", "no scale"),
    "rotary rotated backwards": with_mistake("positions.apply_rotary", "rotated backwards, as nanochat does"),
    "divided by C - 1": with_mistake("norms.rms_norm", "unbiased: divided by C - 1"),
}


def draw_mistake(mistake: str) -> None:
    draw(MISTAKES[mistake], f"The reference and the reference with a mistake: {mistake}")


draw_mistake("scores not scaled")

# %%
_ = interact(draw_mistake, mistake=list(MISTAKES))

# %% [markdown]
# Everything before the first wrong function lies on the line of zero, and everything that reads its result is off: this
# is why a check of one piece says more than the loss of the whole. Try: at which function does each of the four begin,
# and does the difference grow or shrink from layer to layer?
#
# The residual stream, in which all layers write, sums that up. Its norm, mean over the tokens, after every sublayer:


# %%
def stream_of(code) -> list:
    inside = Inside()
    inside.go_through(model_of(code), tokens)
    return [norms.mean().item() for _, norms in inside.stream]


figure, axes = pyplot.subplots()
axes.plot(stream_of(reference), label="reference", linewidth=3, alpha=0.4)
axes.plot(stream_of(code), label="yours")
for mistake, wrong in MISTAKES.items():
    axes.plot(stream_of(wrong), marker=".", label=mistake)
axes.set(xlabel="sublayers passed (attention and MLP, alternating)", ylabel="norm, mean over tokens")
axes.set_title("The residual stream, with the reference's weights")
axes.legend()
pyplot.show()

# %% [markdown]
# ## What the loss does not tell
#
# Three of the mistakes now train from the first step on, so that the weights can get used to them.

# %%
runs = {"reference": ours, **{mistake: trained(MISTAKES[mistake]) for mistake in list(MISTAKES)[:3]}}
smooth = np.ones(8) / 8

figure, axes = pyplot.subplots()
for name, run in runs.items():
    axes.plot(np.convolve(run.losses, smooth, "valid"), label=f"{name}: {run.val_loss:.3f} held out")
axes.set(xlabel="step", ylabel="loss, nats per token, mean of 8 steps", title="Which of these is wrong?")
axes.legend()
pyplot.show()

# %%
width = 2 + max(map(len, [*runs, "yours"]))
for name, run in {"yours": theirs, **runs}.items():
    print(f"{name:{width}}{' '.join(map(repr, run.samples[:5]))}")

# %% [markdown]
# The lowest loss is the worst mistake: a model that attends to the next token need not predict it. During sampling
# there is no next token to attend to, and the samples show that.
#
# The other curves lie so close together that neither of the two mistakes could be recognised by its loss alone. That
# is not because they do nothing, as the activations have shown. Rotary positions rotated backwards are no worse: to
# rotate the other way is to exchange the halves of what is rotated, a relabelling of the rows of the projections.
# (RoFormer, arXiv:2104.09864, equation 34, rotates one way, nanochat the other.) But weights cannot be exchanged
# between the two. And scores that are not scaled are larger, by the root of the head's size (Vaswani et al. 2017,
# arXiv:1706.03762, section 3.2.1, say what that does to a softmax); where queries and keys are normed, as here, they
# stay bounded all the same, and the model learns.
#
# So trust no loss that looks right, and mistrust one that looks too good. Compare activations, one function at a time.
#
# Try: put `learn` or the folder of a copy into `IMPL`, change one line of a piece there, and run all cells again. Is it
# the loss, the activations or the names that tell you first?
