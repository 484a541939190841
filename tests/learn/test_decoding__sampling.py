"""Your decoding/sampling.py; the cases are in scripts/course/decoding/sampling/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
