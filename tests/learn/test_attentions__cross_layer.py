"""Your attentions/cross_layer.py; the cases are in scripts/course/attentions/cross_layer/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
