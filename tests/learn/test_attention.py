"""Your attention.py; the cases are in scripts/workshop/checks/attention.py."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
