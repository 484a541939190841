"""What attentions.recurrent.linear.recurrent_linear_attention is asked."""

from scripts.course.attentions.recurrent.shared import ask, entries
from scripts.workshop.check.cases import case


def recurrent(package, given: dict) -> dict:
    return ask(package.attentions.recurrent.linear.recurrent_linear_attention, given)


case("five tokens and a state")(lambda package: recurrent(package, entries(5)))


case("a single token")(lambda package: recurrent(package, entries(1)))


case("as many tokens, heads and elements")(lambda package: recurrent(package, entries(3, B=3, H=3, K=3, Vd=3)))
