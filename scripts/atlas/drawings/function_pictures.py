"""What is computed of every token by itself: feed-forwards, activations and gates, heads."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..entries import SEED, Axis, Entry
from .stream_pictures import stream_and_gradient
from .svg import Line, Panel, bars, curves, heat_map

REACH, SIDE = 3.0, 56
TOKENS, BALANCING = 200, 500  # in a mixture of experts


def function(entry: Entry, axis: Axis) -> list[Panel]:
    """A curve and its slope: of a function, or of a module with weights."""
    made: Callable[[Tensor], Tensor] = entry.value() if isinstance(entry.value, type) else entry.value
    x = torch.linspace(-4, 4, 161, dtype=torch.float32, requires_grad=True)
    y = made(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    y, slope, at = y.detach(), slope.tolist(), x.tolist()
    lines = [Line("value", at, y.tolist()), Line("slope", at, slope)]
    gaussian = torch.randn(20_000, generator=torch.Generator().manual_seed(SEED))
    out = made(gaussian).detach()
    low, high = -1.0, 4.0
    counts = torch.histc(out.clamp(low, high), bins=25, min=low, max=high) / len(gaussian)
    return [
        curves("The curve", lines, "input", "output"),
        bars(
            "What becomes of normal inputs",
            [
                (f"{low + index * (high - low) / 25:.2g}" if index % 5 == 0 else "", (share,))
                for index, share in enumerate(counts.tolist())
            ],
            ("share",),
            "share of the outputs",
        ),
    ]


def plane(width: int) -> tuple[Tensor, Tensor]:
    """Two directions at right angles, of the size that a norm leaves."""
    drawn = torch.randn(width, 2, generator=torch.Generator().manual_seed(SEED))
    across, down = torch.linalg.qr(drawn).Q.T * width**0.5
    return across, down


@torch.no_grad()
def feed_forward(entry: Entry, axis: Axis) -> list[Panel]:
    model = entry.model(n_layer=entry.layer_needed)
    module = getattr(model.blocks[-1], "mlp", None)
    if module is None:  # the layer is without one
        return stream_and_gradient(entry, axis)
    width = model.config.n_embd
    across, down = plane(width)
    steps = torch.linspace(-REACH, REACH, SIDE)
    inputs = steps[None, :, None] * across + steps.flip(0)[:, None, None] * down
    out = module(inputs.reshape(1, -1, width)).reshape(SIDE, SIDE, width)
    line = torch.linspace(-REACH, REACH, 121)
    along = module((line[:, None] * across)[None])[0]
    total = sum(weight.numel() for weight in module.parameters())
    active = total - entry.code.feed_forwards.moe.inactive_params(module)
    return [
        heat_map(
            "One output, over a plane of inputs",
            [("", out[..., 0].tolist())],
            "one direction of the input →",
            "another",
            signed=True,
            square=True,
        ),
        curves(
            "Four outputs along a line",
            [Line(f"channel {channel}", line.tolist(), along[:, channel].tolist()) for channel in range(4)],
            "input, along one direction",
            "output",
        ),
        bars(
            "Weights",
            [("all", (float(total),)), ("a token meets", (float(active),))],
            ("",),
            f"of one layer, {width} wide",
        ),
        *load(module, width),
    ]


def load(module: nn.Module, width: int) -> list[Panel]:
    """How many tokens every expert of a mixture gets; and where a bias keeps them even, after it has been at work."""
    experts = getattr(module, "experts", None)
    if experts is None:
        return []
    # Tokens that have something in common, as those of a text have.
    tokens = torch.randn(TOKENS + 1, width, generator=torch.Generator().manual_seed(SEED))
    tokens = tokens[1:] + tokens[0]

    def counted() -> list[float]:
        got = [0.0] * len(experts)
        hooks = [
            expert.register_forward_pre_hook(lambda _, args, index=index: got.__setitem__(index, float(len(args[0]))))
            for index, expert in enumerate(experts)
        ]
        module(tokens[None])
        for hook in hooks:
            hook.remove()
        return got

    loads = {"untrained": counted()}
    if hasattr(module, "correction_bias"):
        for _ in range(BALANCING):
            _, chosen = module.route(tokens)
            module.update_bias(torch.bincount(chosen.flatten(), minlength=len(experts)).to(tokens.dtype))
        loads[f"after {BALANCING} moves of the bias"] = counted()
    groups = [(str(index + 1), each) for index, each in enumerate(zip(*loads.values(), strict=True))]
    return [bars(f"How {TOKENS} tokens are shared out", groups, list(loads), "tokens, by expert")]


def head(entry: Entry, axis: Axis) -> list[Panel]:
    model = entry.model()
    made = model.head
    config = model.config
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randn(config.n_embd, generator=generator)
    sizes = [step / 8 for step in range(81)]
    with torch.no_grad():
        normed, made.norm = made.norm, nn.Identity()
        logits = torch.stack([made(2 * scale * x[None])[0] for scale in sizes])
        made.norm = normed
        chosen = logits[40].argsort(descending=True)[[0, 4, 13, 26]].tolist()
        chances = F.softmax(made(8 * x[None])[0], dim=-1).sort(descending=True).values.tolist()
    stream = torch.randn(1, 12, config.n_embd, generator=generator, requires_grad=True)
    targets = torch.randint(config.vocab_size, (1, 12), generator=generator)
    made.train()  # some heads have a further loss then

    def taught(targets: Tensor) -> Tensor:
        return torch.autograd.grad(made.loss(stream, targets), stream)[0][0]

    gradient = taught(targets)
    place, ahead = 4, {}
    for later in range(1, 5):
        other = targets.clone()
        other[0, place + later - 1] = (other[0, place + later - 1] + 1) % config.vocab_size
        ahead[later] = ((taught(other) - gradient)[place].norm() / gradient[place].norm()).item()
    return [
        curves(
            "Logits, when what comes in grows",
            [Line(f"token {token}", sizes, logits[:, token].tolist()) for token in chosen],
            "input, times",
            "logit",
        ),
        bars(
            "Chances of the next token", [("", (chance,)) for chance in chances], ("",), "probability, likeliest first"
        ),
        bars(
            "What each position is taught",
            [
                (str(place) if place % 3 == 0 else "", (each,))
                for place, each in enumerate(gradient.norm(dim=-1).tolist())
            ],
            ("",),
            "norm of the loss's gradient, by position",
        ),
        bars(
            "Which later token teaches a position",
            [("the next" if later == 1 else f"{later} later", (share,)) for later, share in ahead.items()],
            ("",),
            "change of its gradient, over its size, when that token is another",
        ),
    ]
