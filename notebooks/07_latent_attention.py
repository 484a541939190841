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
# # 7. Latent attention
#
# To continue a text, a model caches the keys and values of every token, in every layer (notebook 8). For long texts
# that is more memory than the model itself takes. Grouped queries keep fewer keys and values, and let heads share
# them. Multi-head latent attention (MLA, [DeepSeek-V2](https://arxiv.org/abs/2405.04434), section 2.1) keeps one
# small vector, the *latent*, from which every head makes keys and values of its own.
#
# This notebook measures what is kept, shows how one can attend to latents without ever making keys, and asks what it
# costs in quality.

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
from dataclasses import replace
from unittest import mock

import torch
from IPython.display import Markdown
from ipywidgets import SelectionSlider, interact
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
source("attentions.latent.MultiHeadLatentAttention.forward", IMPL)

# %% [markdown]
# ## What is kept
#
# Follow `latent` and `k_rope` above: these two go to `context.update_cache`, so these two are cached. **Predict:**
# DeepSeek-V2 has 128 heads of dimension 128, a latent of dimension 512 and a rotary key of dimension 64. How much
# smaller is its cache than that of 128 ordinary heads? How many key/value heads could grouped queries afford for the
# same memory?
#
# The answer, measured from the tensors of the cache, of one layer with heads of these sizes, after it has read two
# tokens in bfloat16:


# %%
def slots_of(config: GPTConfig):
    """The cache of one layer, after two tokens."""
    model = code.gpt.GPT(config).bfloat16()
    cache = code.decoding.cache.KVCache(config)
    with torch.no_grad():
        model(torch.zeros(1, 2, dtype=torch.int64), cache=cache)
    return cache.layers[0]


def draw_bytes(n_head: int = 128, head_dim: int = 128, latent_rank: int = 512, rope_head_dim: int = 64) -> None:
    heads = GPTConfig(n_layer=1, n_embd=16, max_seq_len=2, qk_norm="off", n_head=n_head, head_dim=head_dim)
    kinds = {f"multi-head: {n_head} key/value heads": heads}
    kinds |= {f"grouped: {shared}": replace(heads, n_kv_head=shared) for shared in (8, 2) if shared < n_head}
    kinds["multi-query: 1"] = replace(heads, n_kv_head=1)
    latent = replace(heads, attention_type="latent", latent_rank=latent_rank, rope_head_dim=rope_head_dim)
    kinds[f"latent: {latent_rank} + {rope_head_dim}"] = latent
    sizes = {kind: slots_of(config).bytes_per_token() for kind, config in kinds.items()}

    _, axes = pyplot.subplots(figsize=(8, 2.6))
    bars = axes.barh(list(sizes), sizes.values(), color=["#56B4E9"] * (len(sizes) - 1) + ["#D55E00"])
    axes.bar_label(bars, [f" {size:,} bytes" for size in sizes.values()])
    axes.invert_yaxis()
    axes.set(
        title="What one layer keeps of a token", xlabel="bytes (bfloat16), on a logarithmic axis", xlim=(16, 2**18)
    )
    axes.set_xscale("log", base=2)
    axes.grid(False)
    pyplot.show()
    # Two bytes per element, keys and values of dimension head_dim each.
    print(f"as much as {sizes[list(sizes)[-1]] / (2 * 2 * head_dim):.2f} key/value heads would need")


draw_bytes()

# %% [markdown]
# $2 \cdot 128 \cdot 128 = 32768$ elements against $512 + 64 = 576$. With grouped queries, 128 query heads would have
# to share 2.25 key/value heads to be as small (table 1 of the paper).
#
# **Try this:** what would MLA be worth in a model of 8 heads of 64? Which of the four sliders does the latent's cache
# not depend on at all?

# %%
_ = interact(
    draw_bytes,
    n_head=SelectionSlider(options=[4, 8, 16, 32, 64, 128], value=128),
    head_dim=SelectionSlider(options=[32, 64, 128], value=128),
    latent_rank=SelectionSlider(options=[64, 128, 256, 512], value=512),
    rope_head_dim=SelectionSlider(options=[16, 32, 64], value=64),
)

# %% [markdown]
# The slots themselves, in a small model of 4 heads of dimension 16, latents of dimension 32 and rotary keys of
# dimension 8. Nothing in the latent's slots belongs to any head.

# %%
SMALL = GPTConfig(n_layer=2, qk_norm="off", rope_head_dim=8)
KINDS = {
    "multi-head": {},
    "grouped, 2": {"n_kv_head": 2},
    "multi-query": {"n_kv_head": 1},
    "latent, 32": {"attention_type": "latent", "latent_rank": 32},
    "latent, 16": {"attention_type": "latent", "latent_rank": 16},
    "latent, 4": {"attention_type": "latent", "latent_rank": 4},
}
configs = {kind: replace(SMALL, **{"n_kv_head": None} | changes) for kind, changes in KINDS.items()}
table = ["| attention | slots: sequences, tokens, ... | elements per token |", "|:--|:--|--:|"]
for kind, config in configs.items():
    slots = slots_of(config).slots
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in slots)
    table.append(f"| {kind} | {shapes} | {sum(tensor[0, 0].numel() for tensor in slots)} |")
