"""Your placements/parallel.py; the cases are in scripts/course/placements/parallel/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
