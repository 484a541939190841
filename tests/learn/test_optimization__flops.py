"""Your flops.py; the cases are in scripts/course/optimization/flops/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
