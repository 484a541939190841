"""Cases for feed_forwards/moe.py."""

import torch

from scripts.workshop.check.cases import draw, fill, gradient, outcome, small

MIXTURE = {"n_expert": 5, "num_experts_per_tok": 2, "activation": "silu"}


def route(package, training: bool = False, sureness: float = 1.0, **changes) -> dict:
    config = small(**MIXTURE | changes)
    module = fill(package.feed_forwards.moe.MoE(config)).train(training)
    with torch.no_grad():
        module.router.weight *= sureness
    report = outcome(module, draw(2, 5, config.n_embd), module=module)
    # An expert that no token is routed to may be left out of the sum: a gradient of None is as good as one of zeros.
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
