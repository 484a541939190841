"""Your attentions/recurrent/kernel.py; the cases are in scripts/course/attentions/recurrent/kernel/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
