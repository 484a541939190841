"""What a KV cache saves: the same text written with one and without, by the same model, in the same run.

The more there is to compute, the more: without a cache every token costs a pass over all that stands before it. What a
step costs whatever there is to do, some hundred calls into torch for a few numbers each, is the same with and without.
"""

import json
import statistics
import sys
import time
from argparse import Namespace

import torch

from reference.generation import generate, stream
from reference.gpt import GPT
from reference.presets import preset

NEW_TOKENS = 256
BATCHES = ((1, 1), (1, 256), (8, 1))  # how many sequences at once, and the length of their prompts
SIZES = {"n_layer": 4, "n_head": 4, "n_embd": 256, "vocab_size": 256, "max_seq_len": 256 + NEW_TOKENS}
KINDS = {
    "multi-head": {},
    "grouped": {"n_kv_head": 1},
    "window of 32": {"attention_window": "32"},
    "latent": {"attention_type": "latent"},
}


def measure(runs: int) -> dict:
    """Tokens a second of both ways, and their ratio: medians over `runs` rounds."""
    rows = []
    for kind, changes in KINDS.items():
        torch.manual_seed(0)
        model = GPT(preset("llama", **SIZES | changes)).eval()
        model.init_weights()

        def whole(prompt, model=model):
            return generate(model, prompt, NEW_TOKENS, temperature=0)[:, prompt.size(1) :]

        def cached(prompt, model=model):
            return torch.stack(list(stream(model, list(prompt), NEW_TOKENS, temperature=0)), dim=1)

        for sequences, length in BATCHES:
            print(f"{kind}: {sequences} at once, a prompt of {length}", file=sys.stderr)
            prompt = torch.arange(sequences * length).view(sequences, length) % SIZES["vocab_size"]
            seconds: dict = {whole: [], cached: []}
            for _ in range(runs):
                texts = []
                for way, found in seconds.items():
                    started = time.perf_counter()
                    texts.append(way(prompt))
                    found.append(time.perf_counter() - started)
                if not torch.equal(*texts):
                    raise AssertionError(f"{kind}: with a cache the model wrote something else than without")
            ratio = statistics.median(a / b for a, b in zip(seconds[whole], seconds[cached], strict=True))
            written = sequences * NEW_TOKENS
            rows.append(
                {
                    "kind": kind,
                    "sequences": sequences,
                    "prompt": length,
                    "full_tokens_per_second": round(written / statistics.median(seconds[whole]), 1),
                    "cached_tokens_per_second": round(written / statistics.median(seconds[cached]), 1),
                    "ratio": round(ratio, 2),
                }
            )
    sizes = {"layers": SIZES["n_layer"], "width": SIZES["n_embd"], "new_tokens": NEW_TOKENS}
    return {**sizes, "threads": torch.get_num_threads(), "runs": runs, "rows": rows}


def decoding(options: Namespace) -> int:
    report = measure(options.runs)
    if options.json:
        print(json.dumps(report))
        return 0
    print("{new_tokens} tokens, {layers} layers, {width} wide, {threads} threads: tokens a second\n".format(**report))
    print(f"{'attention':16} {'sequences':>9} {'prompt':>8} {'full pass':>12} {'with a cache':>14} {'ratio':>8}")
    for row in report["rows"]:
        print(
            f"{row['kind']:16} {row['sequences']:9} {row['prompt']:8} "
            f"{row['full_tokens_per_second']:12,.0f} "
            f"{row['cached_tokens_per_second']:14,.0f} {row['ratio']:8.1f}"
        )
    return 0
