"""Your attentions/forgetting.py; the cases are in scripts/course/attentions/forgetting/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
