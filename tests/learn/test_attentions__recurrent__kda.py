"""Your attentions/recurrent/kda.py; the cases are in scripts/course/attentions/recurrent/kda/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
