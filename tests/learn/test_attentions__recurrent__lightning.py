"""Your attentions/recurrent/lightning.py; the cases are in scripts/course/attentions/recurrent/lightning/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
