"""Your attentions/sparse/nsa.py; the cases are in scripts/course/attentions/sparse/nsa/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
