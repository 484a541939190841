"""Your feed_forward.py; the cases are in scripts/workshop/checks/feed_forward.py."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
