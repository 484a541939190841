"""Your mixers/convolution.py; the cases are in scripts/course/mixers/convolution/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
