"""Your placements/ngpt.py; the cases are in scripts/course/placements/ngpt/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
