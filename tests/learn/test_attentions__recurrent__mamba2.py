"""Your attentions/recurrent/mamba2.py; the cases are in scripts/course/attentions/recurrent/mamba2/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
