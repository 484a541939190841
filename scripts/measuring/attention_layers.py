"""What attention costs, by kind and length: milliseconds and peak memory of a whole layer, projections and all.

For a prompt (forward), for training (forward and backward) and for one cached step; and the bytes of cache that a token
takes, or, of a recurrent layer, a sequence of any length. All kinds are measured in turn within one run, after a round
that is not counted; ratios are to the readable one.
"""

import itertools
import json
import statistics
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import torch

from reference.attention import build_attention
from reference.attentions import ATTENTIONS
from reference.attentions.backends.fused import why_unsupported
from reference.attentions.settings_read import as_read
from reference.config import GPTConfig
from reference.decoding.cache import KVCache
from reference.positions import Positions
from scripts.project import ROOT, json_line, shown, wrapped
from scripts.training.loop import choose_device
from scripts.training.memory import peak_memory
from scripts.training.text.files import written_whole

# Eight heads of 64 numbers; the latent in the proportions of DeepSeek-V2.
SHAPE = GPTConfig(
    n_layer=1,
    n_head=8,
    n_embd=512,
    qk_norm="off",
    latent_rank=256,
    rope_head_dim=32,
    index_head_dim=64,
    vocab_size=2,
    max_seq_len=1,
)
NAMED: dict[str, dict] = {
    "manual": {},
    "sdpa": {"attention_backend": "sdpa"},
    "flex": {"attention_backend": "flex"},
    "flash, tiled": {"attention_backend": "tiled"},
    "flash": {"attention_backend": "flash"},
    "manual, 2 KV heads": {"n_kv_head": 2},
    "sdpa, window of 128": {"attention_backend": "sdpa", "attention_window": "128"},
    "MLA": {"attention_type": "latent"},
    "FlashMLA": {"use_flash_mla": True},
    "MoBA": {"attention_type": "moba", "moba_block_size": 64},
    "NSA": {
        "attention_type": "nsa",
        "nsa_compress_size": 32,
        "nsa_compress_stride": 16,
        "nsa_block_size": 64,
        "nsa_window": 128,
    },
    "DSA, 128 keys": {"attention_type": "dsa", "index_head_dim": 64, "index_topk": 128},
    "linear": {"attention_type": "linear"},
    "retention": {"attention_type": "retention"},
    "lightning": {"attention_type": "lightning"},
    "DeltaNet": {"attention_type": "deltanet"},
    "Gated DeltaNet": {"attention_type": "delta"},
    "KDA": {"attention_type": "kda"},
    "Mamba-2": {"attention_type": "mamba2"},
}
ELSEWHERE = {"standard", "shared"}  # "manual" above, and a layer whose keys are those of another
NAMES = {fields.get("attention_type") for fields in NAMED.values()} | ELSEWHERE
# Whatever else is registered, by its own name.
KINDS = NAMED | {name: {"attention_type": name} for name in ATTENTIONS if name not in NAMES}
FILLED_BY = 256  # tokens that a cache is filled with at once
STEPS = 20  # of decoding, timed together
PHASES = {
    "prompt": "forward, all tokens at once",
    "training": "forward and backward, all tokens at once",
    "decoding": "one token, all others in the cache",
}


class Layer:
    """One layer of attention of some kind, and what it is given."""

    def __init__(self, kind: str, T: int, device: torch.device, dtype: torch.dtype):
        own = {"n_kv_head": None, "max_seq_len": T + 1} | KINDS[kind]
        self.config = as_read(replace(SHAPE, **own), own)
        torch.manual_seed(0)
        self.module = build_attention(self.config, 0).to(device, dtype)
        self.positions = Positions(self.config).to(device)
        self.x = torch.randn(1, T, self.config.n_embd, device=device, dtype=dtype)
        self.cache: KVCache | None = None

    def prompt(self) -> None:
        self.module.eval()
        with torch.no_grad():
            self.module(self.x, self.positions(torch.arange(self.x.size(1), device=self.x.device))[0])

    def training(self) -> None:
        context = self.positions(torch.arange(self.x.size(1), device=self.x.device))[0]
        self.module.train()(self.x, context).sum().backward()
        self.module.zero_grad(set_to_none=True)

    def decoding(self) -> None:
        if self.cache is None:
            self.cache = KVCache(self.config, rollback_window=1)
            for part in self.x.split(FILLED_BY, dim=1):
                self.read(part, self.cache)
        self.read(self.x[:, -1:], self.cache)
        self.cache.crop(torch.tensor([self.x.size(1)], device=self.x.device))

    def read(self, x: torch.Tensor, cache: KVCache) -> None:
        self.module.eval()
        tokens = torch.zeros(x.shape[:2], dtype=torch.int64, device=x.device)
        with torch.no_grad():
            self.module(x, self.positions(cache.append(tokens), cache)[0])

    def bytes_per_token(self) -> int:
        self.decoding()
        return self.cache.layers[0].bytes_per_token()

    def state_bytes(self) -> int:
        # Of a text from which nothing is taken back.
        self.read(self.x[:, -1:], cache := KVCache(self.config))
        return cache.layers[0].bytes_per_sequence()


