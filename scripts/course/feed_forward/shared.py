"""Cases for feed_forward.py."""

import torch

from scripts.workshop.check.cases import (
    attributes,
    case_of,
    draw,
    fill,
    gradient,
    growth,
    outcome,
    parameters,
    share_of_zeros,
    small,
)


def activation_cases(name: str) -> None:
    piece = f"feed_forward.{name}"

    def apply(package, x):
        return outcome(getattr(package.feed_forward, name), x)

    case_of(piece, "numbers of both signs")(lambda package: apply(package, draw(2, 3, 8)))
    case_of(piece, "large numbers of both signs")(lambda package: apply(package, 30 * draw(4, 8)))
    case_of(piece, "small numbers")(lambda package: apply(package, draw(4, 8) / 64))

    @case_of(piece, "zeros")
    def zeros(package):
        # Without the gradient: at a kink, any slope between the two sides is right.
        return {"the result": getattr(package.feed_forward, name)(torch.zeros(2, 3))}

    @case_of(piece, "numbers far from zero, on both sides")
    def far(package):
        # As long a way as float32 has exponentials for, and longer; what counts here is that nothing is infinite.
        return outcome(getattr(package.feed_forward, name), torch.tensor([[-300.0, -95.0, -20.0], [20.0, 95.0, 300.0]]))

    @case_of(piece, "bfloat16 numbers", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": getattr(package.feed_forward, name)(draw(4, 64))}


def think(package, kind: str, **changes) -> dict:
    config = small(**changes)
    module = fill(getattr(package.feed_forward, kind)(config))
    return outcome(module, draw(2, 5, config.n_embd), module=module)


def made(package, kind: str, **changes) -> dict:
    module = getattr(package.feed_forward, kind)(small(**changes))
    activation = getattr(module, "activation", None)
    return {
        "the parameters": parameters(module),
        "what the activation makes of numbers": activation(draw(8)) if callable(activation) else "not set",
        "the dropout": attributes(getattr(module, "dropout", None), "p"),
    }


def dropped(package, kind: str) -> dict:
    torch.manual_seed(0)
    module, x = fill(getattr(package.feed_forward, kind)(small(dropout=0.25))), draw(50, 20, 24)
    with torch.no_grad():
        trained, evaluated = module.train()(x), module.eval()(x)
    return {
        "the share of numbers dropped": share_of_zeros(trained, 0.25),
        # Whatever is not dropped is enlarged by 4/3.
        "what the rest is multiplied by": growth(trained, evaluated),
        "the result in evaluation": evaluated,
    }


def layer_cases(kind: str) -> None:
    init, forward = f"feed_forward.{kind}.__init__", f"feed_forward.{kind}.forward"
    case_of(init, "a width of 8")(lambda package: made(package, kind, n_embd=8))
    case_of(init, "a width of 24")(lambda package: made(package, kind) | think(package, kind))
    case_of(init, "biases, another activation, dropout")(
        lambda package: made(package, kind, bias=True, activation="silu", dropout=0.25)
    )
    case_of(init, "a hidden width that was asked for")(lambda package: made(package, kind, ffn_hidden=20))
    case_of(forward, "inputs of both signs")(lambda package: think(package, kind))
    case_of(forward, "another activation, and biases")(
        lambda package: think(package, kind, activation="gelu", bias=True)
    )
    case_of(forward, "dropout, in training and in evaluation")(lambda package: dropped(package, kind))

    @case_of(forward, "an input of one token")
    def single(package):
        module = fill(getattr(package.feed_forward, kind)(small()), spread=1.0)
        return outcome(module, draw(1, 1, 24, seed=5), module=module)


layer_cases("MLP")


layer_cases("GatedMLP")


MIXTURE = {"n_expert": 5, "n_expert_active": 2, "activation": "silu"}


def route(package, training: bool = False, sureness: float = 1.0, **changes) -> dict:
    config = small(**MIXTURE | changes)
    module = fill(package.feed_forward.MoE(config)).train(training)
    with torch.no_grad():
        module.router.weight *= sureness
    report = outcome(module, draw(2, 5, config.n_embd), module=module)
    # An expert that nobody visits may be left out of the sum: a gradient of None is as good as one of zeros.
    for name, parameter in module.experts.named_parameters():
        if parameter.grad is None:
            report[f"the gradient to experts.{name}"] = torch.zeros_like(parameter)
    # Once more, for the loss alone.
    module.zero_grad()
    module(draw(2, 5, config.n_embd))
    loss = module.auxiliary_loss
    report["auxiliary_loss"] = loss.detach() if isinstance(loss, torch.Tensor) else float(loss)
    if isinstance(loss, torch.Tensor) and loss.requires_grad:
        loss.backward()
        report["the gradient of auxiliary_loss to the router"] = gradient(module.router.weight)
    return report
