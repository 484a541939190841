"""Your attentions/recurrent/linear.py; the cases are in scripts/course/attentions/recurrent/linear/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
