"""What attentions.recurrent.ssd.pass_states is asked."""

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def passed(package, n: int, *sizes: int) -> dict:
    B, H, K, Vd = sizes or (2, 3, 4, 5)
    given = {
        "written": draw(B, H, n, K, Vd, seed=1),
        "log_decay": -draw(B, H, n, seed=2).abs(),
        "state": draw(B, H, K, Vd, seed=3),
    }
    return ask(package.attentions.recurrent.ssd.pass_states, given)


case("four chunks")(lambda package: passed(package, 4))


case("a single chunk")(lambda package: passed(package, 1))


case("as many chunks, heads and elements")(lambda package: passed(package, 3, 3, 3, 3, 3))
