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
# # 8. The KV cache and decoding
#
# A model generates one token at a time. To sample the next one it needs one row of logits, that of the last token.
# Yet `generate` runs the whole text through the model for it, every time. This notebook counts what that costs, shows
# what can be kept instead, and why it may be kept; then what can be done with the logits that come out.

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
import time
from dataclasses import replace

import torch
from IPython.display import Markdown
from ipywidgets import FloatSlider, IntSlider, SelectionSlider, interact
from matplotlib import pyplot
from torch.utils.flop_counter import FlopCounterMode

from reference.config import GPTConfig
from scripts.looking.opened import opened, source
from scripts.looking.pictures import use_look
from scripts.training.text.data import load_corpus

use_look()
torch.set_num_threads(1)

# %%
IMPL = "reference"  # or "learn": your own code, where you have written it
code = opened(IMPL)
source("decoding.generation.generate", IMPL)

# %% [markdown]
# ## What is computed again and again
#
# Here is an example model, with random initial weights that are nonzero in every matrix (nanochat starts with output
# projections of zero, through which nothing would pass). With $T$ tokens in the text, a step without a cache pushes
# all of them through every matrix and lets each attend to all before it. A step with a cache does so for one.
#
# **Predict** the two curves: how does the work of a step grow with the text, without a cache and with one? The marks
# are counted while the code runs, matrix product by matrix product. The lines follow from the shapes: $N$ weights,
# each multiplied with every token in the input, and $M$ products for each pair of a query and a key, over all layers.

# %%
CONFIG = GPTConfig(max_seq_len=512, n_layer=2, n_head=4, n_embd=128)


def random_model(config: GPTConfig):
    torch.manual_seed(0)
    model = code.gpt.GPT(config).eval().requires_grad_(False)
    for weight in model.parameters():
        weight.normal_(std=0.1)
    return model


def products(function) -> float:
    """Millions of multiplications (with their additions) in the matrix products of a call."""
    with FlopCounterMode(display=False) as counter:
        function()
    return counter.get_total_flops() / 2e6


model = random_model(CONFIG)
text = torch.randint(27, (1, 512))
N = sum(module.weight.numel() for module in model.modules() if isinstance(module, torch.nn.Linear)) / 1e6
M = sum(block.attn.macs_per_score for block in model.blocks) / 1e6

every, lengths = range(1, 513), [1, 16, 64, 128, 256, 384, 512]
without, with_cache = [], []
for T in lengths:
    without.append(products(lambda T=T: model(text[:, :T])))
    cache = code.decoding.cache.KVCache(CONFIG)
    if T > 1:
        model(text[:, : T - 1], cache=cache)
    with_cache.append(products(lambda T=T, cache=cache: model(text[:, T - 1 : T], cache=cache)))

_, axes = pyplot.subplots()
axes.plot(every, [T * N + T * T * M for T in every], color="black", label="$T\\,N + T^2 M$")
axes.plot(lengths, without, "o", color="black", label="without a cache, counted")
axes.plot(every, [N + T * M for T in every], "--", color="#0072B2", label="$N + T\\,M$")
axes.plot(lengths, with_cache, "s", color="#0072B2", label="with a cache, counted")
axes.set(title="The work of one step", xlabel="tokens in the text, $T$", ylabel="million multiplications", yscale="log")
axes.legend()
pyplot.show()
print(
    f"the last step: {without[-1] / with_cache[-1]:.0f} times the work; all 512 together about "
    f"{sum(T * N + T * T * M for T in every) / sum(N + T * M for T in every):.0f} times"
)

# %% [markdown]
# With $T$ tokens in the text, a step without a cache is exactly $T$ times as much work. (Half of the $T^2$ pairs lie
# in the future; `scored_attention` computes them all the same, and hides them. Kernels that skip them save half of
# that term.)
#
# ## Why it may be kept
#
# The key and the value of a token depend on the token, its position, and what came before; never on what comes after,
# since no token attends to later ones. So they are the same however the text goes on. **Check it:** the keys that the
# last layer caches for the first 20 tokens, once when these are the whole text and once when 30 others follow.

