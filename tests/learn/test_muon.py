"""Your muon.py; the cases are in scripts/course/muon/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
