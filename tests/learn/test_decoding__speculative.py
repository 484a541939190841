"""Your decoding/speculative.py; the cases are in scripts/course/decoding/speculative/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
