"""What optimization.optimizers.setup_optimizers is asked."""

import torch

from scripts.workshop.check.cases import case, draw_tokens, fill, small


def described(model, optimizers) -> dict:
    """What every parameter is optimised by, and how."""
    names = {parameter: name for name, parameter in model.named_parameters()}
    kinds, settings = {}, {}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            wanted = {
                key: group[key] for key in ("lr", "initial_lr", "eps", "weight_decay", "momentum") if key in group
            }
            if "betas" in group:
                wanted["betas"] = tuple(group["betas"])
            for parameter in group["params"]:
                name = names.get(parameter, "something that is no parameter of the model")
                kinds[name] = "two at once" if name in kinds else type(optimizer).__name__
                settings |= {f"{key} of {name}": value for key, value in wanted.items()}
    return {"which optimizer has which parameter": kinds, "the settings": settings}


def optimizer_case(about: str, learning_rates: dict | None = None, **changes) -> None:
    @case(about)
    def setup(package):
        model = fill(package.gpt.GPT(small(**changes)))
        optimizers = package.optimization.optimizers.setup_optimizers(model, **learning_rates or {})
        if not isinstance(optimizers, list):
            return {"the kind of what is returned": optimizers and type(optimizers).__name__}
        kinds = [type(optimizer).__name__ for optimizer in optimizers]
        report = {"the kind of what is returned": "list", "what is in the list": kinds}
        if kinds != ["AdamW", "Muon"]:
            return report
        report |= described(model, optimizers)
        # In which dtype Muon orthogonalises is left to the piece: that is a matter of speed.
        for group in optimizers[1].param_groups:
            group["dtype"] = torch.get_default_dtype()
        # Two steps, so that momentum and betas show.
        for seed in (1, 2):
            model(draw_tokens(2, 7), draw_tokens(2, 7, seed=seed)).backward()
            for optimizer in optimizers:
                optimizer.step()
            model.zero_grad()
        return report | {f"{name} after two steps": p.detach() for name, p in model.named_parameters()}


optimizer_case("a width of 24")


@case("norms with weights in the blocks", track="norms")
def norm_weights(package):
    model = fill(package.gpt.GPT(small(normalization="rmsnorm")))
    optimizers = package.optimization.optimizers.setup_optimizers(model)
    names = {parameter: name for name, parameter in model.named_parameters()}
    muon = [names[parameter] for group in optimizers[-1].param_groups for parameter in group["params"]]
    return {"which parameters Muon has": sorted(muon)}


@case("a width of 1200")
def wide(package):
    model = package.gpt.GPT(small(n_layer=1, n_embd=1200, n_head=2, n_kv_head=1, head_dim=2, ffn_hidden=8))
    optimizers = package.optimization.optimizers.setup_optimizers(model)
    return {"the learning rates": described(model, optimizers)["the settings"]}


optimizer_case(
    "a width of 48 and other learning rates", {"head_lr": 0.01, "embedding_lr": 0.03, "matrix_lr": 0.05}, n_embd=48
)
