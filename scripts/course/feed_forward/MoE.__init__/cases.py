"""What feed_forward.MoE.__init__ is asked."""

from scripts.course.feed_forward.shared import MIXTURE, route
from scripts.workshop.check.cases import attributes, case, parameters, small


@case("five experts, two of them active")
def moe_init(package):
    module = package.feed_forward.MoE(small(**MIXTURE, balance_loss_weight=0.25, bias=True))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "n_active", "balance_loss_weight"),
        "the kinds of expert": [type(expert).__name__ for expert in module.experts],
    }


@case("three of four experts active")
def moe_init_of_other_numbers(package):
    module = package.feed_forward.MoE(small(n_expert=4, n_expert_active=3, balance_loss_weight=0.0))
    return {
        "the parameters": parameters(module),
        "the attributes": attributes(module, "n_active", "balance_loss_weight"),
    }


@case("ten tokens to look at")
def moe_init_and_forward(package):
    return route(package)
