"""Your decoding/streaming.py; the cases are in scripts/course/decoding/streaming/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