def milliseconds(function: Callable[[], None], device: torch.device) -> float:
    started = time.perf_counter()
    function()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return 1000 * (time.perf_counter() - started)


def measure_length(T: int, device: torch.device, dtype: torch.dtype, runs: int, kinds: Iterable[str]) -> Iterator[dict]:
    """A row for every kind and phase; where one cannot be had, the row says why."""
    layers = {kind: Layer(kind, T, device, dtype) for kind in kinds}
    for phase in PHASES:
        times: dict[str, list[float]] = {}
        memory: dict[str, int] = {}
        impossible: dict[str, str] = {}
        for round in range(runs + 1):
            for kind, layer in layers.items():
                if kind in impossible:
                    continue
                try:
                    elapsed = milliseconds(getattr(layer, phase), device)
                    if not round:
                        memory[kind] = peak_memory(getattr(layer, phase), device)
                except RuntimeError as error:
                    impossible[kind] = str(error).splitlines()[0]
                    continue
                if round:
                    times.setdefault(kind, []).append(elapsed)
        for kind in layers:
            row = {"kind": kind, "T": T, "phase": phase}
            if kind in impossible:
                yield row | {"milliseconds": None, "ratio": None, "peak_bytes": None, "impossible": impossible[kind]}
                continue
            ratio = statistics.median(a / b for a, b in zip(times[kind], times["manual"], strict=True))
            yield row | {
                "milliseconds": round_off(statistics.median(times[kind])),
                "ratio": round_off(ratio),
                "peak_bytes": memory[kind],
                "impossible": None,
            }


def far_ratio(kind: str, positions: list[int], device: torch.device, dtype: torch.dtype, runs: int) -> float:
    """How many times as long a cached step takes at the second position as at the first: the median of rounds in turn,
    after one that is not counted."""

    def steps(layer: Layer) -> None:
        for _ in range(STEPS):
            layer.decoding()

    layers = [Layer(kind, position, device, dtype) for position in positions]
    times = [[milliseconds(lambda layer=layer: steps(layer), device) for layer in layers] for _ in range(runs + 1)]
    return round_off(statistics.median(far / near for near, far in times[1:]))


def round_off(value: float) -> float:
    return float(f"{value:.4g}")


def measure(
    lengths: list[int],
    device: torch.device,
    dtype: torch.dtype,
    runs: int,
    positions: list[int] | None = None,
    kinds: Iterable[str] | None = None,
) -> dict:
    """positions: two, at which a cached step is timed; None: it is not. kinds: some of KINDS, "manual" with them."""
    kinds = KINDS if kinds is None else kinds
    rows = []
    for T in sorted(lengths):
        print(f"T = {T}", file=sys.stderr)
        rows += measure_length(T, device, dtype, runs, kinds)
    layers = {kind: Layer(kind, min(lengths), device, dtype) for kind in kinds}
    decoding = [kind for kind, layer in layers.items() if refusal_of(layer) is None]
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return {
        "device": name,
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "runs": runs,
        "heads": SHAPE.n_head,
        "head_dim": SHAPE.head_dim,
        "rows": rows,
        "kv_bytes_per_token": {kind: layers[kind].bytes_per_token() for kind in decoding},
        "state_bytes": {
            kind: layer.state_bytes() for kind, layer in layers.items() if hasattr(layer.module, "state_dim")
        },
        "positions": positions,
        "far_ratio": {kind: far_ratio(kind, positions, device, dtype, runs) for kind in decoding} if positions else {},
    }


def refusal_of(layer: Layer) -> str | None:
    return why_unsupported(layer.config.attention_backend, layer.config)


