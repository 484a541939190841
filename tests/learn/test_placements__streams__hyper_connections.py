"""Your placements/streams/hyper_connections.py; the cases are beside its pieces."""


def test_agrees_with_the_reference(case, passes):
    passes(case)
