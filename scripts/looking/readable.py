"""Losses and large amounts as people read them: smoothed, and in a few characters."""


def smoothed(losses: list[float], keep: float) -> list[float]:
    """Running means, in which a loss counts `keep` times as much as the one after it."""
    mean, weight, means = 0.0, 0.0, []
    for loss in losses:
        mean = keep * mean + (1 - keep) * loss
        # At first the mean is still drawn towards the zero that it began with.
        weight = keep * weight + (1 - keep)
        means.append(mean / weight)
    return means


def count(value: float | None) -> str:
    """A large number in four characters or so: 1.64M."""
    if value is None:
        return "-"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:,.3g}"


def loss_text(loss: float | None, otherwise: str = "-") -> str:
    return otherwise if loss is None else f"{loss:.4f}"
