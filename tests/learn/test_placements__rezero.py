"""Your placements/rezero.py; the cases are in scripts/course/placements/rezero/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
