"""What decoding.shared_keys.source_layers is asked."""

from scripts.workshop.check.cases import case

OWN, SHARED = "standard", "shared"


def sources(package, kinds: list[str], views: list) -> dict:
    before = (list(kinds), list(views))
    try:
        found = list(package.decoding.shared_keys.source_layers(kinds, views))
    except ValueError as error:
        return {"what is raised": "ValueError", "it says which layer": [d for d in str(error) if d.isdecimal()][:1]}
    return {"the sources": found, "the arguments are as they were": (list(kinds), list(views)) == before}


case("no layer shares")(lambda package: sources(package, [OWN] * 3, ["a"] * 3))


case("pairs of neighbours")(lambda package: sources(package, [OWN, SHARED, OWN, SHARED], [None] * 4))


case("all layers behind the second")(lambda package: sources(package, [OWN, OWN, *[SHARED] * 4], [(None, "rope")] * 6))


@case("windows in turn")
def windows(package):
    views = [(window, "rope") for window in (8, 8, None, 8, None, None, 8, 8, None)]
    return sources(package, [OWN] * 5 + [SHARED] * 4, views)


@case("keys made in between, and windows of several sizes")
def between(package):
    kinds = [OWN, SHARED, OWN, OWN, SHARED, OWN, SHARED, SHARED]
    views = [(4, "rope"), (4, "rope"), (9, "rope"), (4, "rope"), (9, "rope"), (4, "none"), (4, "none"), (4, "rope")]
    return sources(package, kinds, views)


@case("another kind of attention between them")
def others(package):
    return sources(package, [OWN, "latent", SHARED, "differential", SHARED], ["a"] * 5)


case("the first layer shares")(lambda package: sources(package, [SHARED, OWN], ["a", "a"]))


case("no earlier layer with that window")(lambda package: sources(package, [OWN, SHARED, OWN], ["a", "b", "b"]))


case("only latent attention before it")(lambda package: sources(package, ["latent", SHARED], ["a", "a"]))
