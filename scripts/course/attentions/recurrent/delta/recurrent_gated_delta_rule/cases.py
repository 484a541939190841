"""What attentions.recurrent.delta.recurrent_gated_delta_rule is asked."""

from scripts.course.attentions.recurrent.shared import ask, delta_entries
from scripts.workshop.check.cases import case


def recurrent(package, given: dict) -> dict:
    return ask(package.attentions.recurrent.delta.recurrent_gated_delta_rule, given)


case("five tokens and a state")(lambda package: recurrent(package, delta_entries(5)))


case("a single token")(lambda package: recurrent(package, delta_entries(1)))


case("as many tokens, heads and elements")(lambda package: recurrent(package, delta_entries(3, B=3, K=3, Vd=3)))
