"""Your attentions/sparse/moba.py; the cases are in scripts/course/attentions/sparse/moba/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
