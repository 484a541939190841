"""Your backends/fused.py; the cases are in scripts/course/backends/fused/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
