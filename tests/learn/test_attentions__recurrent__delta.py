"""Your attentions/recurrent/delta.py; the cases are in scripts/course/attentions/recurrent/delta/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
