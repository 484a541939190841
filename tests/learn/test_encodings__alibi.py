"""Your encodings/alibi.py; the cases are in scripts/course/encodings/alibi/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
