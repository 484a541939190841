"""Your adamw.py; the cases are in scripts/workshop/checks/adamw.py."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
