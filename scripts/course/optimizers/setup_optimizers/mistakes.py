"""What people write for optimizers.setup_optimizers, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED, NOTHING_RETURNED

MISTAKES = {
    "head and embedding rates swapped": Kind(
        "You give the head the embedding's rate and the embedding the head's. By default one is fifty times "
        "the other: the head takes steps that are far too large, and the embedding hardly moves.",
        {
            "head and embedding rates swapped": (
                (
                    '{"params": [head], "lr": head_lr * scale},\n'
                    '            {"params": [] if embedding is head else [embedding], "lr": embedding_lr * scale},'
                ),
                (
                    '{"params": [head], "lr": embedding_lr * scale},\n'
                    '            {"params": [] if embedding is head else [embedding], "lr": head_lr * scale},'
                ),
            )
        },
    ),
    "vectors at the rate of the embedding": Kind(
        "You give the rest of the weights the embedding's rate instead of their own. By default it is ten "
        "times as large, and norms and biases, which act on every token, would jump about instead of settling.",
        {"vectors at the rate of the embedding": ('"lr": vector_lr * scale', '"lr": embedding_lr * scale')},
    ),
    "a rate not scaled": Kind(
        "You hand on one of AdamW's rates as it is, without scaling it to the width. It was tuned in a model "
        "of one width: a narrower one then learns more slowly than it could, and a wider one takes steps that "
        "are too large.",
        {
            "head's rate not scaled": ("head_lr * scale", "head_lr"),
            "embedding's rate not scaled": ("embedding_lr * scale", "embedding_lr"),
            "vectors' rate not scaled": ('"lr": vector_lr * scale', '"lr": vector_lr'),
        },
    ),
    "scale the wrong way round": Kind(
        "Your scale grows with the width, where it should shrink. A wide model then takes the largest steps, "
        "although so many channels move together in it, and a narrow one learns more slowly than it could.",
        {"scale the wrong way round": ("(model.config.n_embd / 768) ** -0.5", "(model.config.n_embd / 768) ** 0.5")},
    ),
    "scale without its root": Kind(
        "Your scale changes too quickly with the width, because a root is missing. It is right at the width of "
        "the tuning only; narrower models take steps that are too large, and wider ones steps that are too "
        "small.",
        {"scale without the root": ("** -0.5", "** -1.0")},
    ),
    "another width to compare with": Kind(
        "You compare the model's width with another one than that at which the rates were tuned. All rates of "
        "AdamW come out too small, in every model, and what it trains learns more slowly than it could.",
        {
            "scale relative to 1": ("model.config.n_embd / 768", "model.config.n_embd"),
            "scale relative to 512": ("(model.config.n_embd / 768)", "(model.config.n_embd / 512)"),
        },
    ),
    "width hard-coded": Kind(HARD_CODED, {"width hard-coded": ("model.config.n_embd / 768", "64 / 768")}),
    "a given rate ignored": Kind(
        "A learning rate that is handed in has no effect: you write down a number of your own, or leave the "
        "optimizer at its default. With the usual rates nobody notices, but whoever tries others gets the same "
        "result every time.",
        {
            "head's rate hard-coded": ("head_lr * scale", "0.004 * scale"),
            "matrices' rate left at its default": ("lr=matrix_lr, ", ""),
        },
    ),
    "Muon's rate scaled too": Kind(
        "You scale Muon's rate to the width, as if it were one of AdamW's. Orthogonalised steps have a fitting "
        "size at any width already; scaled once more, they are too large in a narrow model and too small in a "
        "wide one.",
        {"matrices' rate scaled too": ("lr=matrix_lr,", "lr=matrix_lr * scale,")},
    ),
    "other betas": Kind(
        "You give AdamW other betas than those that are asked for. The mean of its gradients looks further "
        "back with them and follows more slowly, though the rates were tuned for a shorter memory.",
        {
            "betas left at their default": ("        betas=(0.8, 0.95),\n", ""),
            "betas of GPT-3": ("betas=(0.8, 0.95)", "betas=(0.9, 0.95)"),
            "betas swapped": ("betas=(0.8, 0.95)", "betas=(0.95, 0.8)"),
        },
    ),
    "eps too large": Kind(
        "Your eps is torch's usual one, which is larger than the one that is asked for. Beside the tiny "
        "gradients of rare tokens it is not always negligible, and their rows then learn more slowly than they "
        "should.",
        {"eps left at its default": ("        eps=1e-10,\n", ""), "eps 1e-8": ("eps=1e-10", "eps=1e-8")},
    ),
    "weight decay": Kind(
        "Your AdamW pulls its weights towards zero, by its default or by a number of your own. Rare tokens "
        "suffer most: between the few gradients that their rows get, every step makes them a little smaller.",
        {
            "weight decay left at its default": ("        weight_decay=0.0,\n", ""),
            "weight decay of GPT-3": ("weight_decay=0.0", "weight_decay=0.1"),
        },
    ),
    "too little momentum": Kind(
        "Your Muon averages over fewer gradients than it is asked to, or takes only the latest. "
        "Orthogonalising makes weak directions as strong as the others, and with so short a memory many of "
        "those are the noise of single batches.",
        {
            "Muon's momentum 0.9": ("momentum=0.95", "momentum=0.9"),
            "no momentum": ("momentum=0.95, ", "momentum=0.0, "),
        },
    ),
    "head or embedding left out": Kind(
        "The head or the embedding stands in no group. It gets gradients, but no optimizer ever takes a step "
        "with them, so that the model has to make do with the numbers that it began with there.",
        {
            "head forgotten": ('{"params": [head],', '{"params": [],'),
            "embedding forgotten": ("[] if embedding is head else [embedding]", "[]"),
        },
    ),
    "tied weight in no group": Kind(
        "Where head and embedding share one weight, you leave it out of both groups. No optimizer takes a step "
        "for it then, and the tokens keep their first random vectors for ever.",
        {"tied weight in no group": ("[head],", "[] if embedding is head else [head],")},
    ),
    "some of the rest left out": Kind(
        "Among the weights that are neither head, embedding nor matrix of a block, some stand in no group: "
        "norms, biases or positions. They get gradients, but no optimizer takes a step with them, and they "
        "stay as they began.",
        {
            "the rest forgotten": ('            {"params": others, "lr": vector_lr * scale},\n', ""),
            "the rest of the blocks only": (
                "for weight in model.parameters() if id(weight)",
                "for weight in model.blocks.parameters() if id(weight)",
            ),
            "the rest outside the blocks only": (
                "for weight in model.parameters() if id(weight) not in taken]",
                ("for name, weight in model.named_parameters() if id(weight) not in taken and name[:6] != 'blocks']"),
            ),
            "positions left out": ("if id(weight) not in taken]", "if weight.ndim == 1]"),
            "biases left out": (
                "for weight in model.parameters() if id(weight) not in taken]",
                (
                    'for name, weight in model.named_parameters() if id(weight) not in taken and "proj.bias" not '
                    "in name]"
                ),
            ),
            "norms left out": (
                "for weight in model.parameters() if id(weight) not in taken]",
                ('for name, weight in model.named_parameters() if id(weight) not in taken and "norm" not in name]'),
            ),
        },
    ),
    "a weight in two groups of AdamW": Kind(
        "A weight stands in two groups of your AdamW: as head and as embedding, or once in its place and once "
        "more among the rest. Torch refuses to build such an optimizer, because the weight would take two "
        "steps at a time.",
        {
            "tied weight in two groups": ("[] if embedding is head else [embedding]", "[embedding]"),
            "embedding among the rest": ("[head, embedding, *matrices]", "[head, *matrices]"),
            "everything a second time among the rest": (" if id(weight) not in taken]", "]"),
        },
    ),
    "a weight in both optimizers": Kind(
        "You hand Muon weights that AdamW has as well, the head among them. They would take two steps at a "
        "time, and Muon treats as one map what is a table with a row for every token.",
        {
            "head with Muon too": ("Muon(matrices", "Muon([*matrices, model.lm_head.weight]"),
            "every matrix with Muon": ("Muon(matrices", "Muon([p for p in model.parameters() if p.ndim == 2]"),
        },
    ),
    "tied weight counted as the embedding": Kind(
        "A weight that head and embedding share gets the embedding's rate in your code. It has a hand in every "
        "logit as the head, and at that rate, by default fifty times the head's own, its steps are far too "
        "large.",
        {
            "tied weight counted as the embedding": (
                (
                    '{"params": [head], "lr": head_lr * scale},\n'
                    '            {"params": [] if embedding is head else [embedding],'
                ),
                (
                    '{"params": [] if embedding is head else [head], "lr": head_lr * scale},\n'
                    '            {"params": [embedding],'
                ),
            )
        },
    ),
    "matrices left to AdamW": Kind(
        "Some matrices of the blocks do not go to Muon, so that AdamW takes them along with the rest. It moves "
        "each number by itself, at a rate for vectors, where Muon would give all directions of the matrix "
        "steps of one size.",
        {
            "last block forgotten": ("model.blocks.parameters()", "model.blocks[:-1].parameters()"),
            "only the MLPs with Muon": (
                "model.blocks.parameters()",
                "[p for block in model.blocks for p in block.mlp.parameters()]",
            ),
            "square matrices only": (
                "model.blocks.parameters()",
                "[p for p in model.blocks.parameters() if p.size(0) == p.size(-1)]",
            ),
            "projections only with Muon, and no router": (
                "[weight for weight in model.blocks.parameters() if weight.ndim == 2]",
                '[weight for name, weight in model.blocks.named_parameters() if name.endswith("proj.weight")]',
            ),
            "experts' matrices left to AdamW": (
                "[weight for weight in model.blocks.parameters() if weight.ndim == 2]",
                '[w for name, w in model.blocks.named_parameters() if w.ndim == 2 and "experts" not in name]',
            ),
        },
    ),
    "vectors with Muon": Kind(
        "You hand Muon the vectors in the blocks too: weights of norms, and biases. It can only work on what "
        "has rows and columns, so that its first step would end with an error.",
        {"vectors with Muon": ("if weight.ndim == 2]", "]")},
    ),
    "positions with Muon": Kind(
        "You hand Muon the table of learned positions. Its rows stand for single positions and are looked up "
        "one by one, like those of the embedding: it is no map from vectors to vectors, and AdamW suits it "
        "better.",
        {
            "positions with Muon": (
                "[weight for weight in model.blocks.parameters() if weight.ndim == 2]",
                (
                    "[w for n, w in model.named_parameters() if w.ndim == 2]\n"
                    "    tables = {model.lm_head.weight, model.token_embedding.weight}\n"
                    "    matrices = [w for w in matrices if w not in tables]"
                ),
            )
        },
    ),
    "copies of the matrices": Kind(
        "You give Muon copies of the matrices. A copy gets no gradient, so that Muon never takes a step; the "
        "matrices of the model, which nobody has taken, end up with AdamW among the rest.",
        {
            "copies of the matrices": (
                "model.blocks.parameters()",
                "[p.detach().clone() for p in model.blocks.parameters()]",
            )
        },
    ),
    "another optimizer for the matrices": Kind(
        "You give the matrices an ordinary optimizer in place of Muon. Its steps are large in a few directions "
        "and small in most others, and a rate that was chosen for orthogonalised steps does not fit it.",
        {
            "SGD for Muon": (
                "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)",
                "torch.optim.SGD(matrices, lr=matrix_lr, momentum=0.95)",
            ),
            "AdamW for Muon": (
                "Muon(matrices, lr=matrix_lr, momentum=0.95, dtype=dtype)",
                "torch.optim.AdamW(matrices, lr=matrix_lr)",
            ),
        },
    ),
    "weights looked for by comparison": Kind(
        "You look for a weight in a list of weights, which Python does by comparing them. Two tensors are "
        "compared number by number, or not at all if their shapes differ: there is no single yes or no, and "
        "your code stops.",
        {
            "weights looked for with in": (
                "if id(weight) not in taken]",
                "if weight not in [head, embedding, *matrices]]",
            )
        },
    ),
    "initial_lr missing": Kind(
        "The groups of one optimizer, or of both, do not remember their initial rate. The schedule reads it "
        "before every step to work out the rate, and training would end with an error at the first.",
        {
            "initial_lr forgotten": ('group["initial_lr"] = group["lr"]', "pass"),
            "initial_lr for AdamW only": ("for optimizer in optimizers:", "for optimizer in optimizers[:1]:"),
            "initial_lr for Muon only": ("for optimizer in optimizers:", "for optimizer in optimizers[1:]:"),
        },
    ),
    "another rate remembered": Kind(
        "Some of your groups remember another initial rate than the one they were given: the scale is taken "
        "out again, or it is the optimizer's default. The schedule starts from what they remember, and "
        "training runs at those rates instead.",
        {
            "initial_lr before the scale": (
                'group["initial_lr"] = group["lr"]',
                'group["initial_lr"] = group["lr"] / scale',
            ),
            "initial_lr of the optimizer's default": ('= group["lr"]\n', '= optimizer.defaults["lr"]\n'),
        },
    ),
    "Muon not returned": Kind(
        "The list that you return holds only AdamW. The matrices of the blocks, which are most of a large "
        "model, would get gradients in training, and nobody would ever take a step with them.",
        {"Muon forgotten": ("optimizers = [adamw, muon]", "optimizers = [adamw]")},
    ),
    "optimizers in the other order": Kind(
        "You return the two optimizers in the other order. Whoever takes the first of them for AdamW would "
        "read, or change, the settings of Muon.",
        {"Muon first": ("optimizers = [adamw, muon]", "optimizers = [muon, adamw]")},
    ),
    "a tuple instead of a list": Kind(
        "You return a tuple where a list is asked for. In a loop they look alike, but nothing can be added to "
        "a tuple, and code that expects a list may refuse it.",
        {"a tuple": ("optimizers = [adamw, muon]", "optimizers = (adamw, muon)")},
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("    return optimizers\n", "")}),
}
