"""Your attentions/sparse/selection.py; the cases are in scripts/course/attentions/sparse/selection/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
