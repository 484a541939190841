"""Your encodings/llama3.py; the cases are in scripts/course/encodings/llama3/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
