"""ALiBi whose bias is scaled with the scores."""

from reference.config import GPTConfig

from ..positions import POSITION_ENCODINGS
from .alibi import ALiBi
from .base import float32_at_least


class ScaledALiBi(ALiBi):
    r"""softmax((q k^T + bias) / sqrt(D)), where ALiBi has softmax(q k^T / sqrt(D) + bias): slopes divided by sqrt(D).

    Falcon-RW (arXiv:2306.01116).
    """

    @float32_at_least()
    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.slopes /= config.head_dim**0.5


POSITION_ENCODINGS["alibi_scaled"] = ScaledALiBi
