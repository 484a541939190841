"""What feed_forwards.deepseek_moe.DeepSeekMoE.forward is asked."""

import torch

from scripts.course.feed_forwards.deepseek_moe.shared import mixture
from scripts.workshop.check.cases import case, draw, outcome


def load_of(module) -> torch.Tensor:
    return torch.as_tensor(module.load).double()


def applied(package, training: bool = False, sureness: float = 1.0, **changes) -> dict:
    module = mixture(package, **changes).train(training)
    with torch.no_grad():
        module.router.weight *= sureness
    report = outcome(module, draw(2, 5, 24), module=module)
    # An expert that no token is routed to may be left out of the sum: a gradient of None is as good as one of zeros.
    for name, parameter in module.experts.named_parameters():
        if parameter.grad is None:
            report[f"the gradient to experts.{name}"] = torch.zeros_like(parameter)
    return report | {"the load": load_of(module)}


case("three of eight experts, in evaluation")(applied)


case("three of eight experts, in training")(lambda package: applied(package, training=True))


case("no shared expert")(lambda package: applied(package, n_shared_expert=0))


case("a single expert to a token, in training")(lambda package: applied(package, True, num_experts_per_tok=1))


case("a router that is very sure, and experts that nobody visits")(
    lambda package: applied(package, training=True, sureness=4.0, num_experts_per_tok=1, topk_group=1)
)


case("weights that do not sum to one")(lambda package: applied(package, norm_topk_prob=False))


@case("a training step, then an evaluation")
def evaluated_after_training(package):
    module = mixture(package)
    module.train()(draw(2, 5, 24))
    module.train()(draw(3, 5, 24, seed=1))
    trained = load_of(module)
    module.eval()(draw(2, 5, 24, seed=2))
    load = module.load
    return {
        "the load of two passes": trained,
        "the load after an evaluation": load_of(module),
        "it has a gradient": isinstance(load, torch.Tensor) and load.requires_grad,
    }


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16(package):
    # Scores that are far apart, so that rounding does not decide who is chosen.
    module = mixture(package)
    with torch.no_grad():
        module.router.weight.zero_()
        module.router.weight[:, :8] = torch.eye(8)
    return {"the result": module(draw(2, 5, 24)).detach()}
