"""Your placements/keel.py; the cases are in scripts/course/placements/keel/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
