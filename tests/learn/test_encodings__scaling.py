"""Your encodings/scaling.py; the cases are in scripts/course/encodings/scaling/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
