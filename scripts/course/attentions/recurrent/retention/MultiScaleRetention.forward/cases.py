"""What attentions.recurrent.retention.MultiScaleRetention.forward is asked."""

import torch

from scripts.course.attentions.recurrent.shared import read_at_once, read_in_parts, read_with_dropout
from scripts.workshop.check.cases import case, fill, small


def layer(package, **changes):
    config = small(attention_type="retention", **{"linear_value_head_dim": 5} | changes)
    return fill(package.attentions.recurrent.retention.MultiScaleRetention(config, 0))


case("six tokens, larger keys than values")(lambda package: read_at_once(package, layer(package), 6))


case("a single token, and biases")(
    lambda package: read_at_once(package, layer(package, bias=True, linear_value_head_dim=None), 1)
)


@case("bfloat16 weights and tokens", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(read_at_once(package, layer(package), 5)["the result"].dtype)}


case("a cache, a text in parts, and values as large as keys")(
    lambda package: read_in_parts(package, layer(package, linear_value_head_dim=None))
)


case("dropout of everything but a few")(lambda package: read_with_dropout(package, layer(package, dropout=0.9)))
