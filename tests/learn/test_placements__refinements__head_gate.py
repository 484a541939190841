"""Your placements/refinements/head_gate.py; the cases are in scripts/course/placements/refinements/head_gate/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
