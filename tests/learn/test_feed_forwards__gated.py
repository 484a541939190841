"""Your feed_forwards/gated.py; the cases are in scripts/course/feed_forwards/gated/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
