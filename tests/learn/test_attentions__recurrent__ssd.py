"""Your attentions/recurrent/ssd.py; the cases are in scripts/course/attentions/recurrent/ssd/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
