"""Other formulas for the same curves: what is left instead of what is done, a squared cosine, early returns."""


def learning_rate_factor(step, max_iters, schedule="wsd", warmup_iters=0, min_lr_ratio=0.0):
    if schedule not in SCHEDULES:
        raise ValueError(f"there is no schedule {schedule}")
    if warmup_iters > step:
        return (1 + step) * (1 / warmup_iters)
    remaining = (max_iters - step) / (max_iters - warmup_iters)
    height = SCHEDULES[schedule](1 - remaining)
    return height + (1 - height) * min_lr_ratio
