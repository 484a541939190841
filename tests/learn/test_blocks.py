"""Your blocks.py; the cases are in scripts/course/blocks/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
