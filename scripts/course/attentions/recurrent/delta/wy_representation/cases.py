"""What attentions.recurrent.delta.wy_representation is asked."""

from scripts.course.attentions.recurrent.shared import ask, delta_entries
from scripts.workshop.check.cases import case


def solved(package, T: int, **options) -> dict:
    given = delta_entries(T, **options)
    given = {name: given[name] for name in ("key", "value", "log_decay", "beta")}
    return ask(package.attentions.recurrent.delta.wy_representation, given)


case("five tokens")(lambda package: solved(package, 5))


case("a single token")(lambda package: solved(package, 1))


case("as many tokens, heads and elements")(lambda package: solved(package, 3, B=3, K=3, Vd=3))


@case("three chunks of four tokens at once")
def several_chunks(package):
    given = delta_entries(12, B=1, H=2, K=3, Vd=2)
    chunks = {name: given[name].unflatten(2, (3, 4)) for name in ("key", "value", "log_decay", "beta")}
    return ask(package.attentions.recurrent.delta.wy_representation, chunks)
