"""Cases for feed_forward.py."""

from unittest import mock

import torch

from . import attributes, case, draw, fill, gradient, growth, outcome, parameters, share_of_zeros, small


def activation_cases(name: str) -> None:
    piece = f"feed_forward.{name}"

    def apply(package, x):
        return outcome(getattr(package.feed_forward, name), x)

    case(piece, "numbers of both signs")(lambda package: apply(package, draw(2, 3, 8)))
    case(piece, "large numbers of both signs")(lambda package: apply(package, 30 * draw(4, 8)))
    case(piece, "small numbers")(lambda package: apply(package, draw(4, 8) / 64))

    @case(piece, "zeros")
    def zeros(package):
        # Without the gradient: at a kink, any slope between the two sides is right.
        return {"the result": getattr(package.feed_forward, name)(torch.zeros(2, 3))}

    @case(piece, "numbers far from zero, on both sides")
    def far(package):
        # As long a way as float32 has exponentials for, and longer; what counts here is that nothing is infinite.
        return outcome(getattr(package.feed_forward, name), torch.tensor([[-300.0, -95.0, -20.0], [20.0, 95.0, 300.0]]))

    @case(piece, "bfloat16 numbers", dtype=torch.bfloat16)
    def bfloat16(package):
        return {"the result": getattr(package.feed_forward, name)(draw(4, 64))}


for name in ("relu", "leaky_relu", "gelu", "gelu_tanh", "silu"):
    activation_cases(name)


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
    case(init, "a width of 8")(lambda package: made(package, kind, n_embd=8))
    case(init, "a width of 24")(lambda package: made(package, kind) | think(package, kind))
    case(init, "biases, another activation, dropout")(
        lambda package: made(package, kind, bias=True, activation="silu", dropout=0.25)
    )
    case(init, "a hidden width that was asked for")(lambda package: made(package, kind, ffn_hidden=20))
    case(forward, "inputs of both signs")(lambda package: think(package, kind))
    case(forward, "another activation, and biases")(lambda package: think(package, kind, activation="gelu", bias=True))
    case(forward, "dropout, in training and in evaluation")(lambda package: dropped(package, kind))

    @case(forward, "an input of one token")
    def single(package):
        module = fill(getattr(package.feed_forward, kind)(small()), spread=1.0)
        return outcome(module, draw(1, 1, 24, seed=5), module=module)


layer_cases("MLP")
layer_cases("GatedMLP")


@case("feed_forward.GatedMLP.forward", "tokens without an axis for the batch")
def flat_tokens(package):
    module = fill(package.feed_forward.GatedMLP(small()))
    return outcome(module, draw(7, 24), module=module)


# 8/3 of 28 is 74.67: nearer to the multiple of 8 below than to the one above, and an even number when cut.
case("feed_forward.GatedMLP.__init__", "a width that 8/3 does not hit")(
    lambda package: made(package, "GatedMLP", n_embd=28)
)
case("feed_forward.GatedMLP.__init__", "a hidden width rounded up to a multiple of 32")(
    lambda package: made(package, "GatedMLP", n_embd=28, ffn_multiple_of=32)
)
case("feed_forward.GatedMLP.__init__", "a hidden width rounded up to a multiple of 2")(
    lambda package: made(package, "GatedMLP", n_embd=28, ffn_multiple_of=2)
)


MIXTURE = {"n_expert": 5, "n_expert_active": 2, "activation": "silu"}


@case("feed_forward.MoE.__init__", "five experts, two of them active")
def moe_init(package):
    module = package.feed_forward.MoE(small(**MIXTURE, balance_loss_weight=0.25, bias=True))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "n_active", "balance_loss_weight"),
        "the kinds of expert": [type(expert).__name__ for expert in module.experts],
    }


@case("feed_forward.MoE.__init__", "three of four experts active")
def moe_init_of_other_numbers(package):
    module = package.feed_forward.MoE(small(n_expert=4, n_expert_active=3, balance_loss_weight=0.0))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "n_active", "balance_loss_weight"),
    }


@case("feed_forward.MoE.__init__", "ten tokens to look at")
def moe_init_and_forward(package):
    return route(package)


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


MOE = "feed_forward.MoE.forward"
case(MOE, "two of five experts, in evaluation")(lambda package: route(package))
case(MOE, "two of five experts, in training")(lambda package: route(package, training=True))
case(MOE, "a single expert to a token")(lambda package: route(package, n_expert_active=1))
case(MOE, "all experts for every token")(lambda package: route(package, n_expert=3, n_expert_active=3))
case(MOE, "a weight of 2 on the loss that balances")(
    lambda package: route(package, training=True, balance_loss_weight=2.0)
)
case(MOE, "a router that is very sure, and experts that nobody visits")(
    lambda package: route(package, n_expert=16, sureness=4.0)
)


@case(MOE, "bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16_moe(package):
    # The scores are exact, so that rounding does not decide who is chosen.
    module = fill(package.feed_forward.MoE(small(**MIXTURE)))
    with torch.no_grad():
        module.router.weight.zero_()
        module.router.weight[:, :5] = torch.eye(5)
    result = module.eval()(draw(2, 5, 24)).detach()
    evaluated = module.auxiliary_loss
    with mock.patch.object(package.feed_forward, "load_balance_loss", return_value=torch.tensor(0.0)) as asked:
        module.train()(draw(2, 5, 24))
    return {
        "the result": result,
        "auxiliary_loss in evaluation": evaluated,
        "the probabilities that load_balance_loss is given": asked.call_args.args[0].detach()
        if asked.call_args
        else "none",
    }


@case(MOE, "an evaluation after a training step")
def evaluated_after_training(package):
    module = fill(package.feed_forward.MoE(small(**MIXTURE)))
    module.train()(draw(2, 5, 24))
    module.eval()(draw(2, 5, 24))
    loss = module.auxiliary_loss
    return {"auxiliary_loss in evaluation": loss.item() if isinstance(loss, torch.Tensor) else float(loss)}


def balance(package, chosen: list[list[int]], experts: int = 4) -> dict:
    probability = draw(len(chosen), experts).softmax(dim=-1)
    return outcome(package.feed_forward.load_balance_loss, probability, torch.tensor(chosen))


BALANCE = "feed_forward.load_balance_loss"
case(BALANCE, "choices that fall on every expert equally often")(
    lambda package: balance(package, [[0, 1], [2, 3], [1, 0], [3, 2]])
)
case(BALANCE, "choices of which most fall on one expert")(lambda package: balance(package, [[0], [0], [0], [2], [0]]))
case(BALANCE, "as many tokens as experts, two choices each")(
    lambda package: balance(package, [[3, 1], [3, 2], [3, 0], [1, 3]])
)
case(BALANCE, "a last expert that nobody chooses")(
    lambda package: balance(package, [[0, 1], [1, 0], [1, 2]], experts=5)
)
