"""Other formulas for the same curves: what is left instead of what is done, a squared cosine, early returns."""


def wsd(progress, warmdown=0.4):
    left = 1.0 - progress
    if left >= warmdown:
        return 1.0
    return left / warmdown
