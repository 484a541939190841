"""Your placements/refinements/unit_scales.py; the cases are in scripts/course/placements/refinements/unit_scales/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
