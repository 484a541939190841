"""Your mixers/delta.py; the cases are in scripts/course/mixers/delta/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
