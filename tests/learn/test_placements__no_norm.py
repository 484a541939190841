"""Your placements/no_norm.py; the cases are in scripts/course/placements/no_norm/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
