"""Cases for gpt.py."""

from scripts.workshop.check.cases import SMALL, fill, outcome


def model_of(package, config=SMALL, spread: float = 0.5):
    return fill(package.gpt.GPT(config), spread)


def logits_of(package, config, tokens, targets=None, spread: float = 0.5) -> dict:
    model = model_of(package, config, spread)
    return outcome(model, tokens, *([] if targets is None else [targets]), module=model)
