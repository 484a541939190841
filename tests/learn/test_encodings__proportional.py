"""Your encodings/proportional.py; the cases are in scripts/course/encodings/proportional/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
