"""Your normalizations/dyt.py; the cases are in scripts/course/normalizations/dyt/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
