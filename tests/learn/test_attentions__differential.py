"""Your attentions/differential.py; the cases are in scripts/course/attentions/differential/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
