"""Your attentions/recurrent/retention.py; the cases are in scripts/course/attentions/recurrent/retention/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
