"""Your generation.py; the cases are in scripts/course/decoding/generation/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
