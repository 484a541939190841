"""What attentions.recurrent.gated_delta_net.GatedDeltaNet.forward is asked."""

import torch

from scripts.course.attentions.recurrent.gated_delta_net.shared import layer
from scripts.course.attentions.recurrent.shared import read_at_once, read_in_parts, read_with_dropout
from scripts.workshop.check.cases import case

case("six tokens")(lambda package: read_at_once(package, layer(package), 6))


case("a single token, one key head for each value head")(
    lambda package: read_at_once(package, layer(package, linear_num_key_heads=4, linear_value_head_dim=3), 1)
)


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(read_at_once(package, layer(package), 5)["the result"].dtype)}


case("a cache, and a text in parts")(lambda package: read_in_parts(package, layer(package), tail=2))


case("dropout of everything but a few")(lambda package: read_with_dropout(package, layer(package, dropout=0.9)))
