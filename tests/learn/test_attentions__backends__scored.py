"""Your backends/scored.py; the cases are in scripts/course/attentions/backends/scored/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
