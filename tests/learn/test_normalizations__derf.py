"""Your normalizations/derf.py; the cases are in scripts/course/normalizations/derf/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
