"""Cases for optimizers.py."""

from dataclasses import replace

import torch

from . import SMALL, case, draw_tokens, fill


def settings(model, optimizers) -> dict:
    """For every parameter: what it is optimised by, and how."""
    names = {parameter: name for name, parameter in model.named_parameters()}
    found = {}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            wanted = {key: group.get(key) for key in ("lr", "initial_lr", "eps", "weight_decay", "momentum")}
            wanted["betas"] = tuple(group.get("betas", ()))
            for parameter in group["params"]:
                name = names.get(parameter, "something that is no parameter of the model")
                entry = {"optimizer": type(optimizer).__name__} | wanted
                found[name] = "in two groups" if name in found else entry
    return found


def optimizer_case(about: str, n_embd: int, **learning_rates: float) -> None:
    @case("optimizers.setup_optimizers", about)
    def setup(package):
        model = fill(package.gpt.GPT(replace(SMALL, n_embd=n_embd)))
        optimizers = package.optimizers.setup_optimizers(model, **learning_rates)
        report = {
            "what is returned": [type(optimizers).__name__, *(type(optimizer).__name__ for optimizer in optimizers)],
            "the settings": settings(model, optimizers),
        }
        # In which dtype Muon works is left to the piece: a matter of speed.
        for group in optimizers[1].param_groups:
            group["dtype"] = torch.get_default_dtype()
        # Two steps, so that momentum and betas show.
        for seed in (1, 2):
            model(draw_tokens(2, 7), draw_tokens(2, 7, seed=seed)).backward()
            for optimizer in optimizers:
                optimizer.step()
            model.zero_grad()
        return report | {f"{name} after two steps": p.detach() for name, p in model.named_parameters()}


optimizer_case("a width of 24", n_embd=24)
optimizer_case("a width of 48 and other learning rates", n_embd=48, head_lr=0.01, embedding_lr=0.03, matrix_lr=0.05)
