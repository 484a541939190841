"""Your attentions/recurrent/delta_net.py; the cases are in scripts/course/attentions/recurrent/delta_net/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
