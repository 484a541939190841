"""Your mixers/linear.py; the cases are in scripts/course/mixers/linear/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
