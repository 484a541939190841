"""Your placements/scaled.py; the cases are in scripts/course/placements/scaled/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