# %%
short, long = code.decoding.cache.KVCache(CONFIG), code.decoding.cache.KVCache(CONFIG)
model(text[:, :20], cache=short)
model(text[:, :50], cache=long)
key_of_20, key_of_50 = short.layers[-1].slots[0][0, :20], long.layers[-1].slots[0][0, :20]
print(f"keys of the last layer: {tuple(key_of_20.shape)} = tokens, heads, head_dim")
print(f"with and without the tokens that follow, they differ by {(key_of_20 - key_of_50).abs().max():.0e} at most,")
print(f"and are of the size {key_of_20.square().mean().sqrt():.1f}")

# %% [markdown]
# Queries are not cached. Why not? Which step would ever need the query of an earlier token?
#
# ## Two caches
#
# A cache is a table of slots, and a rule which token goes into which slot. Without a window every position has its
# own. A layer that attends only to the last $W$ tokens needs $W$ slots: the slot of what has just left the window is
# free.

# %%
source("decoding.cache.ContiguousCache.update", IMPL)

# %%
source("decoding.cache.RollingCache.update", IMPL)

# %% [markdown]
# To see where everything goes, let every token's entry be its own position, and hand in five tokens at once (a
# prompt), then one after the other. **Predict** what stands in the four slots of the rolling cache after the prompt.


# %%
def draw_slots(slots: int = 4, prompt: int = 5, length: int = 12) -> None:
    _, panels = pyplot.subplots(1, 2, width_ratios=[length, slots])
    steps = [range(prompt), *(range(t, t + 1) for t in range(prompt, length))]
    caches = code.decoding.cache.ContiguousCache(length), code.decoding.cache.RollingCache(slots)
    for axes, cache in zip(panels, caches, strict=True):
        table = torch.full((len(steps), cache.capacity), float("nan"))
        for step, new in enumerate(steps):
            position = torch.tensor([list(new)])
            # One more than the position, since a slot that holds nothing is zero.
            cache.update(position, 1.0 + position[..., None])
            for slot, entry in enumerate(cache.slots[0][0, :, 0].tolist()):
                if entry:
                    table[step, slot] = 1.0 if entry - 1 in new else 0.0
                    axes.text(slot, step, f"{entry - 1:.0f}", ha="center", va="center", fontsize=8)
        axes.imshow(table, vmin=-0.5, vmax=2.5, cmap="Blues", aspect="auto")
        axes.set(title=f"{type(cache).__name__}({cache.capacity})", xlabel="slot", ylabel="tokens read")
        axes.set_xticks(range(cache.capacity))
        axes.set_yticks(range(len(steps)), [new.stop for new in steps])
        axes.grid(False)
    pyplot.show()


draw_slots()

# %% [markdown]
# Each row is the cache after one call, the number in a slot is the position that it holds, and what is new is dark.
# The rolling cache dropped token 0 at once. Nothing is ever moved: position modulo capacity says where a token goes.
# (And in the call with the prompt, tokens 0 to 3 could still be attended to within the window: `update` returns the
# new tokens beside the old slots.)
#
# **Try this:** which slot is next when there are five? What is in the rolling cache when it has as many slots as there
# are tokens?

# %%
_ = interact(draw_slots, slots=IntSlider(4, 1, 12), prompt=IntSlider(5, 1, 11), length=IntSlider(12, 12, 20))

# %% [markdown]
# ## Nothing changes but the work
#
# A text of 24 tokens, cut in two at every place there is: the first part goes into an empty cache, then the rest in
# one call. The logits must be those of a single pass without a cache, to rounding. So must those of 24 calls with a
# token each. The last column is measured from the cache's own tensors.

# %%
SMALL = GPTConfig(n_layer=2, qk_norm="off")
KINDS = {
    "4 key/value heads": {},
    "1 key/value head": {"n_kv_head": 1},
    "window of 8": {"attention_window": "8"},
    "latent": {"attention_type": "latent"},
}


def in_parts(model, tokens, *sizes: int):
    """The logits of a text that is read in parts, and the cache of its keys and values."""
    cache = code.decoding.cache.KVCache(model.config)
    return torch.cat([model(part, cache=cache) for part in tokens.split(sizes, dim=1)], dim=1), cache


table = [
    "| attention | off by, any split | off by, one by one | size of the logits | bytes a token and layer |",
    "|:--|--:|--:|--:|--:|",
]
tokens = text[:, :24]
for kind, changes in KINDS.items():
    small = random_model(replace(SMALL, **{"n_kv_head": None} | changes))
    whole = small(tokens)
    split = max((in_parts(small, tokens, k, 24 - k)[0] - whole).abs().max() for k in range(1, 24))
    single, cache = in_parts(small, tokens, *[1] * 24)
    size = cache.layers[0].bytes_per_token()
    table.append(f"| {kind} | {split:.0e} | {(single - whole).abs().max():.0e} | {whole.std():.1f} | {size} |")
