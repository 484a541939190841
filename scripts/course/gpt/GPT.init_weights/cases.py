"""What gpt.GPT.init_weights is asked."""

import torch

from scripts.workshop.check.cases import (
    case,
    distribution,
    draw_tokens,
    fill,
    parameters,
    small,
)


@case("a model of two wide layers")
def init_weights(package):
    torch.manual_seed(0)
    # Weights of another size to begin with: an embedding, for one, has spread one from the moment that it is made.
    model = fill(package.gpt.GPT(small(vocab_size=300, n_embd=128, n_kv_head=1)), spread=3.0)
    before = dict(model.named_parameters())
    model.init_weights()
    report: dict = {"the parameters": parameters(model), "what was replaced, not changed in place": []}
    for name, weight in model.named_parameters():
        if weight is not before.get(name):
            report["what was replaced, not changed in place"].append(name)
        if name.endswith(("lm_head.weight", "o_proj.weight", "down_proj.weight")):
            report[name] = weight.detach()
        else:
            rows, columns = weight.shape
            sigma = 1.0 if "embedding" in name else columns**-0.5 * min(1.0, (rows / columns) ** 0.5)
            report |= {f"the {kind} of {name}": value for kind, value in distribution(weight, sigma).items()}
    report["the loss before training"] = model(draw_tokens(2, 8), draw_tokens(2, 8, seed=1)).item()
    return report


@case("experts, a tied head, and biases")
def init_other_weights(package):
    config = small(ffn_type="moe", n_expert=3, weight_tying=True, bias=True, normalization="layernorm")
    model = fill(package.gpt.GPT(config), spread=3.0)
    model.init_weights()
    kept = {name: weight.detach() for name, weight in model.named_parameters() if not weight.any() or "norm" in name}
    return {"what is zero, or was left alone": sorted(kept)} | kept


@case("another way to draw them")
def init_by_name(package):
    model = fill(package.gpt.GPT(small(init="gpt2", vocab_size=300)), spread=3.0)
    model.init_weights()
    return {
        f"the {kind} of {name}": value
        for name, weight in model.named_parameters()
        for kind, value in distribution(
            weight, 0.01 if name.endswith(("o_proj.weight", "down_proj.weight")) else 0.02
        ).items()
    }


@case("a way to draw them that nobody knows")
def init_unknown(package):
    try:
        package.gpt.GPT(small(init="gtp2")).init_weights()
    except ValueError as error:
        return {"what is raised": "ValueError", "the name is named": "gtp2" in str(error)}
    return {"what is raised": "nothing", "the name is named": False}
