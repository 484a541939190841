"""Your placements/layerscale.py; the cases are in scripts/course/placements/layerscale/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
