"""Your feed_forwards/moe.py; the cases are in scripts/course/feed_forwards/moe/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
