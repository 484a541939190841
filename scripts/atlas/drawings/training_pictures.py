"""First weights, optimizers and schedules."""

from functools import cache

import torch
from torch import Tensor

from reference.config import GPTConfig
from scripts.project.implementation import Implementation
from scripts.training.optimizing import set_up_optimizers
from scripts.training.plan import Optimization

from ..entries import REFERENCE, SEED, Axis, Entry
from .stream_pictures import names_read
from .svg import Line, Panel, bars, curves

LAYERS, STEPS = 6, 16
MATRICES = ("attn.q_proj", "attn.o_proj", "mlp.up_proj", "mlp.down_proj")


def alike(lines: dict[str, list[float]]) -> list[tuple[list[str], list[float]]]:
    """Those that one could not see apart, together: one line would hide the other."""
    found: list[tuple[list[str], list[float]]] = []
    for name, values in lines.items():
        same = [
            names for names, others in found if torch.allclose(torch.tensor(values), torch.tensor(others), rtol=0.05)
        ]
        if same:
            same[0].append(name)
        else:
            found.append(([name], values))
    return found


@torch.no_grad()
def first_weights(entry: Entry, axis: Axis) -> list[Panel]:
    torch.manual_seed(SEED)
    model = entry.code.gpt.GPT(entry.config(n_layer=LAYERS))
    entry.code.optimization.initialization.initialise(model)
    layers = range(1, LAYERS + 1)
    lines = [
        Line(", ".join(name.partition(".")[2] for name in names), layers, stds)
        for names, stds in alike(
            {name: [block.get_submodule(name).weight.std().item() for block in model.blocks] for name in MATRICES}
        )
    ]
    token = names_read().probe(8, 16)[:, :-1]
    sizes: list[float] = []

    def note(stream: Tensor) -> None:
        sizes.append(stream.square().mean().sqrt().item())

    model.blocks[0].register_forward_pre_hook(lambda block, args: note(args[0]))
    for block in model.blocks:
        block.register_forward_hook(lambda block, args, stream: note(stream))
    logits = model(token)
    weight = model.blocks[0].attn.q_proj.weight
    edge = 4 * weight.std().item()
    shares = (torch.histc(weight, 31, -edge, edge) / weight.numel()).tolist()
    return [
        curves("How large weights are, by layer", lines, "layer", "standard deviation", marks=True),
        curves(
            "Stream before the first step",
            [Line("", range(LAYERS + 1), sizes)],
            "layers behind it",
            "root mean square",
            marks=True,
        ),
        bars(
            "Weights of the first q_proj",
            [
                (f"{(index - 15) * edge / 15.5:.2g}" if index % 10 == 5 else "", (share,))
                for index, share in enumerate(shares)
            ],
            ("",),
            f"share of them; logits are {logits.std().item():.2g} large",
        ),
    ]


@cache
def trained(name: str, code: Implementation) -> dict:
    """A few steps of a small model: its weights after each, and how one matrix was changed by the last."""
    torch.manual_seed(SEED)
    model = code.gpt.GPT(GPTConfig(init="gpt2", n_layer=2))
    code.optimization.initialization.initialise(model)
    optimizers = set_up_optimizers(
        Optimization(optimizer=name, rates={}, schedule=None, warmup_iters=0, min_lr_ratio=0.0),
        code,
        model,
    )
    batch = names_read().probe(8, 16)
    weight = model.blocks[0].attn.q_proj.weight
    start = {name: each.detach().clone() for name, each in model.named_parameters()}
    weights = []
    for _ in range(STEPS):
        model(batch[:, :-1], batch[:, 1:]).backward()
        before, gradient = weight.detach().clone(), weight.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        weights.append(torch.cat([each.detach().flatten() for each in model.parameters()]))
    moved = {
        kind: sum(
            (each - start[name]).square().sum().item() for name, each in model.named_parameters() if match in name
        )
        for kind, match in (
            ("embedding", "embedding"),
            ("attention", "attn"),
            ("feed-forward", "mlp"),
            ("head", "lm_head"),
        )
    }
    counts = {
        kind: sum(each.numel() for name, each in model.named_parameters() if match in name)
        for kind, match in (
            ("embedding", "embedding"),
            ("attention", "attn"),
            ("feed-forward", "mlp"),
            ("head", "lm_head"),
        )
    }
    sizes = {kind: (moved[kind] / max(counts[kind], 1)) ** 0.5 for kind in moved}
    return {"weights": weights, "gradient": gradient, "step": weight.detach() - before, "moved": sizes}


def spectrum(matrix: Tensor) -> list[float]:
    values = torch.linalg.svdvals(matrix)
    return (values / values[0]).tolist()


def optimizer(entry: Entry, axis: Axis) -> list[Panel]:
    found = trained(entry.name, entry.code)
    beside = next(
        (other.name for other in axis.entries if other.object is entry.object and other.name != entry.name), axis.base
    )
    gradient, step = spectrum(found["gradient"]), spectrum(found["step"])
    panels = [
        curves(
            "A gradient, and the step made of it",
            [Line("step", range(1, len(step) + 1), step), Line("gradient", range(1, len(step) + 1), gradient)],
            "singular value of q_proj's matrix",
            "over the largest",
            log="y",
        ),
        bars(
            f"How far weights go in {STEPS} steps",
            [(kind, (size,)) for kind, size in found["moved"].items()],
            ("",),
            "root mean square",
        ),
    ]
    if beside != entry.name:
        other = trained(beside, REFERENCE)["weights"]
        apart = [(mine - theirs).abs().max().item() for mine, theirs in zip(found["weights"], other, strict=True)]
        panels.append(
            curves(
                f"How far it is from {beside}",
                [Line("", range(1, STEPS + 1), apart)],
                "step",
                "largest difference of a weight",
                log="y",
                marks=True,
            )
        )
    return panels


def schedule(entry: Entry, axis: Axis) -> list[Panel]:
    steps = list(range(0, 1000, 5))
    factor_at = entry.code.optimization.schedules.learning_rate_factor
    warm = [factor_at(step, 1000, entry.name, 100, 0.0) for step in steps]
    least = [factor_at(step, 1000, entry.name, 100, 0.1) for step in steps]
    done, sums = 0.0, []
    for factor in warm:
        done += factor / len(warm)
        sums.append(done)
    return [
        curves(
            "The learning rate",
            [Line("100 steps of warm-up", steps, warm), Line("and min_lr_ratio 0.1", steps, least)],
            "step, of 1000",
            "times its peak",
        ),
        curves("All steps so far", [Line("", steps, sums)], "step, of 1000", "sum of the rates, over 1000 peaks"),
    ]
