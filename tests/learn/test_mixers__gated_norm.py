"""Your mixers/gated_norm.py; the cases are in scripts/course/mixers/gated_norm/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
