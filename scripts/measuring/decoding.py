"""What a KV cache saves: the same text written with one and without, by the same model, in the same run.

The longer the text, the more: without a cache every token costs a pass over all that stands before it.
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
PROMPTS = (1, 256)
SIZES = {"n_layer": 4, "n_head": 4, "n_embd": 256, "vocab_size": 256, "max_seq_len": max(PROMPTS) + NEW_TOKENS}
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
            return generate(model, prompt, NEW_TOKENS, temperature=0)[0, prompt.size(1) :]

        def cached(prompt, model=model):
            return torch.cat(list(stream(model, list(prompt), NEW_TOKENS, temperature=0)))

        for length in PROMPTS:
            print(f"{kind}, a prompt of {length}", file=sys.stderr)
            prompt = torch.arange(length)[None] % SIZES["vocab_size"]
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
            rows.append(
                {
                    "kind": kind,
                    "prompt": length,
                    "full_tokens_per_second": round(NEW_TOKENS / statistics.median(seconds[whole]), 1),
                    "cached_tokens_per_second": round(NEW_TOKENS / statistics.median(seconds[cached]), 1),
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
    print(f"{'attention':16} {'prompt':>8} {'full pass':>12} {'with a cache':>14} {'ratio':>8}")
    for row in report["rows"]:
        print(
            f"{row['kind']:16} {row['prompt']:8} {row['full_tokens_per_second']:12,.0f} "
            f"{row['cached_tokens_per_second']:14,.0f} {row['ratio']:8.1f}"
        )
    return 0
