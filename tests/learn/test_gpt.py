"""Your gpt.py; the cases are in scripts/course/gpt/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
