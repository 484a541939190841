"""Your decoding/shared_keys.py; the cases are in scripts/course/decoding/shared_keys/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
