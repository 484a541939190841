"""What attentions.recurrent.lightning.LightningAttention.forward is asked."""

import torch

from scripts.course.attentions.recurrent.shared import read_at_once, read_in_parts, read_with_dropout
from scripts.workshop.check.cases import case, fill, small


def layer(package, **changes):
    return fill(package.attentions.recurrent.lightning.LightningAttention(small(head_dim=5, **changes), 0))


case("six tokens")(lambda package: read_at_once(package, layer(package), 6))


case("a single token, and biases")(lambda package: read_at_once(package, layer(package, bias=True), 1))


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(read_at_once(package, layer(package), 5)["the result"].dtype)}


case("a cache, and a text in parts")(lambda package: read_in_parts(package, layer(package)))


case("dropout of everything but a few")(lambda package: read_with_dropout(package, layer(package, dropout=0.9)))
