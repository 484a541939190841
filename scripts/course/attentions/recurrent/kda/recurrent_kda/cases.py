"""What attentions.recurrent.kda.recurrent_kda is asked."""

from scripts.course.attentions.recurrent.kda.shared import channel_entries
from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case


def recurrent(package, given: dict) -> dict:
    return ask(package.attentions.recurrent.kda.recurrent_kda, given)


case("five tokens and a state")(lambda package: recurrent(package, channel_entries(5)))


case("a single token")(lambda package: recurrent(package, channel_entries(1)))


case("as many tokens, heads and elements")(lambda package: recurrent(package, channel_entries(3, B=3, K=3, Vd=3)))
