"""Your placements/looped.py; the cases are in scripts/course/placements/looped/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
