"""Your attentions/composed.py; the cases are in scripts/course/attentions/composed/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
