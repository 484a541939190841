"""Your embeddings/multi_token.py; the cases are in scripts/course/embeddings/multi_token/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