Markdown("\n".join(table))

# %% [markdown]
# A window does not make an entry smaller; it makes fewer of them. What the latent is, and what it costs, is notebook
# 7.
#
# ## Prompts of different lengths
#
# Three texts are read as one batch, filled up at their *ends*. What was filled up gets keys like everything else. It
# is not erased: `crop` says how long each text really is, and what lies behind that is in the future of all and
# therefore masked, until the next token overwrites it. Again the entries are the tokens themselves, so that the slots
# can be read.

# %%
corpus = load_corpus("names", 64)
tokenizer = corpus.tokenizer
names = [torch.tensor(tokenizer.encode(name)) for name in ("anna", "jo", "eliza")]
padded = torch.nn.utils.rnn.pad_sequence(names, batch_first=True, padding_value=tokenizer.boundary)
following = torch.tensor([tokenizer.encode(letters) for letters in ("bel", "hna", "bet")])

cache = code.decoding.cache.KVCache(replace(SMALL, max_seq_len=10))
_, panels = pyplot.subplots(1, 3, sharey=True, figsize=(8, 2.4))


def draw_letters(axes, title: str) -> None:
    letters = cache.layers[0].slots[0][..., 0].int()
    read = torch.arange(letters.size(1)) < cache.length[:, None]
    axes.imshow(read.float(), vmin=0, vmax=3, cmap="Blues", aspect="auto")
    for sequence, slot in (letters > 0).nonzero().tolist():
        letter = letters[sequence, slot].item() - 1
        shown = "·" if letter == tokenizer.boundary else tokenizer.decode([letter])
        axes.text(slot, sequence, shown, ha="center", va="center", color="black" if read[sequence, slot] else "0.4")
    axes.set(title=title, xlabel="slot", yticks=range(3), xticks=range(10))
    axes.grid(False)


def remember(tokens) -> None:
    cache.layers[0].update(cache.append(tokens), 1.0 + tokens[..., None])


remember(padded)
draw_letters(panels[0], "read as one batch")
cache.crop(torch.tensor([len(name) for name in names]))
draw_letters(panels[1], "cropped")
for step in range(3):
    remember(following[:, step : step + 1])
draw_letters(panels[2], "three tokens later")
panels[0].set_ylabel("text")
pyplot.show()

model_logits, _ = code.decoding.streaming.prefill(model, names)
alone = torch.cat([model(name[None])[:, -1] for name in names])
print(f"together and each alone, the logits differ by {(model_logits - alone).abs().max():.0e} at most")

# %% [markdown]
# Why at the end, and not in front? What would the first token's position be?
#
# ## By the clock
#
# `generate_stream` is `generate` with a cache. For texts of several lengths, the time that each needs for one more
# token, in steps with a cache behind the shortest text. A step also has some hundred calls into torch, whatever there
# is to do, so a model as small as this one gains less than the count above promises.

# %%
lengths = [16, 64, 128, 256, 384, 500]


def seconds(function, repeats: int = 5) -> float:
    """Of a call: the least of several, since other programs only ever add to it."""
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        found.append(time.perf_counter() - started)
    return min(found)


whole, cached = [], []
for T in lengths:
    whole.append(seconds(lambda T=T: code.decoding.generation.generate(model, text[:, :T], 1), repeats=3))
    writer = code.decoding.streaming.generate_stream(model, list(text[:, :T]), 10)
    next(writer)  # reads the prompt
    cached.append(seconds(lambda writer=writer: next(writer)))

_, axes = pyplot.subplots()
axes.plot(lengths, [step / cached[0] for step in whole], marker="o", label="generate: the whole text")
axes.plot(lengths, [step / cached[0] for step in cached], marker="s", label="generate_stream: what is new")
axes.set(
    title="How long a step takes", xlabel="tokens in the text", ylabel="in shortest steps with a cache", ylim=(0, None)
)
axes.legend()
pyplot.show()

# %% [markdown]
# ## What to sample
#
# From here on we need a model that knows something. A small one, trained on first names for a few seconds, and a
# smaller one for later.


