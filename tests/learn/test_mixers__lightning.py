"""Your mixers/lightning.py; the cases are in scripts/course/mixers/lightning/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
