"""Your normalizations/rms.py; the cases are in scripts/course/normalizations/rms/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
