"""Your placements/mixer.py; the cases are in scripts/course/placements/mixer/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
