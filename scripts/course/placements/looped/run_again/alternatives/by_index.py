"""Passes and blocks by their numbers."""


def run_again(x, blocks, passes, begin):
    for number in range(len(passes)):
        x = begin(x)
        for layer in range(len(blocks)):
            x = blocks[layer](x, passes[number][layer])
    return x
