"""What attentions.latent.MultiHeadLatentAttention.absorbed is asked."""

import torch

from scripts.course.attentions.latent.shared import (
    ABSORBED,
    ask,
    handed_over,
    latent,
    module_of,
    parts,
)
from scripts.workshop.check.cases import (
    case_of,
)
from scripts.workshop.check.work import Work


@case_of(ABSORBED, "bfloat16 weights and inputs", dtype=torch.bfloat16)
def absorbed_bfloat16(package):
    return ask(package, "absorbed", latent(), 3, 6, "q_nope")


@case_of(ABSORBED, "a backend that does something else")
def absorbed_backend(package):
    return handed_over(package, "absorbed")


@case_of(ABSORBED, "an eye on what is computed")
def absorbed_takes_little(package):
    # 60 tokens to look at, for one query. Making keys and values of them would be most of the work.
    config = latent(head_dim=16, value_head_dim=16, latent_rank=6, rope_head_dim=4)
    module = module_of(package, config)
    mods = package.attentions.backends.scored.ScoreMods(torch.tensor([59]), torch.arange(60), 0.2)
    with torch.no_grad(), Work() as work:
        module.absorbed(*parts(1, 60, config, B=1).values(), mods)
    made = 60 * config.latent_rank * config.n_head * (config.head_dim + config.value_head_dim)
    return {"less is computed than half of all keys and values": work.products < made / 2}
