"""Cases for feed_forward.py."""

from dataclasses import replace

from . import SMALL, case, draw, fill, outcome, parameters


def think(package, config) -> dict:
    module = fill(package.feed_forward.MLP(config))
    return outcome(module, draw(2, 5, config.n_embd), module=module)


@case("feed_forward.MLP.__init__", "a width of 8")
def narrow_init(package):
    return {"the parameters": parameters(package.feed_forward.MLP(replace(SMALL, n_embd=8)))}


@case("feed_forward.MLP.__init__", "a width of 24")
def init(package):
    return {"the parameters": parameters(package.feed_forward.MLP(SMALL))} | think(package, SMALL)


@case("feed_forward.MLP.forward", "inputs of both signs")
def ordinary(package):
    return think(package, SMALL)


@case("feed_forward.MLP.forward", "an input of one token")
def single(package):
    module = fill(package.feed_forward.MLP(SMALL), spread=1.0)
    return outcome(module, draw(1, 1, SMALL.n_embd, seed=5), module=module)