# %%
def trained(steps: int, **sizes: int):
    """A nanochat that has seen so many batches of names."""
    torch.manual_seed(0)
    model = code.gpt.GPT(GPTConfig(max_seq_len=64, **sizes))
    code.optimization.initialization.initialise(model)
    optimizers = code.optimization.optimizers.setup_optimizers(model)
    for step in range(steps):
        model(*corpus.windows(8 * step, 8, 64, seed=0)).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    model = model.eval().requires_grad_(False)
    loss = model(*corpus.validation(64, 8192)).item()
    print(
        f"n_layer {sizes['n_layer']}, n_embd {sizes['n_embd']}: {loss:.2f} nats per token on names that it has not seen"
    )
    return model


big = trained(150, n_layer=2, n_head=4, n_embd=64)
draft = trained(80, n_layer=1, n_head=2, n_embd=32)

# %% [markdown]
# What comes out of the model is a distribution. Four parameters change it before the next token is sampled: the
# temperature divides the logits; top-k keeps the $k$ most likely tokens ([Fan et al.
# 2018](https://arxiv.org/abs/1805.04833)); top-p the fewest whose probabilities sum to $p$ ([Holtzman et al.
# 2020](https://arxiv.org/abs/1904.09751), section 3.1); min-p those at least $p$ times as likely as the most likely one
# ([Nguyen et al. 2024](https://arxiv.org/abs/2407.01082)).


# %%
def after(model, prefix: str):
    """The logits of what follows the beginning of a name, (1, V)."""
    return model(torch.tensor([[tokenizer.boundary, *tokenizer.encode(prefix)]]))[:, -1]


def letter(token: int) -> str:
    return "end" if token == tokenizer.boundary else tokenizer.decode([token])


def draw_distribution(prefix: str, temperature: float = 1.0, top_k: int = 27, top_p: float = 1.0, min_p: float = 0.0):
    logits = after(big, prefix)
    order = logits[0].argsort(descending=True)
    p = code.decoding.sampling.sampling_distribution(logits, temperature, top_k, top_p, min_p or None)[0]
    _, axes = pyplot.subplots()
    axes.bar(range(27), p[order], color="#56B4E9", label="sampled from")
    axes.step(range(27), logits.softmax(dim=-1)[0, order], where="mid", color="black", label="the model's own")
    axes.set(title=f"After “{prefix}”: {(p > 0).sum()} of 27 can come", xlabel="next token", ylabel="probability")
    axes.set_xticks(range(27), [letter(token) for token in order.tolist()])
    axes.legend()
    pyplot.show()


draw_distribution("mar", temperature=1.5, top_p=0.9)

# %% [markdown]
# **Try this.** Set top-p to 0.9 and go through the prefixes: how many letters stay? Do the same with top-k at 5: when
# does it keep too many, when too few? Raise the temperature to 2 with min-p at 0.1, then with top-p at 0.9: which of
# them lets the long tail in? (Temperature comes first here; other programs may apply the filters in another order.)

# %%
_ = interact(
    draw_distribution,
    prefix=SelectionSlider(options=["", "q", "a", "mar", "eli", "christoph"], value="mar"),
    temperature=FloatSlider(1.5, min=0, max=3, step=0.1),
    top_k=IntSlider(27, 1, 27),
    top_p=FloatSlider(0.9, min=0.05, max=1, step=0.05),
    min_p=FloatSlider(0, min=0, max=1, step=0.05),
)

# %% [markdown]
# And what that does to whole names. **Predict** what temperature 0 writes, seven times over.

# %%
settings = [
    {"temperature": 0},
    {"temperature": 0.5},
    {},
    {"top_p": 0.8},
    {"temperature": 2},
    {"temperature": 2, "min_p": 0.1},
]
table = ["| sampling | seven names |", "|:--|:--|"]
for sampling in settings:
    start = [torch.tensor([tokenizer.boundary])] * 7
    dice = torch.Generator().manual_seed(1)
    drawn = code.decoding.streaming.generate_stream(
        big, start, 20, stop_tokens=[tokenizer.boundary], generator=dice, **sampling
    )
    columns = torch.stack(list(drawn), dim=1).tolist()
    written = [tokenizer.decode([t for t in row if t not in (-1, tokenizer.boundary)]) for row in columns]
    table.append(
        f"| {', '.join(f'{k} {v}' for k, v in sampling.items()) or 'as the model has it'} | {', '.join(written)} |"
    )
Markdown("\n".join(table))

