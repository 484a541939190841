"""What gpt.GPT.init_weights is asked."""

import torch

from scripts.workshop.check.cases import case, distribution, draw_tokens, fill, parameters, small


def initialised(package, config) -> dict:
    torch.manual_seed(0)
    # Weights of another size to begin with: a new embedding happens to have standard deviation 1.
    model = fill(package.gpt.GPT(config), std=3.0)
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


@case("a model of two wide layers")
def two_layers(package):
    return initialised(package, small(vocab_size=300, n_embd=128, n_kv_head=1))


@case("a single layer")
def single_layer(package):
    return initialised(package, small(vocab_size=300, n_embd=128, n_layer=1))