def show(report: dict) -> None:
    print(
        f"{report['device']}, {report['dtype']}, {report['threads']} threads: a layer of {report['heads']} heads of "
        f"{report['head_dim']}, batch 1\n"
    )
    lengths = sorted({row["T"] for row in report["rows"]})
    for phase, about in PHASES.items():
        for unit, cell in UNITS.items():
            print(wrapped(f"{phase}: {about}; {unit}"))
            print(f"  {'T':20}" + "".join(f"{T:>14,}" for T in lengths))
            for kind in KINDS:
                rows = [row for row in report["rows"] if (row["kind"], row["phase"]) == (kind, phase)]
                cells = ["-" if row["impossible"] else cell(row) for row in rows]
                print(f"  {kind:20}" + "".join(f"{text:>14}" for text in cells))
            print()
    print("KV cache, bytes a token and layer")
    for kind, size in report["kv_bytes_per_token"].items():
        print(f"  {kind:20}{size:14,}")
    print("States, bytes a sequence and layer, at any length")
    for kind, size in report["state_bytes"].items():
        print(f"  {kind:20}{size:14,}")
    if report["positions"]:
        near, far = report["positions"]
        print(f"One cached step at position {far:,}, times as long as at {near:,}")
        for kind, ratio in report["far_ratio"].items():
            print(f"  {kind:20}{ratio:14.2f}")
    for reason in dict.fromkeys(row["impossible"] for row in report["rows"] if row["impossible"]):
        print(wrapped(f"-: {reason}"))


# What a table says of every kind and length.
UNITS = {
    "milliseconds (ratio to manual)": lambda row: f"{row['milliseconds']:,.4g} ({row['ratio']:.2f})",
    "MiB at the peak": lambda row: f"{row['peak_bytes'] / 2**20:,.1f}",
}


def plot(report: dict, path: Path) -> None:
    """Time of every phase and memory of training against the length, on logarithmic axes."""
    from matplotlib import ticker

    from scripts.looking.pictures import MARKERS, drawn_into

    panels = [(phase, "milliseconds", f"{phase}: {about}") for phase, about in PHASES.items()]
    panels.append(("training", "peak_bytes", "training: memory at the peak"))
    with drawn_into(path, figsize=(11, 8.5)) as figure:
        axes = figure.subplots(2, 2, sharex=True)
        for axis, (phase, figure_of, title) in zip(axes.flat, panels, strict=True):
            for kind, marker in zip(KINDS, itertools.cycle(MARKERS)):
                rows = [row for row in report["rows"] if (row["kind"], row["phase"]) == (kind, phase)]
                rows = [row for row in rows if row[figure_of] is not None]
                scale = 2**20 if figure_of == "peak_bytes" else 1
                axis.plot(
                    [row["T"] for row in rows],
                    [row[figure_of] / scale for row in rows],
                    marker=marker,
                    label=kind,
                    markersize=5,
                )
            axis.set(xscale="log", yscale="log", title=title)
            axis.set_ylabel("MiB" if figure_of == "peak_bytes" else "milliseconds")
            axis.set_xticks(sorted({row["T"] for row in report["rows"]}))
            axis.xaxis.set_major_formatter("{x:,.0f}")
            axis.xaxis.set_minor_locator(ticker.NullLocator())
            axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:,g}")
            axis.yaxis.set_minor_locator(ticker.NullLocator())
        for axis in axes[1]:
            axis.set_xlabel("tokens, T")
        axes[0, 0].legend(fontsize=8)
        figure.suptitle(
            f"A layer of attention, {report['heads']} heads of {report['head_dim']}, batch 1; "
            f"{report['device']}, {report['dtype']}, torch {report['torch']}"
        )


def attention(options: Namespace) -> int:
    device, dtype = choose_device(options.device), getattr(torch, options.dtype)
    report = measure(options.lengths, device, dtype, options.runs, options.positions)
    folder = options.out_dir or ROOT / "runs" / f"{datetime.now():%Y-%m-%dT%H-%M-%S}-benchmark-attention"
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(folder / "attention.json") as file:
        file.write(json.dumps(report, indent=1).encode() + b"\n")
    plot(report, folder / "attention.png")
    print(f"written to {shown(folder)}/: attention.json, attention.png", file=sys.stderr)
    if options.json:
        print(json_line(report))
    else:
        show(report)
    return 0