Markdown("\n".join(table))

# %% [markdown]
# A thought on the way: in this model a token *is* 64 elements, and keys and values of all heads together are 128, so
# to keep the token itself would be smaller at once. It is a latent of rank 64, so to speak. MLA goes on from there
# and learns which projection of these elements attention needs. (Projections that are merely narrow do not make MLA,
# whatever code calls itself so: one vector that is kept, and *all* heads made from it, do.)
#
# ## Two ways to attend
#
# The cache holds latents. The plain way, `naive`, makes the keys and values of all heads from them again, for all
# tokens, at every step. The other way, `absorbed`, never makes them. For a head with $k = W_k c$,
#
# $$q \cdot k = q \cdot (W_k c) = (W_k^\top q) \cdot c$$
#
# so $W_k$ may as well be applied to the one query as to all the latents. And a weighted mean of values is the mean of
# latents, made into a value: $\sum_s w_s W_v c_s = W_v \sum_s w_s c_s$.

# %%
source("attentions.latent.MultiHeadLatentAttention.absorbed", IMPL)

# %% [markdown]
# **Predict** the shapes that reach the attention backend on either way, for one new token and 40 in the cache:
# queries, keys, values. What kind of attention is the absorbed one? Here are 8 heads of dimension 16, a latent of
# dimension 64, and a rotary key of dimension 8.

# %%
H, D, R, RANK = 8, 16, 8, 64
torch.manual_seed(0)
attention = code.attentions.latent.MultiHeadLatentAttention(
    GPTConfig(n_head=H, head_dim=D, rope_head_dim=R, latent_rank=RANK, n_embd=128, qk_norm="off"), layer=0
).requires_grad_(False)


def inputs(new: int, remembered: int, dtype: torch.dtype = torch.float32):
    """Queries of the last `new` of all tokens, the cached latents and rotary keys of all, and the score mods."""
    torch.manual_seed(0)
    sizes = (1, new, H, D), (1, new, H, R), (1, remembered, RANK), (1, remembered, R)
    position = torch.arange(remembered)
    mods = code.attentions.backends.scored.ScoreMods(position[-new:], position, attention.scale)
    return *(torch.randn(size, dtype=dtype) for size in sizes), mods


table = ["| | query | key | value |", "|:--|:--|:--|:--|"]
for way in ("naive", "absorbed"):
    with mock.patch.object(attention, "backend", wraps=attention.backend) as backend:
        getattr(attention, way)(*inputs(1, 40))
    shapes = " | ".join(str(tuple(tensor.shape)) for tensor in backend.call_args.args[:3])
    table.append(f"| `{way}` | {shapes} |")
Markdown("\n".join(table))

# %% [markdown]
# (Sequences, heads, tokens, dimension.) Naive: 8 heads with a key each of dimension $16 + 8$. Absorbed: 8 queries of
# $64 + 8$, and one key and one value for all of them. That is multi-query attention, whose key is the latent with the
# rotary key behind it, and whose value is the latent once more. Nothing but the cache has to be read, and it serves
# all heads.
#
# And the outputs are the same:

# %%
for dtype in (torch.float32, torch.float64):
    attention.to(dtype)
    naive, absorbed = attention.naive(*inputs(5, 40, dtype)), attention.absorbed(*inputs(5, 40, dtype))
    difference = (naive - absorbed).abs().max()
    print(f"{str(dtype)[6:]}: outputs of the size {naive.std():.2f}, the two ways {difference:.0e} apart")
_ = attention.to(torch.float32)

# %% [markdown]
# The rounding goes with the number of digits, so this is one function, computed in two orders.
#
# Why then is the rotary key kept apart? A key that is rotated by its position is $R_s W_k c$, and a query $R_t q$.
# Their product is $q^\top R_t^\top R_s W_k\, c$, and $R_t^\top R_s$ is another matrix for every distance. There is no
# single matrix left that the query could absorb (section 2.1.3). So a few dimensions carry the position, shared by
# all heads, and the others carry content. QK norm on the keys stands between $W_k$ and $c$ in the same way: then only
# `naive` is left.
#
# ## Which is cheaper?
#
# The absorbed way has wider queries: the score of one pair takes $64 + 8$ multiplications instead of $16 + 8$. But it
# makes no keys and values. **Predict:** which is better for one new token, and which for a prompt of 128? Matrix
# products, counted while the code runs, with 512 tokens in the cache:


# %%
def products(way: str, new: int, remembered: int = 512) -> float:
    """Millions of multiplications (with their additions)."""
    with FlopCounterMode(display=False) as counter:
        getattr(attention, way)(*inputs(new, remembered))
    return counter.get_total_flops() / 2e6


