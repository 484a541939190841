"""Your norms.py; the cases are in scripts/course/norms/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
