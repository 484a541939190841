"""Your feed_forward.py; the cases are in scripts/course/feed_forward/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
