"""Your encodings/rotary.py; the cases are in scripts/course/encodings/rotary/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
