"""How fast and in how much memory the reference trains: beside transformers' model, and beside hard-coded ones.

One step is forward, backward and AdamW. All models have the same weights and read the same tokens; they take their
steps in turn within one process, the first one another each round, after rounds that are not counted. What two models
say about the tokens is compared first: figures of models that are not the same would mean nothing. The floor beside
them is no model: its matrix products and its attention alone, forward and backward, which no model can do without.
"""

import importlib.metadata
import statistics
import sys
from argparse import Namespace
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig
from reference.gpt import GPT
from reference.presets import preset
from scripts.project import UsageError, json_line
from scripts.public.families import FAMILIES
from scripts.public.parity import randomise
from scripts.training.loop import choose_device
from scripts.training.memory import peak_memory

from .attention_layers import milliseconds, round_off
from .training_sizes import SIZES

WARM_UP = 2  # rounds; in the first, AdamW makes its state

SHAPES = ("gpt2", "llama")
MODELS = ("ours", "transformers", "plain", "fused")

# What the converter chooses otherwise than transformers' own configuration: GELU in single steps, the same formula.
THEIR_OWN = {"gpt2": {"activation_function": "gelu_new"}, "llama": {}}


class PlainBlock(nn.Module):
    """A layer of GPT-2, with nothing to choose."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        C = config.n_embd
        self.heads = config.n_head
        self.attn_norm, self.mlp_norm = nn.LayerNorm(C, config.norm_eps), nn.LayerNorm(C, config.norm_eps)
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(C, C) for _ in range(4))
        self.up_proj, self.down_proj = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.o_proj(self.attend(*self.queries_keys_values(self.attn_norm(x))))
        return x + self.down_proj(F.gelu(self.up_proj(self.mlp_norm(x)), approximate="tanh"))

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.q_proj(x), self.k_proj(x), self.v_proj(x)

    def attend(self, *queries_keys_values: Tensor) -> Tensor:
        heads = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in queries_keys_values)
        return F.scaled_dot_product_attention(*heads, is_causal=True).transpose(1, 2).flatten(-2)


class FusedBlock(PlainBlock):
    """The same with one matrix product for queries, keys and values, as nanoGPT has it."""

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        del self.q_proj, self.k_proj, self.v_proj
        self.qkv_proj = nn.Linear(config.n_embd, 3 * config.n_embd)

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.qkv_proj(x).chunk(3, dim=-1)


class FloorBlock(FusedBlock):
    """Nothing but the matrix products and the attention of a layer."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.o_proj(self.attend(*self.queries_keys_values(x)))
        return self.down_proj(self.up_proj(y))


