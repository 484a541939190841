"""Your attentions/sparse/key_blocks.py; the cases are in scripts/course/attentions/sparse/key_blocks/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
