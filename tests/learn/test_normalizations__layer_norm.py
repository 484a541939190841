"""Your normalizations/layer_norm.py; the cases are in scripts/course/normalizations/layer_norm/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