# %% [markdown]
# ## Speculative decoding: a small model drafts, the large one verifies
#
# A cached step reads every weight of the model for one token. To read five tokens takes it hardly longer, on hardware
# that waits for memory. So let a small model sample some tokens ahead, and the large one check all of them at once
# ([Leviathan et al. 2023](https://arxiv.org/abs/2211.17192)). The point is that this can be *exact*: what is written
# is distributed as if the large model had been alone.

# %%
source("decoding.speculative.verify_draft", IMPL)

# %% [markdown]
# A token that the draft drew from $q$ is kept with the probability $\min(1, p/q)$. So it comes and stays with
# $\min(p, q)$: the grey part, whose sum is the probability $\alpha$ that a draft token is accepted. The rest is made
# up for by what the draft offers too seldom, $\max(p - q, 0)$. The dots are the first tokens of 4,000 rounds.
# **Predict:** do they lie on $p$, on $q$, or between?

# %%
p, q = (after(one, "jo").softmax(dim=-1) for one in (big, draft))
dice = torch.Generator().manual_seed(0)
proposals = torch.multinomial(q[0], 4000, replacement=True, generator=dice)
first = torch.stack(
    [code.decoding.speculative.verify_draft(token[None], q, p.expand(2, -1), dice)[0] for token in proposals]
)
order = p[0].argsort(descending=True)

_, axes = pyplot.subplots()
axes.bar(range(27), torch.minimum(p, q)[0, order], color="0.8", label="min(p, q)")
axes.step(range(27), p[0, order], where="mid", color="black", label="p, the large model")
axes.step(range(27), q[0, order], where="mid", color="#D55E00", linestyle="--", label="q, the draft")
axes.plot(first.bincount(minlength=27)[order] / 4000, "o", color="#0072B2", label="written")
axes.set(title=f"After “jo”: $\\alpha$ = {torch.minimum(p, q).sum():.2f}", xlabel="next token", ylabel="probability")
axes.set_xticks(range(27), [letter(token) for token in order.tolist()])
axes.legend()
pyplot.show()

# %% [markdown]
# How many tokens does a pass of the large model bring, if $n$ are drafted ahead? One at least, $n + 1$ at most. If
# each draft token were accepted with the same probability $\alpha$, independently, the expected number would be $(1 -
# \alpha^{n+1}) / (1 - \alpha)$ (equation 1 of the paper). The lines are that, with the mean $\alpha$ on held-out
# names; the marks are counted. Two drafts: the small model, and one that has learned nothing and gives every letter
# about the same probability.

# %%
untrained = code.gpt.GPT(draft.config).eval()
code.optimization.initialization.initialise(untrained)
lookaheads = [1, 2, 4, 8]
held_out, _ = corpus.validation(64, 2048)


def tokens_per_pass(guesser, lookahead: int) -> float:
    passes = 0

    def count(*_) -> None:
        nonlocal passes
        passes += 1

    hook = big.register_forward_hook(count)
    for seed in range(2):
        dice = torch.Generator().manual_seed(seed)
        code.decoding.speculative.speculate(big, guesser, torch.tensor([[tokenizer.boundary]]), 48, lookahead, dice)
    hook.remove()
    return 2 * 48 / passes


_, axes = pyplot.subplots()
for (name, guesser), marker in zip({"the small draft": draft, "untrained": untrained}.items(), "os", strict=True):
    with torch.no_grad():
        alpha = torch.minimum(*(one(held_out).softmax(dim=-1) for one in (big, guesser))).sum(dim=-1).mean().item()
    [line] = axes.plot(
        range(1, 9),
        [(1 - alpha ** (n + 1)) / (1 - alpha) for n in range(1, 9)],
        label=f"$\\alpha$ = {alpha:.2f}, if independent",
    )
    axes.plot(
        lookaheads,
        [tokens_per_pass(guesser, n) for n in lookaheads],
        marker,
        color=line.get_color(),
        label=f"{name}, counted",
    )
axes.set(
    title="What a pass of the large model brings",
    xlabel="tokens drafted ahead",
    ylabel="tokens written per pass",
    ylim=(0, None),
)
axes.legend()
pyplot.show()

# %% [markdown]
# A bad draft costs time and never quality. Whether a good one saves time depends on what its own passes cost: here,
# with models of one layer and two, hardly anything is won.
#
# **Questions.** What must be taken back from the two caches after a round, and by which call? Why is there a last
# token for free when all draft tokens are accepted? With temperature 0, when is a draft token accepted?
