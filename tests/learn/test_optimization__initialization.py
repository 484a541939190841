"""Your initialization.py; the cases are in scripts/course/optimization/initialization/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
