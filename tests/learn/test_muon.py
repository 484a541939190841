"""Your muon.py; the cases are in scripts/workshop/checks/muon.py."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
