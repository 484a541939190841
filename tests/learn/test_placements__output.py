"""Your placements/output.py; the cases are in scripts/course/placements/output/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
