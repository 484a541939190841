"""What feed_forwards.moe.MoE.__init__ is asked."""

from scripts.course.feed_forwards.moe.shared import MIXTURE, route
from scripts.workshop.check.cases import attributes, case, parameters, small


@case("five experts, two of them active")
def moe_init(package):
    module = package.feed_forwards.moe.MoE(small(**MIXTURE, router_aux_loss_coef=0.25, bias=True))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "num_experts_per_tok", "router_aux_loss_coef"),
        "the kinds of expert": [type(expert).__name__ for expert in module.experts],
    }


@case("three of four experts active")
def moe_init_of_other_numbers(package):
    module = package.feed_forwards.moe.MoE(small(n_expert=4, num_experts_per_tok=3, router_aux_loss_coef=0.0))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "num_experts_per_tok", "router_aux_loss_coef"),
    }


@case("ten tokens to look at")
def moe_init_and_forward(package):
    return route(package)
