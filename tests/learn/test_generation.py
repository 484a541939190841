"""Your generation.py; the cases are in scripts/workshop/checks/generation.py."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
