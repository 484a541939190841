"""What the chunked form of a recurrent rule saves: its time beside the recurrent form's; its memory at T and at 2 T.

Forward and backward of the rule alone, without projections, on the same entries and in turn within one run; ratios are
medians over the rounds. Memory that grows linearly with the length doubles.
"""

import statistics
import sys
from argparse import Namespace
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from reference.attentions.recurrent.delta import chunk_gated_delta_rule, recurrent_gated_delta_rule
from reference.attentions.recurrent.kda import chunk_kda, recurrent_kda
from reference.attentions.recurrent.linear import chunk_linear_attention, recurrent_linear_attention
from reference.attentions.recurrent.ssd import chunk_ssd, recurrent_ssd
from scripts.project import json_line
from scripts.training.loop import choose_device
from scripts.training.memory import peak_memory

from .attention_layers import milliseconds, round_off

HEADS, HEAD_DIM = 8, 64
# For every rule: its recurrent form, its chunked one, the size of a decay, and whether a token has a strength.
RULES = {
    "linear attention": (recurrent_linear_attention, chunk_linear_attention, (), False),
    "Mamba-2 (SSD)": (recurrent_ssd, chunk_ssd, (), True),
    "gated delta rule": (recurrent_gated_delta_rule, chunk_gated_delta_rule, (), True),
    "KDA": (recurrent_kda, chunk_kda, (HEAD_DIM,), True),
}


def entries(T: int, decay: tuple[int, ...], strength: bool, device: torch.device) -> list[Tensor]:
    """Entries of T tokens, and a state; keys have the length one."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(1, HEADS, *shape, generator=generator).to(device)

    query, key, value = drawn(T, HEAD_DIM), F.normalize(drawn(T, HEAD_DIM), dim=-1), drawn(T, HEAD_DIM)
    log_decay = -0.1 * drawn(T, *decay).exp()
    found = [query, key, value, log_decay, *([drawn(T).sigmoid()] if strength else []), drawn(HEAD_DIM, HEAD_DIM)]
    return [each.requires_grad_() for each in found]


def trained(form: Callable[..., tuple[Tensor, Tensor]], given: list[Tensor]) -> Callable[[], None]:
    """Forward and backward of one form."""

    def step() -> None:
        out, state = form(*given)
        torch.autograd.grad(out.sum() + state.sum(), given)

    return step


def measure(T: int, runs: int, device: torch.device) -> dict:
    rows = []
    for name, (recurrent, chunked, decay, strength) in RULES.items():
        print(name, file=sys.stderr)
        given, twice = (entries(length, decay, strength, device) for length in (T, 2 * T))
        # Memory first: it is the round that is not counted, too.
        memory, memory_of_twice = (peak_memory(trained(chunked, each), device) for each in (given, twice))
        times = [[milliseconds(trained(form, given), device) for form in (recurrent, chunked)] for _ in range(runs)]
        slow, fast = (statistics.median(column) for column in zip(*times, strict=True))
        rows.append(
            {
                "rule": name,
                "recurrent_milliseconds": round_off(slow),
                "chunked_milliseconds": round_off(fast),
                "ratio": round_off(statistics.median(one / other for one, other in times)),
                "peak_bytes": memory,
                "peak_bytes_at_2T": memory_of_twice,
                "memory_ratio": round_off(memory_of_twice / memory),
            }
        )
    where = {"device": device.type, "threads": torch.get_num_threads(), "torch": torch.__version__}
    return {**where, "T": T, "heads": HEADS, "head_dim": HEAD_DIM, "runs": runs, "rows": rows}


def recurrent(options: Namespace) -> int:
    report = measure(options.length, options.runs, choose_device(options.device))
    if options.json:
        print(json_line(report))
        return 0
    print(
        "{device}, {threads} threads, T = {T:,}, {heads} heads of {head_dim}, forward and backward\n".format(**report)
    )
    print(f"{'rule':18}{'recurrent':>11}{'chunked':>10}{'ratio':>7}{'at T':>11}{'at 2 T':>11}{'ratio':>7}")
    for row in report["rows"]:
        print(
            f"{row['rule']:18}{row['recurrent_milliseconds']:8,.0f} ms{row['chunked_milliseconds']:7,.0f} ms"
            f"{row['ratio']:7.1f}{row['peak_bytes'] / 2**20:7,.0f} MiB{row['peak_bytes_at_2T'] / 2**20:7,.0f} MiB"
            f"{row['memory_ratio']:7.2f}"
        )
    return 0
