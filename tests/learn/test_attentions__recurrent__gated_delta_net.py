"""Your attentions/recurrent/gated_delta_net.py; the cases are beside its pieces."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
