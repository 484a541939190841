"""Your placements/sandwich.py; the cases are in scripts/course/placements/sandwich/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
