"""No feed-forward: the blocks that go without one ask for none."""

from typing import NoReturn

from reference.config import GPTConfig

from ..feed_forward import FEED_FORWARDS

PLAIN = {"norm_position": "pre", "post_norm": False, "attn_scale": False, "residual_stream": "one"}


def no_feed_forward(config: GPTConfig) -> NoReturn:
    """Raises `ValueError`: a block that asks for a feed-forward has to get one."""
    others = [(name, value) for name in PLAIN if (value := getattr(config, name)) != PLAIN[name]]
    unlike = "".join(f" with {name} = {value!r}" for name, value in others)
    raise ValueError(
        f"ffn_type = 'none'{unlike}: no public model has it; a block without a feed-forward is plain pre-norm"
    )


FEED_FORWARDS["none"] = no_feed_forward
