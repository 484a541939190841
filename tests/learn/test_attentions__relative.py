"""Your attentions/relative.py; the cases are in scripts/course/attentions/relative/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
