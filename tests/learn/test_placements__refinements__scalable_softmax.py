"""Your placements/refinements/scalable_softmax.py; the cases are in the folder of that name in scripts/course/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
