"""Your optimization/qk_clip.py; the cases are in scripts/course/optimization/qk_clip/."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
