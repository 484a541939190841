"""Your feed_forwards/xielu.py; the cases are in scripts/course/feed_forwards/xielu/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