class PlainGPT2(nn.Module):
    """GPT-2 as one would write it down who wants nothing else: what the reference's parts cost is seen beside it."""

    def __init__(self, config: GPTConfig, block: type[PlainBlock] = PlainBlock):
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.max_seq_len, config.n_embd)
        self.blocks = nn.ModuleList(block(config) for _ in range(config.n_layer))
        self.final_norm = nn.LayerNorm(config.n_embd, config.norm_eps)

    def load_reference(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of the reference, which has attention and feed-forward in modules of their own."""
        shorter = {
            ".attn.": ".",
            ".mlp.": ".",
            "embedding.positions.learned_absolute.embedding": "position_embedding",
            "embedding.token_embedding": "token_embedding",
            "head.norm": "final_norm",
        }
        renamed = {}
        for name, tensor in weights.items():
            for long, short in shorter.items():
                name = name.replace(long, short)
            renamed[name] = tensor
        del renamed["head.lm_head.weight"]  # it is the embedding's
        for name in [name for name in self.state_dict() if ".qkv_proj." in name]:
            renamed[name] = torch.cat([renamed.pop(name.replace("qkv", which)) for which in "qkv"])
        self.load_state_dict(renamed)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        x = self.token_embedding(tokens) + self.position_embedding(torch.arange(tokens.size(1), device=tokens.device))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.final_norm(x), self.token_embedding.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)


class Contestant:
    """A model with its optimizer, and how the loss of the batch is had from it."""

    def __init__(self, model: nn.Module, loss: Callable[[nn.Module], Tensor]):
        self.model = model.train()
        self.loss = loss

    def prepare(self, dtype: torch.dtype, compiled: bool) -> None:
        self.model.to(dtype)
        if compiled:
            self.model.compile()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True)

    def step(self) -> None:
        self.loss(self.model).backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


class Floor(Contestant):
    """The matrix products and the attention of a model, forward and backward. No step of an optimizer."""

    def __init__(self, config: GPTConfig, batch_size: int, device: torch.device):
        blocks = nn.Sequential(*(FloorBlock(config) for _ in range(config.n_layer)))
        head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.model = nn.Sequential(blocks, head).to(device)
        self.shape = (batch_size, config.max_seq_len, config.n_embd)
        self.device = device

    def prepare(self, dtype: torch.dtype, compiled: bool) -> None:
        super().prepare(dtype, compiled)
        self.input = torch.randn(self.shape, dtype=dtype, device=self.device).requires_grad_()
        self.gradient = torch.randn_like(self.model(self.input))

    def step(self) -> None:
        self.model(self.input).backward(self.gradient)
        self.model.zero_grad(set_to_none=True)
        self.input.grad = None


def transformers_model(shape: str, config: GPTConfig, weights: dict[str, Tensor]) -> nn.Module:
    """transformers' model with these weights of ours. Raises `UsageError` where transformers is missing."""
    try:
        import transformers
    except ImportError as error:
        raise UsageError("train needs transformers: pip install -c constraints.txt -e '.[parity]'") from error
    family = FAMILIES[shape]
    settings = family.settings(config) | THEIR_OWN[shape] | {"bos_token_id": None, "eos_token_id": None}
    settings = getattr(transformers, family.architecture).config_class(**settings, use_cache=False)
    model = transformers.AutoModelForCausalLM.from_config(settings, attn_implementation="sdpa")
    model.loss_type = "ForCausalLM"  # what it takes anyway, but not without a warning
    # A tied head is the embedding, and not among the weights: hence not strict. What lacks, the loss will tell.
    model.load_state_dict(family.weights_of_theirs(weights, config), strict=False)
    return model


def contestants(shape: str, config: GPTConfig, batch_size: int, device: torch.device) -> dict[str, Contestant]:
    """All models of one shape, in float32. Raises `UsageError` where they do not find the same loss."""
    generator = torch.Generator().manual_seed(0)
    # Random norms and biases too: what is one or zero could be left out unnoticed.
    ours = randomise(GPT(config), seed=0)
    tokens = torch.randint(config.vocab_size, (batch_size, config.max_seq_len), generator=generator).to(device)
    targets = F.pad(tokens[:, 1:], (0, 1), value=-1)  # as transformers makes them of its labels
    theirs = transformers_model(shape, config, ours.state_dict())
    found = {
        "ours": Contestant(ours.to(device), lambda model: model(tokens, targets)),
        "transformers": Contestant(theirs.to(device), lambda model: model(tokens, labels=tokens).loss),
    }
    if shape == "gpt2":
        for name, block in (("plain", PlainBlock), ("fused", FusedBlock)):
            hard_coded = PlainGPT2(config, block)
            hard_coded.load_reference(ours.state_dict())
            found[name] = Contestant(hard_coded.to(device), lambda model: model(tokens, targets))
    losses = {name: each.loss(each.model).item() for name, each in found.items()}
    if max(losses.values()) - min(losses.values()) > 1e-5 * losses["ours"]:
        raise UsageError(
            f"{shape}: with the same weights, the models should find the same loss for the same tokens, but find "
            + ", ".join(f"{loss:.6f} ({name})" for name, loss in losses.items())
            + ". What they cost cannot be compared; is this a version of transformers that --parity was not run with?"
        )
    return found


def measure_shape(shape: str, size: str, device: torch.device, dtype: torch.dtype, compiled: bool, runs: int) -> dict:
    """A row of the report: medians over `runs` steps of each model, and the peak of one more."""
    sizes, batch_size = SIZES[size]
    config = preset(shape, **sizes, dropout=0.0, attention_backend="sdpa")
    found = contestants(shape, config, batch_size, device)
    if shape == "gpt2":
        found["floor"] = Floor(config, batch_size, device)
    times: dict[str, list[float]] = {name: [] for name in found}
    for each in found.values():
        each.prepare(dtype, compiled)
    for round in range(WARM_UP + runs):
        first = round % len(found)
        names = list(found)
        for name in names[first:] + names[:first]:
            elapsed = milliseconds(found[name].step, device)
            if round >= WARM_UP:
                times[name].append(elapsed)
    tokens = batch_size * config.max_seq_len
    speed = {name: 1000 * tokens / statistics.median(elapsed) for name, elapsed in times.items()}
    ours_times = {name: round_off(speed["ours"] / speed[name]) for name in speed}
    peak = {name: peak_memory(each.step, device) / 2**20 for name, each in found.items()}
    return {
        "shape": f"{shape} {size} T={config.max_seq_len}",
        **{f"{name}_tok_s": round_off(speed[name]) if name in speed else None for name in MODELS},
        "ratio": ours_times["transformers"],
        "plain_ratio": ours_times.get("plain"),
        "fused_ratio": ours_times.get("fused"),
        "floor": ours_times.get("floor"),
        **{f"{name}_peak_mb": round_off(peak[name]) if name in peak else None for name in MODELS},
    }


def measure(options: Namespace) -> dict:
    device, dtype = choose_device(options.device), getattr(torch, options.dtype)
    rows = []
    for shape in SHAPES:
        for size in options.sizes:
            print(f"{shape} {size}", file=sys.stderr)
            rows.append(measure_shape(shape, size, device, dtype, options.compile, options.runs))
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "dtype": options.dtype,
        "compiled": options.compile,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": importlib.metadata.version("transformers"),
        "runs": options.runs,
        "rows": rows,
    }


def show(report: dict) -> None:
    compiled = ", compiled" if report["compiled"] else ""
    print(
        f"{report['device']}, {report['dtype']}{compiled}, {report['threads']} threads: forward, backward and AdamW; "
        f"median of {report['runs']} steps\n"
    )
    ratios = {"ratio": "theirs", "plain_ratio": "plain", "fused_ratio": "fused", "floor": "floor"}
    print(f"{'':17} {'tokens a second':^18} {'ours, times':^27} {'peak, MiB':^15}")
    print(f"{'':17} {'ours':>8} {'theirs':>9}", *(f"{name:>6}" for name in ratios.values()), end="")
    print(f"{'ours':>8}{'theirs':>8}")
    for row in report["rows"]:
        print(f"{row['shape']:17} {row['ours_tok_s']:8,.0f} {row['transformers_tok_s']:9,.0f}", end=" ")
        print(*("     -" if row[ratio] is None else f"{row[ratio]:6.2f}" for ratio in ratios), end="")
        print(f"{row['ours_peak_mb']:8,.0f}{row['transformers_peak_mb']:8,.0f}")
    print("\ntheirs: transformers'; plain, fused: hard-coded, fused with one product for")
    print("query, key and value; floor: matrix products and attention alone")


def training(options: Namespace) -> int:
    report = measure(options)
    if options.json:
        print(json_line(report))
    else:
        show(report)
    return 0
