"""What a KV cache saves: the same text written with one and without, by the same model, in the same run.

The more there is to compute, the more: without a cache every token costs a pass over all that stands before it. What a
step costs whatever there is to do, some hundred calls into torch for a few numbers each, is the same with and without.
Compiled, they are a few. (The full pass would gain by that too, where there is little to compute, but not as much.)
"""

import copy
import statistics
import sys
import time
from argparse import Namespace
from functools import partial

import torch

from reference.decoding.generation import generate
from reference.decoding.streaming import generate_stream
from reference.gpt import GPT
from reference.optimization.initialization import initialise
from reference.presets import preset
from scripts.project import json_line

NEW_TOKENS = 256
BATCHES = ((1, 1), (1, 256), (8, 1))  # how many sequences at once, and the length of their prompts
SIZES = {"n_layer": 4, "n_head": 4, "n_embd": 256, "vocab_size": 256, "max_seq_len": 256 + NEW_TOKENS}
RATIOS = {"cached": "ratio", "compiled": "compiled_ratio"}  # to full passes: what that of each way is called
KINDS = {
    "multi-head": {},
    "grouped": {"n_kv_head": 1},
    "window of 32": {"attention_window": "32"},
    "latent": {"attention_type": "latent"},
}


def measure(runs: int, compiling: bool = False, device: torch.device | str = "cpu") -> dict:
    """Tokens a second of every way, and how many times as many as by full passes: medians over `runs` rounds."""
    rows = []
    for kind, changes in KINDS.items():
        torch.manual_seed(0)
        model = GPT(preset("llama", **SIZES | changes)).eval()
        initialise(model)
        model.to(device)

        def whole(prompt, model=model):
            return generate(model, prompt, NEW_TOKENS, temperature=0)[:, prompt.size(1) :]

        def cached(prompt, model=model):
            return torch.stack(list(generate_stream(model, list(prompt), NEW_TOKENS, temperature=0)), dim=1)

        ways = {"full": whole, "cached": cached}
        if compiling:
            # What was compiled for other kinds counts against the limit of torch.
            torch.compiler.reset()
            twin = copy.deepcopy(model)
            twin.compile()
            ways["compiled"] = partial(cached, model=twin)
        for sequences, length in BATCHES:
            print(f"{kind}: {sequences} at once, a prompt of {length}", file=sys.stderr)
            prompt = torch.arange(sequences * length).view(sequences, length) % SIZES["vocab_size"]
            prompt = prompt.to(device)
            row = {"kind": kind, "sequences": sequences, "prompt": length}
            if "compiled" in ways:
                print("compiling ...", file=sys.stderr)
                try:
                    ways["compiled"](prompt)
                except (AssertionError, RuntimeError) as error:  # of torch's compiler, or of what it made
                    row["impossible"] = str(error).strip().splitlines()[0]
                    del ways["compiled"]
            seconds = {name: [] for name in ways}
            for _ in range(runs):
                texts = {}
                for name, way in ways.items():
                    started = time.perf_counter()
                    texts[name] = way(prompt).cpu()  # which waits for a GPU to be done
                    seconds[name].append(time.perf_counter() - started)
                if not all(torch.equal(text, texts["full"]) for text in texts.values()):
                    raise AssertionError(f"{kind}: with a cache the model wrote something else than without")
            for name, own in seconds.items():
                row[f"{name}_tokens_per_second"] = round(sequences * NEW_TOKENS / statistics.median(own), 1)
                if name in RATIOS:
                    times = [full / cached for full, cached in zip(seconds["full"], own, strict=True)]
                    row[RATIOS[name]] = round(statistics.median(times), 2)
            rows.append(row)
    sizes = {"layers": SIZES["n_layer"], "width": SIZES["n_embd"], "new_tokens": NEW_TOKENS}
    return {**sizes, "threads": torch.get_num_threads(), "runs": runs, "rows": rows}


def decoding(options: Namespace) -> int:
    report = measure(options.runs, options.compile)
    if options.json:
        print(json_line(report))
        return 0
    print("{new_tokens} tokens, {layers} layers, {width} wide, {threads} threads: tokens a second\n".format(**report))
    print(f"{'attention':14}{'texts':>5}{'prompt':>8}{'full pass':>11}{'with a cache':>14}{'ratio':>7}", end="")
    print(f"{'compiled':>10}{'ratio':>7}" if options.compile else "")
    for row in report["rows"]:
        print(
            f"{row['kind']:14}{row['sequences']:5}{row['prompt']:8}"
            f"{row['full_tokens_per_second']:11,.0f}{row['cached_tokens_per_second']:14,.0f}{row['ratio']:7.1f}",
            f"{row['compiled_tokens_per_second']:9,.0f}{row['compiled_ratio']:7.1f}" if "compiled_ratio" in row else "",
        )
    for row in report["rows"]:
        if "impossible" in row:
            print(f"{row['kind']}: torch cannot run what it compiled: {row['impossible']}")
    return 0