counts = [1, 2, 4, 8, 16, 32, 64, 128]
context = code.positions.Context(torch.arange(1), cache=code.decoding.cache.ContiguousCache(512))
last = max(new for new in range(1, 129) if attention.absorbs(new, context))

_, axes = pyplot.subplots()
axes.plot(counts, [products("naive", new) for new in counts], marker="o", label="naive")
axes.plot(counts, [products("absorbed", new) for new in counts], marker="s", label="absorbed")
axes.axvline(last, color="0.5", linestyle=":", label=f"`absorbs` says yes up to {last}")
axes.set(title="Work of attention with 512 cached tokens", xlabel="new tokens", ylabel="million multiplications")
axes.set_xscale("log", base=2)
axes.set_yscale("log", base=2)
axes.set_xticks(counts, counts)
axes.yaxis.set_major_formatter("{x:g}")
axes.legend()
pyplot.show()
print(f"one new token: naive takes {products('naive', 1) / products('absorbed', 1):.1f} times the work of absorbed")

# %% [markdown]
# Naive begins high, with the keys and values of 512 tokens, however few are new, and then grows slowly. Absorbed
# begins low and grows fast. So decoding is absorbed, and prompts and training are naive: `forward` asks `absorbs`,
# whose bound is where the lines cross.
#
# ## Bytes against quality
#
# A cache can be made as small as one likes. What does it cost? The six small models from above are trained on first
# names for 100 steps each, all with the same batches and the same AdamW; then once more with other initial weights
# and other batches. **Predict** the order of the six in held-out loss.

# %%
corpus = load_corpus("names", 32)
held_out = corpus.validation(32, 8192)


def train(config: GPTConfig, seed: int) -> tuple[float, int]:
    """The held-out loss, in nats per token, and how many weights there are."""
    torch.manual_seed(seed)
    model = code.gpt.GPT(config)
    code.optimization.initialization.initialise(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, betas=(0.9, 0.95), fused=True)
    for step in range(100):
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * (1 - step / 100)
        model(*corpus.windows(16 * step, 16, 32, seed)).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        return model.eval()(*held_out).item(), sum(weight.numel() for weight in model.parameters())


_, axes = pyplot.subplots()
table = ["| attention | bytes a token and layer | weights | loss, two seeds | mean |", "|:--|--:|--:|--:|--:|"]
means, spreads = [], []
for (kind, config), marker in zip(configs.items(), "osD^vP", strict=True):
    size = slots_of(config).bytes_per_token()
    losses, weights = zip(*(train(config, seed) for seed in (0, 1)), strict=True)
    means.append(sum(losses) / 2)
    spreads.append(abs(losses[0] - losses[1]))
    axes.plot([size] * 2, losses, marker, linestyle="-", label=kind)
    table.append(f"| {kind} | {size} | {weights[0]:,} | {losses[0]:.3f}, {losses[1]:.3f} | {means[-1]:.3f} |")
axes.set(
    title="Bytes against quality", xlabel="bytes a token and layer (bfloat16)", ylabel="held-out loss, nats per token"
)
axes.set_xscale("log", base=2)
axes.xaxis.set_major_formatter("{x:g}")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
pyplot.show()
print(f"between the kinds, the means differ by {max(means) - min(means):.3f};")
print(f"between two seeds of one kind, losses differ by up to {max(spreads):.3f}")
Markdown("\n".join(table))

# %% [markdown]
# Read this with care. The two points of a kind are joined: where two kinds differ by no more than that, nothing has
# been shown, and two seeds tell little about the standard deviation between seeds. What such a run can say: at this
# size and after so few steps, a cache of a fraction of the bytes moves the loss only by as much as the first printed
# line says. What it cannot say:
#
# - Names are short. A model that attends to ten letters needs few keys; long texts are where a small cache could
#   hurt.
# - Not only the bytes differ. A latent head has 8 rotary dimensions beside its 16 of content, where the others rotate
#   all of theirs, and the parameter counts differ too (see the table).
# - After 100 steps all of them are still learning, and a kind that learns faster need not end lower.
#
# At their scale, the authors of DeepSeek-V2 found multi-head better than grouped and grouped better than multi-query,
# and MLA better than multi-head with a fraction of its cache, in seven of eight benchmark results (appendix D.1 and D.2
# of the paper). That took 7 to 250 billion weights and 0.4 to 1.3 trillion tokens. On your own machine, more steps,
# more seeds and longer texts would be the next thing to try: `python -m scripts.train --help`.
#
# **Questions.** Why is the norm on the latent no obstacle to absorbing, while QK norm is? What would have to be cached
# if every head had a rotary key of its own? The latent of rank 64 in the shapes above is half of `n_embd`: is there
# any use in one that is greater than `n_embd`?
