"""Your normalizations/l2.py; the cases are in scripts/course/normalizations/l2/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
