"""Your positions.py; the cases are in scripts/course/positions/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
