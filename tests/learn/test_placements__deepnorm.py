"""Your placements/deepnorm.py; the cases are in scripts/course/placements/deepnorm/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
