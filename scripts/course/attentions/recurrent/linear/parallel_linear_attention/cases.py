"""What attentions.recurrent.linear.parallel_linear_attention is asked."""

from scripts.course.attentions.recurrent.shared import ask, entries
from scripts.workshop.check.cases import case, draw


def parallel(package, given: dict) -> dict:
    return ask(package.attentions.recurrent.linear.parallel_linear_attention, given)


case("five tokens and a state")(lambda package: parallel(package, entries(5)))


case("a single token")(lambda package: parallel(package, entries(1)))


case("as many tokens, heads and elements")(lambda package: parallel(package, entries(3, B=3, H=3, K=3, Vd=3)))


@case("three chunks of four tokens at once")
def several_chunks(package):
    given = entries(12, B=1, H=2, K=3, Vd=2)
    chunks = {name: given[name].unflatten(2, (3, 4)) for name in ("query", "key", "value", "log_decay")}
    return parallel(package, chunks | {"state": draw(1, 2, 3, 3, 2, seed=7)})


# Their sum has no exponential in float32.
case("decays that forget everything")(lambda package: parallel(package, entries(4, decay=60.0)))
