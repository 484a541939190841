"""Your placements/depth_scaled.py; the cases are in scripts/course/placements/depth_scaled/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
