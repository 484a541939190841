"""Your placements/refinements/ssmax.py; the cases are in scripts/course/placements/refinements/ssmax/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
