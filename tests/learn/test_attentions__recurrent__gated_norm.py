"""Your attentions/recurrent/gated_norm.py; the cases are in scripts/course/attentions/recurrent/gated_norm/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
