"""What feed_forwards.moe.MoE.forward is asked."""

from unittest import mock

import torch

from scripts.course.feed_forwards.moe.shared import MIXTURE, route
from scripts.workshop.check.cases import (
    case,
    draw,
    fill,
    small,
)

MOE = "feed_forwards.moe.MoE.forward"


case("two of five experts, in evaluation")(lambda package: route(package))


case("two of five experts, in training")(lambda package: route(package, training=True))


case("a single expert to a token")(lambda package: route(package, num_experts_per_tok=1))


case("all experts for every token")(lambda package: route(package, n_expert=3, num_experts_per_tok=3))


case("a weight of 2 on the loss that balances")(lambda package: route(package, training=True, router_aux_loss_coef=2.0))


case("a router that is very sure, and experts that nobody visits")(
    lambda package: route(package, n_expert=16, sureness=4.0)
)


@case("bfloat16 weights and inputs", dtype=torch.bfloat16)
def bfloat16_moe(package):
    # The logits are exact, so that rounding does not decide who is chosen.
    module = fill(package.feed_forwards.moe.MoE(small(**MIXTURE)))
    with torch.no_grad():
        module.router.weight.zero_()
        module.router.weight[:, :5] = torch.eye(5)
    result = module.eval()(draw(2, 5, 24)).detach()
    evaluated = module.auxiliary_loss
    with mock.patch.object(package.feed_forwards.moe, "load_balance_loss", return_value=torch.tensor(0.0)) as asked:
        module.train()(draw(2, 5, 24))
    return {
        "the result": result,
        "auxiliary_loss in evaluation": evaluated,
        "the probabilities that load_balance_loss is given": asked.call_args.args[0].detach()
        if asked.call_args
        else "none",
    }


@case("an evaluation after a training step")
def evaluated_after_training(package):
    module = fill(package.feed_forwards.moe.MoE(small(**MIXTURE)))
    module.train()(draw(2, 5, 24))
    module.eval()(draw(2, 5, 24))
    loss = module.auxiliary_loss
    return {"auxiliary_loss in evaluation": loss.item() if isinstance(loss, torch.Tensor) else float(loss)}
