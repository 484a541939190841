"""What optimization.schedules.learning_rate_factor is asked."""

from unittest import mock

from scripts.course.optimization.schedules.shared import curve
from scripts.workshop.check.cases import case

FACTOR = "optimization.schedules.learning_rate_factor"


def factor_case(about: str, max_iters: int, **settings) -> None:
    @case(about)
    def factors(package):
        factor = package.optimization.schedules.learning_rate_factor
        return {"the curve": curve(lambda step: factor(step, max_iters, **settings), range(max_iters))}


@case("the last step of ten")
def last_step(package):
    return {"the result": package.optimization.schedules.learning_rate_factor(9, 10)}


factor_case("defaults", 10)


factor_case("the linear schedule", 8, schedule="linear")


factor_case("a warmup of four steps of twelve, then a cosine", 12, schedule="cosine", warmup_iters=4)


factor_case("a warmup, then a constant rate", 9, schedule="constant", warmup_iters=3)


factor_case("a min_lr_ratio of a tenth", 7, schedule="linear", min_lr_ratio=0.1)


factor_case("a warmup, then wsd, and a min_lr_ratio of 0.2", 13, warmup_iters=3, min_lr_ratio=0.2)


factor_case("a warmup, and a min_lr_ratio of 0.3", 12, schedule="cosine", warmup_iters=5, min_lr_ratio=0.3)


factor_case("a warmup of a single step", 5, schedule="linear", warmup_iters=1)


factor_case("a warmup that lasts to the end", 6, schedule="linear", warmup_iters=6)


factor_case("a warmup that is longer than the training", 6, schedule="cosine", warmup_iters=8)


@case("a schedule that was registered later")
def registered(package):
    with mock.patch.dict(package.optimization.schedules.SCHEDULES, {"parabola": lambda progress: 1 - progress**2}):
        factor = package.optimization.schedules.learning_rate_factor
        return {"the curve": curve(lambda step: factor(step, 6, "parabola", warmup_iters=2), range(6))}


@case("a schedule that does not exist")
def unknown(package):
    try:
        package.optimization.schedules.learning_rate_factor(3, 6, "cosinus")
    except ValueError as error:
        return {"what is raised": "ValueError", "the name is named": "cosinus" in str(error)}
    return {"what is raised": "nothing", "the name is named": False}
