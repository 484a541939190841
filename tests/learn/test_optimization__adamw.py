"""Your adamw.py; the cases are in scripts/course/optimization/adamw/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
