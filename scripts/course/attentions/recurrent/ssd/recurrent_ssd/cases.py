"""What attentions.recurrent.ssd.recurrent_ssd is asked."""

from scripts.course.attentions.recurrent.shared import ask, delta_entries
from scripts.workshop.check.cases import case


def stepped(package, T: int, **options) -> dict:
    # A step where the delta rule has beta.
    return ask(package.attentions.recurrent.ssd.recurrent_ssd, delta_entries(T, **options))


case("five tokens and a state")(lambda package: stepped(package, 5))


case("a single token")(lambda package: stepped(package, 1))


case("as many tokens, heads and elements")(lambda package: stepped(package, 3, B=3, H=3, K=3, Vd=3))
