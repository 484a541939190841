"""Your mixers/gated_delta_net.py; the cases are in scripts/course/mixers/gated_delta_net/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
