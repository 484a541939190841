"""What people write for optimization.optimizers.setup_optimizers, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

HEAD, EMBEDDING = '{"params": head, "lr": head_lr * scale}', '{"params": embedding, "lr": embedding_lr * scale}'

MISTAKES = {
    "learning rates of head and embedding swapped": Kind(
        "You give the head the embedding's learning rate and the embedding the head's. By default one is fifty times "
        "the other: the head takes steps that are far too large, and the embedding hardly moves.",
        {
            "learning rates of head and embedding swapped": (
                f"{HEAD}, {EMBEDDING}",
                '{"params": head, "lr": embedding_lr * scale}, {"params": embedding, "lr": head_lr * scale}',
            )
        },
    ),
    "a learning rate not scaled": Kind(
        "You do not scale one of AdamW's learning rates with the width C. It was tuned at C = 768: a narrower model "
        "then learns more slowly than it could, and a wider one takes steps that are too large.",
        {
            "head's not scaled": ("head_lr * scale", "head_lr"),
            "embedding's not scaled": ("embedding_lr * scale", "embedding_lr"),
        },
    ),
    "scale the wrong way round": Kind(
        "Your scale grows with the width C, and should shrink. A wide model, in which many channels move together, "
        "then takes the largest steps.",
        {"scale the wrong way round": ("(model.config.n_embd / 768) ** -0.5", "(model.config.n_embd / 768) ** 0.5")},
    ),
    "wider models not scaled": Kind(
        "Your scale is never below 1, so that models wider than 768 keep the learning rates of that width. The wider a "
        "model, the more channels move together, and the smaller its steps must be.",
        {
            "scale never below 1": (
                "scale = (model.config.n_embd / 768) ** -0.5",
                "scale = max(1.0, (model.config.n_embd / 768) ** -0.5)",
            )
        },
    ),
    "scale without its root": Kind(
        "Your scale is 768 / C, without the square root. It is right at C = 768 only; narrower models take steps that "
        "are too large, and wider ones steps that are too small.",
        {"scale without the root": ("** -0.5", "** -1.0")},
    ),
    "another reference width": Kind(
        "You compare the width C with another one than 768, at which the learning rates were tuned. All of AdamW's "
        "learning rates come out too small, and the model learns more slowly than it could.",
        {
            "scale relative to 1": ("model.config.n_embd / 768", "model.config.n_embd"),
            "scale relative to 512": ("(model.config.n_embd / 768)", "(model.config.n_embd / 512)"),
        },
    ),
    "width hard-coded": Kind(HARD_CODED, {"width hard-coded": ("model.config.n_embd / 768", "64 / 768")}),
    "a given learning rate ignored": Kind(
        "A learning rate that is passed in has no effect: you write a value of your own, or leave the optimizer's "
        "default. With the default arguments the model still trains, but every other value gives the same run.",
        {
            "head_lr ignored": ("head_lr * scale", "0.004 * scale"),
            "embedding_lr ignored": ("embedding_lr * scale", "0.2 * scale"),
            "matrix_lr ignored": ("lr=matrix_lr, ", ""),
        },
    ),
    "Muon's learning rate scaled too": Kind(
        "You scale Muon's learning rate with the width, as AdamW's. Orthogonalised steps have a fitting size at any "
        "width; scaled again, they are too large in a narrow model and too small in a wide one.",
        {"Muon's learning rate scaled too": ("lr=matrix_lr,", "lr=matrix_lr * scale,")},
    ),
    "other betas": Kind(
        "Your AdamW has other betas than (0.8, 0.95). Its moving averages have another length, and the learning rates "
        "were tuned for these.",
        {
            "betas left at their default": ("        betas=(0.8, 0.95),\n", ""),
            "betas of GPT-3": ("betas=(0.8, 0.95)", "betas=(0.9, 0.95)"),
            "betas swapped": ("betas=(0.8, 0.95)", "betas=(0.95, 0.8)"),
        },
    ),
    "eps too large": Kind(
        "Your eps is torch's default, 1e-8, instead of 1e-10. Beside the tiny gradients of rare tokens it is not "
        "negligible, and their rows learn more slowly than they should.",
        {"eps left at its default": ("        eps=1e-10,\n", ""), "eps 1e-8": ("eps=1e-10", "eps=1e-8")},
    ),
    "weight decay": Kind(
        "Your AdamW has weight decay, by its default or by a value of your own. It shrinks the rows of rare tokens "
        "most, which have few gradients to make up for it.",
        {
            "weight decay left at its default": ("        weight_decay=0.0,\n", ""),
            "weight decay of GPT-3": ("weight_decay=0.0", "weight_decay=0.1"),
        },
    ),
    "too little momentum": Kind(
        "Your Muon has less momentum than 0.95, or none. Orthogonalising makes weak directions as strong as the others, "
        "and averaged over few gradients many of those are noise of single batches.",
        {"Muon's momentum 0.9": ("momentum=0.95", "momentum=0.9"), "no momentum": ("momentum=0.95)", "momentum=0.0)")},
    ),
    "head or embedding left out": Kind(
        "The head or the embedding is in no group. It gets gradients, but no optimizer takes a step with them, and it "
        "stays as it was initialised.",
        {"head forgotten": (f"{HEAD}, ", ""), "embedding forgotten": (f", {EMBEDDING}", "")},
    ),
    "a parameter in both optimizers": Kind(
        "You give Muon parameters that AdamW has as well. They would take two steps at a time.",
        {
            "head with Muon too": ("Muon(matrices", "Muon([*matrices, *head]"),
            "every matrix with Muon": ("Muon(matrices", "Muon([p for p in model.parameters() if p.ndim == 2]"),
        },
    ),
    "matrices left out": Kind(
        "Some matrices of the blocks are in no group. They get gradients, but no optimizer takes a step with them, and "
        "they stay as they were initialised.",
        {
            "last block forgotten": ("Muon(matrices", "Muon(list(model.blocks[:-1].parameters())"),
            "only the MLPs": ("Muon(matrices", "Muon([p for block in model.blocks for p in block.mlp.parameters()]"),
            "square matrices only": ("Muon(matrices", "Muon([p for p in matrices if p.size(0) == p.size(1)]"),
        },
    ),
    "matrices with AdamW": Kind(
        "You give matrices of the blocks to AdamW. It scales each weight by itself, where Muon gives all directions of "
        "a matrix steps of the same size.",
        {
            "matrices with the head": (
                '{"params": head, "lr": head_lr * scale}',
                '{"params": head + matrices[:6], "lr": head_lr * scale}',
            )
        },
    ),
    "copies of the matrices": Kind(
        "You give Muon copies of the matrices. A copy gets no gradient, and the matrices of the model stay as they were "
        "initialised.",
        {"copies of the matrices": ("Muon(matrices", "Muon([p.detach().clone() for p in matrices]")},
    ),
    "another optimizer for the matrices": Kind(
        "You give the matrices another optimizer than Muon. Its steps are large in a few directions and small in most "
        "others, and a learning rate for orthogonalised steps does not fit it.",
        {
            "SGD for Muon": (
                "Muon(matrices, lr=matrix_lr, momentum=0.95)",
                "torch.optim.SGD(matrices, lr=matrix_lr, momentum=0.95)",
            ),
            "AdamW for Muon": (
                "Muon(matrices, lr=matrix_lr, momentum=0.95)",
                "torch.optim.AdamW(matrices, lr=matrix_lr)",
            ),
        },
    ),
    "initial_lr missing": Kind(
        'The groups of one optimizer, or of both, have no "initial_lr". The schedule multiplies it before every step, '
        "and training stops with a KeyError at the first.",
        {
            "initial_lr forgotten": ('group["initial_lr"] = group["lr"]', "pass"),
            "initial_lr for AdamW only": ("for optimizer in optimizers:", "for optimizer in optimizers[:1]:"),
            "initial_lr for Muon only": ("for optimizer in optimizers:", "for optimizer in optimizers[1:]:"),
        },
    ),
    "another initial_lr": Kind(
        'Some of your groups have an "initial_lr" that is not their "lr": without the scale, or the optimizer\'s '
        "default. The schedule starts from it, and training runs at those learning rates instead.",
        {
            "AdamW's initial_lr before the scale": (
                'group["initial_lr"] = group["lr"]',
                'group["initial_lr"] = group["lr"] / (scale if optimizer is adamw else 1)',
            ),
            "initial_lr before the scale": (
                'group["initial_lr"] = group["lr"]',
                'group["initial_lr"] = group["lr"] / scale',
            ),
            "initial_lr of the optimizer's default": ('= group["lr"]\n', '= optimizer.defaults["lr"]\n'),
        },
    ),
    "Muon not returned": Kind(
        "The list that you return has only AdamW. Nobody takes a step for the matrices of the blocks, which are most "
        "of a large model.",
        {"Muon forgotten": ("optimizers = [adamw, muon]", "optimizers = [adamw]")},
    ),
    "optimizers in the other order": Kind(
        "You return [Muon, AdamW] instead of [AdamW, Muon]. Code that changes the settings of the first one would "
        "change Muon's.",
        {"Muon first": ("optimizers = [adamw, muon]", "optimizers = [muon, adamw]")},
    ),
    "a tuple instead of a list": Kind(
        "You return a tuple, and the signature says list. Nothing can be appended to a tuple, and code that expects a "
        "list may fail.",
        {"a tuple": ("optimizers = [adamw, muon]", "optimizers = (adamw, muon)")},
    ),
    "every weight of the blocks to Muon": Kind(
        "You give Muon every weight of the blocks. In nanochat's model all of them are matrices; where norms have weights, "
        "these are vectors, which Muon cannot orthogonalise and refuses.",
        {
            "every weight of the blocks to Muon": (
                "head, embedding, matrices = parameter_groups(model)",
                "head, embedding, _ = parameter_groups(model)\n    matrices = list(model.blocks.parameters())",
            )
        },
    ),
}
