"""Your placements/post.py; the cases are in scripts/course/placements/post/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
