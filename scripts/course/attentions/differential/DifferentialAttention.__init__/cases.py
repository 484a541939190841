"""What attentions.differential.DifferentialAttention.__init__ is asked."""

import torch

from scripts.course.attentions.shared import LAMBDAS, context_of
from scripts.workshop.check.cases import (
    attributes,
    case,
    distribution,
    draw,
    fill,
    outcome,
    parameters,
    small,
)

DIFFERENTIAL_INIT = "attentions.differential.DifferentialAttention.__init__"


def created_differential(package, config, layer: int) -> dict:
    module = package.attentions.differential.DifferentialAttention(config, layer)
    names = ("n_head", "n_kv_head", "head_dim", "scale", "window", "softcap", "norm_eps", "lambda_init")
    return {"the parameters": parameters(module), "the attributes": attributes(module, *names)}


@case("two query heads to a key/value head")
def differential_init(package):
    return created_differential(package, small(n_layer=3), 2)


@case("heads of another size than C/H, biases, sinks, and another eps")
def other_differential_init(package):
    config = small(n_kv_head=4, head_dim=10, bias=True, attention_sinks=True, norm_eps=0.25, score_scale=0.5)
    return created_differential(package, config, 1)


@case("the first layer, and the twelfth of thirteen, each with its window")
def differential_layers(package):
    config = small(n_layer=13, attention_window="3,none")
    return {f"layer {layer}": created_differential(package, config, layer)["the attributes"] for layer in (0, 11)}


@case("heads of six hundred numbers")
def drawn_lambdas(package):
    torch.manual_seed(0)
    module = package.attentions.differential.DifferentialAttention(
        small(n_head=2, n_kv_head=2, n_embd=4, head_dim=600), 0
    )
    report: dict = {}
    for name in LAMBDAS:
        vector = getattr(module, name)
        report |= {f"the {kind} of {name}": value for kind, value in distribution(vector, 0.1).items()}
    firsts = {round(getattr(module, name)[0].item(), 9) for name in LAMBDAS}
    return report | {"how many of the four are different": len(firsts)}


@case("an odd number of key/value heads")
def odd_heads(package):
    report = {}
    for n_kv_head in (1, 3):
        try:
            package.attentions.differential.DifferentialAttention(small(n_head=6, n_kv_head=n_kv_head), 0)
        except ValueError as error:
            raised, named = "ValueError", str(n_kv_head) in str(error)
        else:
            raised, named = "nothing", False
        report |= {f"what is raised for {n_kv_head}": raised, f"the number {n_kv_head} is named": named}
    return report


@case("five tokens to look at")
def differential_init_and_forward(package):
    module = fill(package.attentions.differential.DifferentialAttention(small(n_layer=3), 2))
    context = context_of(package, 6, 0, length=5)
    return outcome(lambda x: module(x, context), draw(2, 5, 24), module=module)
