"""What people write for gpt.GPT.forward, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "the loss never in chunks": Kind(
        "You make all logits at once although loss_chunk asks for a few at a time. The loss is right, but no "
        "memory is saved: a long batch with a large vocabulary ends the run.",
        {"loss_chunk not heeded": ("if targets is not None and loss_chunk is not None:", "if False:")},
    ),
    "normed before the chunks too": Kind(
        "You hand loss_in_chunks what has already been through the final norm. It norms once more, and where "
        "the norm has weights, the head gets vectors of another size than without chunks.",
        {
            "normed before the chunks too": (
                "loss_in_chunks(self, x, targets, loss_chunk)",
                "loss_in_chunks(self, self.final_norm(x), targets, loss_chunk)",
            )
        },
    ),
    "layers' own loss added twice": Kind(
        "Behind loss_in_chunks you add what the layers want to have kept small once more. It is in there already.",
        {
            "auxiliary loss twice with chunks": (
                "return loss_in_chunks(self, x, targets, loss_chunk)",
                (
                    "return loss_in_chunks(self, x, targets, loss_chunk) + sum(\n"
                    "                block.mlp.auxiliary_loss for block in self.blocks\n"
                    "            )"
                ),
            )
        },
    ),
    "chunks for sampling too": Kind(
        "You go into the chunks whenever loss_chunk is given, also without targets. Whoever samples has none, "
        "and wants all logits.",
        {
            "chunks without targets": (
                "if targets is not None and loss_chunk is not None:",
                "if loss_chunk is not None:",
            )
        },
    ),
    "lengths not compared": Kind(
        "You do not check whether the sequence is longer than the positions reach. A text that is too long "
        "then fails deep inside with a puzzling error, or runs on at positions that the model has never seen.",
        {"lengths not compared": ("if self.config.max_seq_len < T:", "if False:")},
    ),
    "longest sequence refused": Kind(
        "You refuse a sequence that is exactly as long as the tables of positions. There still is a row for "
        "each of its tokens, and training uses sequences of that very length.",
        {"longest sequence refused": ("self.config.max_seq_len < T", "self.config.max_seq_len <= T")},
    ),
    "error of another kind or without lengths": Kind(
        "Your error is not a ValueError, or does not name both lengths. Whoever catches it looks for that kind "
        "of error, and whoever reads it wants to know how much too long the text is.",
        {
            "another error raised": ("raise ValueError(", "raise AssertionError("),
            "lengths not named": (
                ('f"the sequence has {T} tokens, but the positions end at max_seq_len = {self.config.max_seq_len}"'),
                '"the sequence is too long"',
            ),
        },
    ),
    "too long a sequence cut in silence": Kind(
        "You cut off the beginning of a sequence that is too long, without a word. The caller gets fewer "
        "logits than tokens, and with targets the two no longer fit together.",
        {
            "too long a sequence cut in silence": (
                "if self.config.max_seq_len < T:",
                ("tokens = tokens[:, -self.config.max_seq_len :]\n        T = tokens.shape[1]\n        if False:"),
            )
        },
    ),
    "positions of the whole table": Kind(
        "Your positions run to the end of the tables, not to the last of the tokens at hand. A shorter "
        "sequence then meets more positions than it has tokens, and the shapes no longer fit.",
        {
            "positions of the whole table": (
                "torch.arange(T, device=tokens.device) if",
                "torch.arange(self.config.max_seq_len, device=tokens.device) if",
            )
        },
    ),
    "positions that do not ascend": Kind(
        "Your positions do not go up by one from token to token. Attention decides by them who sees whom: "
        "tokens would see what comes after them, and a model that sees the answer does not learn to predict it.",
        {
            "the last position for all": (
                "torch.arange(T, device=tokens.device) if",
                "torch.full((T,), T - 1, device=tokens.device) if",
            ),
            "positions backwards": (
                "torch.arange(T, device=tokens.device) if",
                "torch.arange(T, device=tokens.device).flip(0) if",
            ),
        },
    ),
    "positions from one on": Kind(
        "You count the positions from one, where the first token stands at zero. The first row of every table "
        "is never used, and the longest sequence runs over its end.",
        {
            "positions from one on": (
                "torch.arange(T, device=tokens.device) if",
                "torch.arange(1, T + 1, device=tokens.device) if",
            )
        },
    ),
    "positions not added": Kind(
        "You leave out the step in which positions are added to the embedding. Models with learned or "
        "sinusoidal positions tell them nowhere else, and would see a text as little more than a bag of words.",
        {"positions not added": ("self.positions.embed(x, position)", "x")},
    ),
    "positions added in every layer": Kind(
        "You add the positions once more before every block. The residual stream carries them along from the "
        "first time; added again and again, they drown what the tokens mean.",
        {
            "positions added in every layer": (
                "x = block(x, context)",
                "x = block(self.positions.embed(x, position), context)",
            )
        },
    ),
    "positions added after the norm": Kind(
        "You norm the embedding first and add the positions to the result. The norm is there to start the "
        "residual stream at unit size, and what is added behind it changes that size again.",
        {
            "positions added after the norm": (
                "self.embedding_norm(self.positions.embed(x, position))",
                "self.positions.embed(self.embedding_norm(x), position)",
            )
        },
    ),
    "embedding norm forgotten": Kind(
        "The norm after the embedding plays no part in your forward pass. The residual stream then starts at "
        "whatever size the embedding has, and what the blocks add weighs more or less beside it than it should.",
        {
            "embedding norm forgotten": (
                "self.embedding_norm(self.positions.embed(x, position))",
                "self.positions.embed(x, position)",
            )
        },
    ),
    "a norm of your own, always": Kind(
        "You call an RMS norm yourself in the place of the one that the model has created. It has no weights, "
        "is of one kind only, and norms even where the configuration wants no norm.",
        {
            "embedding norm without weights": (
                "self.embedding_norm(self.positions.embed(x, position))",
                "F.rms_norm(self.positions.embed(x, position), x.shape[-1:], eps=self.config.norm_eps)",
            ),
            "final norm without weights, and always": (
                "self.final_norm(x)",
                "F.rms_norm(x, x.shape[-1:], eps=self.config.norm_eps)",
            ),
        },
    ),
    "one norm called in both places": Kind(
        "You call one of the model's two norms in both places, after the embedding and before the head. Each "
        "has weights of its own to learn, and there are models in which only one of the two does anything.",
        {
            "final norm taken for that of the embedding": ("self.final_norm(x)", "self.embedding_norm(x)"),
            "embedding norm taken for the final one": ("self.embedding_norm(self", "self.final_norm(self"),
        },
    ),
    "final norm forgotten": Kind(
        "Your head reads the residual stream as the last block leaves it, without the final norm. The stream "
        "may have grown with every block, so that the size of the logits depends on how deep the model is.",
        {"final norm forgotten": ("self.lm_head(self.final_norm(x))", "self.lm_head(x)")},
    ),
    "final norm after the head": Kind(
        "You norm the logits, where the vectors that the head reads are meant. Logits of a fixed size keep the "
        "model from being as sure as the text allows, and the norm's weights are made for another width.",
        {"final norm after the head": ("self.lm_head(self.final_norm(x))", "self.final_norm(self.lm_head(x))")},
    ),
    "embedding scale against the setting": Kind(
        "Whether you scale the embedding does not follow the setting, or follows it the wrong way round. "
        "Tokens then weigh more or less, beside positions or what the blocks add, than in the model that was "
        "asked for.",
        {
            "embedding always scaled": ("if self.config.embedding_scale:", "if True:"),
            "embedding never scaled": ("if self.config.embedding_scale:", "if False:"),
            "embedding scaled where it should not be": (
                "if self.config.embedding_scale:",
                "if not self.config.embedding_scale:",
            ),
        },
    ),
    "another factor for the embedding": Kind(
        "You scale the embedding by another factor than the one asked for: too large, too small, or changing "
        "with the length of the text. Tokens then weigh too much or too little beside positions or what the "
        "blocks add.",
        {
            "embedding scaled by the width": ("self.config.n_embd**0.5", "self.config.n_embd"),
            "embedding divided by the root of the width": ("self.config.n_embd**0.5", "self.config.n_embd**-0.5"),
            "embedding scaled by the root of the length": ("self.config.n_embd**0.5", "T**0.5"),
        },
    ),
    "embedding scaled too late": Kind(
        "You scale the embedding only after the positions are added, or even behind the norm. The factor is "
        "for the tokens' own vectors; this late, the positions grow with them, and what a norm has sized is "
        "resized.",
        {
            "embedding scaled after positions are added": (
                "x = self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
                (
                    "s = self.config.n_embd**0.5 if self.config.embedding_scale else 1.0\n"
                    "        x = self.dropout(self.embedding_norm(s * self.positions.embed(x / s, position)))"
                ),
            ),
            "embedding scaled after the norm": (
                "x = self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
                (
                    "s = self.config.n_embd**0.5 if self.config.embedding_scale else 1.0\n"
                    "        x = self.dropout(s * self.embedding_norm(self.positions.embed(x / s, position)))"
                ),
            ),
        },
    ),
    "dropout forgotten": Kind(
        "You never drop numbers of the embedded tokens, though the configuration may ask for it. In training, "
        "dropout keeps the model from relying on single numbers; without it, a small corpus is sooner learned "
        "by heart.",
        {"dropout forgotten": ("self.dropout(self.embedding_norm(", "(self.embedding_norm(")},
    ),
    "dropout in evaluation too": Kind(
        "Your dropout acts whether or not the model is training. In evaluation and generation it throws "
        "numbers away at random, and the same text gets other logits every time.",
        {
            "dropout in evaluation too": (
                "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
                "F.dropout(self.embedding_norm(self.positions.embed(x, position)), self.config.dropout)",
            )
        },
    ),
    "dropout before the norm": Kind(
        "You drop numbers before the norm instead of after it. The norm then resizes what is left by how much "
        "was dropped beside it, so that numbers no longer keep their size on average.",
        {
            "dropout before the norm": (
                "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
                "self.embedding_norm(self.dropout(self.positions.embed(x, position)))",
            )
        },
    ),
    "dropout without the growth of the rest": Kind(
        "You drop numbers, but take back the growth of those that are left. On average the vectors are then "
        "smaller in training than in evaluation, and the blocks learn for a size that they do not meet again.",
        {
            "dropout without the growth of the rest": (
                "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
                (
                    "self.dropout(self.embedding_norm(self.positions.embed(x, position)))\n"
                    "        x = x * (1 - self.config.dropout) if self.training else x"
                ),
            )
        },
    ),
    "dropout of whole vectors": Kind(
        "You drop whole tokens, all numbers of a vector together. Dropout is for single numbers: a token is to "
        "lose some of them, and not to vanish from the text.",
        {
            "dropout of whole vectors": (
                "self.dropout(self.embedding_norm(self.positions.embed(x, position)))",
                (
                    "self.embedding_norm(self.positions.embed(x, position))\n"
                    "        x = x * self.dropout(torch.ones_like(x[..., :1]))"
                ),
            )
        },
    ),
    "dropout at further places": Kind(
        "You drop numbers at further places than after the embedding: between the blocks, or before the head. "
        "Sublayers have a dropout of their own, and what you take from the residual stream itself is lost to "
        "all that comes after.",
        {
            "dropout between blocks too": ("x = block(x, context)", "x = self.dropout(block(x, context))"),
            "dropout before the head too": ("self.final_norm(x)", "self.dropout(self.final_norm(x))"),
        },
    ),
    "last block forgotten": Kind(
        "Your tokens do not pass through the last block. Its weights exist, but get no gradient, and the model "
        "is one layer less deep than it should be.",
        {
            "last block forgotten": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "zip(self.blocks[:-1], self.positions(position, cache))",
            )
        },
    ),
    "blocks in reverse order": Kind(
        "Your tokens pass through the last block first. A model that was trained in the right order would be "
        "run backwards, and blocks would get the contexts of other layers.",
        {
            "blocks in reverse order": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "zip(reversed(self.blocks), self.positions(position, cache))",
            )
        },
    ),
    "another layer's context or window": Kind(
        "Blocks are told something that is meant for another layer. Layers may differ in their positions and "
        "windows, and with a cache each has keys and values of its own to remember.",
        {
            "contexts in reverse order": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "zip(self.blocks, reversed(self.positions(position, cache)))",
            ),
            "the first layer's context for all": (
                "x = block(x, context)",
                "x = block(x, self.positions(position, cache)[0])",
            ),
            "the last layer's context for all": (
                "x = block(x, context)",
                "x = block(x, self.positions(position, cache)[-1])",
            ),
            "window of the first layer for all": (
                "x = block(x, context)",
                "x = block(x, context._replace(window=self.config.layer_windows[0]))",
            ),
        },
    ),
    "all contexts for every layer": Kind(
        "You hand the whole list of contexts to every block. A block asks for the positions, the window and "
        "the cache of one layer, its own, and a list cannot answer.",
        {"all contexts for every layer": ("x = block(x, context)", "x = block(x, self.positions(position, cache))")},
    ),
    "every block with every context": Kind(
        "You go through all contexts for every block, so that each block runs as often as there are layers. "
        "The model gets far deeper than it should be, and blocks are told what is meant for other layers.",
        {
            "loops over blocks and contexts, one in the other": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "((block, context) for block in self.blocks for context in self.positions(position, cache))",
            )
        },
    ),
    "contexts kept from the first call": Kind(
        "You keep the contexts of the first call and use them for all that follow. Another sequence has "
        "another length, or stands elsewhere in its text: the shapes do not fit, or the positions are old.",
        {
            "contexts kept from the first call": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                (
                    'zip(self.blocks, self.__dict__.setdefault("contexts", self.positions(position, cache)), '
                    "strict=True)"
                ),
            )
        },
    ),
    "blocks not chained": Kind(
        "What a block returns goes nowhere: every block, and the head too, reads the embedding. All that the "
        "blocks compute is lost on the way to the logits, and the model knows every token only by itself.",
        {"blocks not chained": ("x = block(x, context)", "y = block(x, context)")},
    ),
    "a residual around each block": Kind(
        "You add what a block returns to what it was given. Blocks have that addition inside them already, so "
        "the residual stream would about double in every layer.",
        {"a residual around each block": ("x = block(x, context)", "x = x + block(x, context)")},
    ),
    "embedding's weights for the head": Kind(
        "You make the logits with the weights of the embedding, without calling the head. In a model that is "
        "not tied, the head has weights of its own, which would never be used and never learn.",
        {
            "embedding's weights for the head": (
                "self.lm_head(self.final_norm(x))",
                "F.linear(self.final_norm(x), self.token_embedding.weight)",
            )
        },
    ),
    "too few digits behind the head": Kind(
        "What follows the head, in part or as a whole, is computed in the model's own dtype, where you need "
        "float32 at least. Bfloat16 keeps two or three digits, too few for exponentials to train on, and "
        "widening later brings none back.",
        {
            "logits left in bfloat16": ("logits.to(torch.promote_types(logits.dtype, torch.float32))", "logits"),
            "cap computed in bfloat16, then widened": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                ("logits = soft_cap(logits.to(x.dtype), self.config.logit_softcap).to(logits.dtype)\n"),
            ),
            "loss computed in bfloat16, then widened": (
                "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
                (
                    "F.cross_entropy(logits.flatten(0, 1).to(x.dtype), targets.flatten(), "
                    "ignore_index=-1).to(logits.dtype)"
                ),
            ),
        },
    ),
    "logits of another scale": Kind(
        "Your logits are not multiplied by the scale that the configuration names: it is left out, or goes in "
        "as another number. A model made for a scale would be too sure of itself, or not sure enough.",
        {
            "logits not scaled": (" * self.config.logit_scale", ""),
            "logits divided by their scale": (" * self.config.logit_scale", " / self.config.logit_scale"),
            "logits scaled by the root of the scale": ("* self.config.logit_scale", "* self.config.logit_scale**0.5"),
        },
    ),
    "logits scaled after the cap": Kind(
        "You cap the logits first and scale them afterwards. The scale moves the bound along with them, so "
        "that the logits end at another cap than the one that the configuration names.",
        {
            "logits scaled after the cap": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                (
                    "scale = self.config.logit_scale\n"
                    "            logits = soft_cap(logits / scale, self.config.logit_softcap) * scale\n"
                ),
            )
        },
    ),
    "scaled or capped only some of the time": Kind(
        "You scale or cap the logits in one case and not in the other: with targets or without, in training or "
        "out of it. The model is then trained on other probabilities than those that it generates with.",
        {
            "logits scaled without targets only": (
                "* self.config.logit_scale",
                "* (self.config.logit_scale if targets is None else 1.0)",
            ),
            "capped in training only": ("logit_softcap is not None:", "logit_softcap is not None and self.training:"),
            "loss capped, logits not": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                ("logits = logits if targets is None else soft_cap(logits, self.config.logit_softcap)\n"),
            ),
            "logits capped, loss not": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                ("logits = logits if targets is not None else soft_cap(logits, self.config.logit_softcap)\n"),
            ),
        },
    ),
    "capped where no cap is wanted": Kind(
        "You cap the logits even where the configuration asks for no cap, and either stop with an error or "
        "fall back on a number of your own. Many public models have none, and their logits go through as they "
        "are.",
        {
            "capped with None": ("if self.config.logit_softcap is not None:", "if True:"),
            "capped at 15 where there is no cap": (
                (
                    "if self.config.logit_softcap is not None:\n"
                    "            logits = soft_cap(logits, self.config.logit_softcap)"
                ),
                "logits = soft_cap(logits, self.config.logit_softcap or 15.0)",
            ),
        },
    ),
    "cap without effect": Kind(
        "The soft cap has no effect on your logits: it is left out, or its result is thrown away. Nothing then "
        "keeps a model from pushing its logits higher and higher, and a public model with a cap gives other "
        "numbers.",
        {
            "soft cap forgotten": ("logits = soft_cap(logits, self.config.logit_softcap)\n", "pass\n"),
            "cap not assigned": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                "soft_cap(logits, self.config.logit_softcap)\n",
            ),
        },
    ),
    "soft cap twice": Kind(
        "You send the logits through the soft cap two times. The second time squeezes what has been squeezed "
        "already: middling logits shrink further, and none comes near the cap any more.",
        {
            "soft cap twice": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                ("logits = soft_cap(soft_cap(logits, self.config.logit_softcap), self.config.logit_softcap)\n"),
            )
        },
    ),
    "another cap": Kind(
        "You cap the logits at another number than the configuration names for them: one of your own, or the "
        "one for attention's scores. Models differ in it, and weights that were trained with one cap give "
        "other probabilities with another.",
        {
            "cap hard-coded": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                "logits = soft_cap(logits, 15.0)\n",
            ),
            "cap of the scores": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                "logits = soft_cap(logits, self.config.attention_softcap or 50.0)\n",
            ),
        },
    ),
    "not scaled there and back": Kind(
        "The cap has two jobs, to make logits small before they are squeezed and large again afterwards, and "
        "you leave one of them out. Small logits no longer pass nearly unchanged, and the model gets less sure "
        "of everything, or surer.",
        {
            "cap not multiplied back": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                "logits = torch.tanh(logits / self.config.logit_softcap)\n",
            ),
            "cap not divided by": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                "logits = self.config.logit_softcap * torch.tanh(logits)\n",
            ),
        },
    ),
    "hard cap": Kind(
        "You cut the logits off at the cap. A logit beyond it gets no gradient and can hardly come back; the "
        "soft cap bends smoothly and always leaves a little.",
        {
            "hard cap": (
                "logits = soft_cap(logits, self.config.logit_softcap)\n",
                ("logits = logits.clamp(-self.config.logit_softcap, self.config.logit_softcap)\n"),
            )
        },
    ),
    "capped before the head": Kind(
        "You squeeze the vectors that the head reads as well. The cap is meant for logits alone: here it bends "
        "what the blocks have worked out, before anything is predicted from it.",
        {
            "capped before the head": (
                "logits = self.lm_head(self.final_norm(x))",
                "logits = self.lm_head(soft_cap(self.final_norm(x), self.config.logit_softcap or 1e9))",
            )
        },
    ),
    "probabilities, not logits": Kind(
        "You return probabilities, where logits are asked for. Whoever samples divides by a temperature and "
        "takes the softmax, and a softmax of probabilities makes all tokens nearly equally likely.",
        {"probabilities, not logits": ("            return logits\n", "            return logits.softmax(-1)\n")},
    ),
    "last position's logits only": Kind(
        "You return the logits of the last position only, always or with a cache. Texts of different lengths "
        "are read together, and each needs the logits at its own end; drafts of several tokens need them at "
        "every place.",
        {
            "last position's logits only": ("            return logits\n", "            return logits[:, -1:]\n"),
            "the last logits only, with a cache": (
                "            return logits\n",
                "            return logits if cache is None else logits[:, -1:]\n",
            ),
        },
    ),
    "logits where a loss is wanted": Kind(
        "You return logits although targets are given, always or where there is a cache too. With targets the "
        "caller wants a single number, how surprised the model was, to train or to judge it by.",
        {
            "logits with targets too": ("if targets is None:", "if True:"),
            "cache and targets not thought of together": (
                "if targets is None:",
                "if targets is None or cache is not None:",
            ),
        },
    ),
    "logits and loss together": Kind(
        "You return logits and loss as a pair. The caller expects one or the other: training goes backward "
        "from the result, which it cannot do from a pair.",
        {"logits and loss together": ("return loss + ", "return logits, loss + ")},
    ),
    "loss not averaged": Kind(
        "You add up the losses of the positions, or leave one for each, instead of taking their mean. Training "
        "goes back from a single number, and its size must not depend on how many tokens there are in a batch.",
        {
            "loss summed": ("ignore_index=-1)", 'ignore_index=-1, reduction="sum")'),
            "one loss per position": ("ignore_index=-1)", 'ignore_index=-1, reduction="none")'),
        },
    ),
    "loss in bits": Kind(
        "You give the loss in bits, where nats are asked for. The number is larger by almost a half, gradients "
        "with it, and it cannot be compared with the losses of other models.",
        {"loss in bits": ("ignore_index=-1)", "ignore_index=-1) / math.log(2)")},
    ),
    "positions that do not count taken in": Kind(
        "Your loss does not leave out the positions that are marked as not counting: it stops at the mark, or "
        "takes it for a token. Nothing follows there that could be predicted, but the rest of the batch is to "
        "be learned from.",
        {
            "ignore_index forgotten": (", ignore_index=-1)", ")"),
            "-1 taken for the last token": (
                "targets.flatten(), ignore_index=-1)",
                "targets.flatten() % self.config.vocab_size)",
            ),
        },
    ),
    "wrong token ignored": Kind(
        "You leave out token 0, which is a token like any other, instead of the positions that do not count. "
        "The model never learns to predict it, and the mark of the others is taken for a token that does not "
        "exist.",
        {"wrong token ignored": ("ignore_index=-1)", "ignore_index=0)")},
    ),
    "ignored positions counted in the mean": Kind(
        "You divide by the number of all positions, those that do not count among them. A batch with many of "
        "those seems to have a small loss, and its gradient is too small as well.",
        {
            "ignored positions counted in the mean": (
                "ignore_index=-1)",
                'ignore_index=-1, reduction="sum") / targets.numel()',
            )
        },
    ),
    "mean of the rows' means": Kind(
        "You average over every sequence first, and then over the averages. Where one has fewer positions that "
        "count, each of these weighs more, and a sequence without any makes the whole loss not-a-number.",
        {
            "mean of the rows' means": (
                "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
                "torch.stack([F.cross_entropy(a, b, ignore_index=-1) for a, b in zip(logits, targets)]).mean()",
            )
        },
    ),
    "targets shifted once more": Kind(
        "You shift the targets by one, though they come in shifted already. The model learns to predict the "
        "token after the next one, and one position of every sequence is lost.",
        {
            "targets shifted once more": (
                "F.cross_entropy(logits.flatten(0, 1), targets.flatten()",
                "F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten()",
            )
        },
    ),
    "loss against the tokens themselves": Kind(
        "You compare the logits with the tokens that were read, not with those that follow them. The model "
        "learns to repeat what it sees, and nothing about what comes next.",
        {
            "loss against the tokens themselves": (
                "targets.flatten(), ignore_index=-1)",
                "tokens.flatten(), ignore_index=-1)",
            )
        },
    ),
    "softmax before the cross-entropy": Kind(
        "You take a softmax before the cross-entropy, which takes one itself. Two of them make the "
        "probabilities so even that the loss hardly falls, however sure the model gets.",
        {
            "softmax before the cross-entropy": (
                "F.cross_entropy(logits.flatten(0, 1)",
                "F.cross_entropy(logits.softmax(-1).flatten(0, 1)",
            )
        },
    ),
    "label smoothing": Kind(
        "You smooth the targets, so that every token of the vocabulary counts as a little bit right. The loss "
        "is no longer the model's surprise at the text, and cannot be compared with that of other models.",
        {"label smoothing": ("ignore_index=-1)", "ignore_index=-1, label_smoothing=0.1)")},
    ),
    "targets viewed, not reshaped": Kind(
        "You ask for a view of the targets as one long row. Targets that are cut from a larger tensor do not "
        "lie in memory in one piece, and torch has no such view of them.",
        {"targets viewed, not reshaped": ("targets.flatten(), ignore_index=-1)", "targets.view(-1), ignore_index=-1)")},
    ),
    "loss as a plain number": Kind(
        "You turn the loss into a plain Python number. The number is right, but no gradient leads back from it "
        "to the weights, so that nothing can be learned from the text.",
        {"loss as a plain number": ("ignore_index=-1)", "ignore_index=-1).item()")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut at the embedding": ("self.token_embedding(tokens)", "self.token_embedding(tokens).detach()"),
            "gradient cut between blocks": ("x = block(x, context)", "x = block(x.detach(), context)"),
        },
    ),
    "gradients switched off": Kind(
        "You switch gradients off for all that follows, and never on again. Nothing can be learned from this "
        "loss, nor from that of any other model in the same program.",
        {
            "no gradient at all": (
                "        T = tokens.shape[1]",
                "        torch.set_grad_enabled(False)\n        T = tokens.shape[1]",
            )
        },
    ),
    "changed in place": Kind(
        "Tokens or targets that were handed in come out changed. They belong to the caller, and are often cut "
        "from the data themselves, so that the next step would read an altered text.",
        {
            "ignored targets overwritten": (
                "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)",
                (
                    "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)\n"
                    "        targets[targets == -1] = 0"
                ),
            ),
            "tokens clamped in place": ("self.token_embedding(tokens)", "self.token_embedding(tokens.clamp_(max=9))"),
        },
    ),
    "auxiliary loss missing": Kind(
        "The auxiliary loss of some blocks, or of all, is missing from your loss. Where nothing asks the "
        "experts to be equally busy, the router soon sends every token to the same few of them.",
        {
            "auxiliary loss forgotten": (" + sum(block.mlp.auxiliary_loss for block in self.blocks)", ""),
            "auxiliary loss of the last block only": (
                "sum(block.mlp.auxiliary_loss for block in self.blocks)",
                "self.blocks[-1].mlp.auxiliary_loss",
            ),
        },
    ),
    "auxiliary loss with another weight": Kind(
        "You give the auxiliary loss a factor that it should not have, for it comes weighted already. Too "
        "small, it lets experts fall idle; too large, it drowns what is to be learned from the text.",
        {
            "auxiliary loss as a mean over the blocks": (
                "sum(block.mlp.auxiliary_loss for block in self.blocks)",
                "sum(block.mlp.auxiliary_loss for block in self.blocks) / len(self.blocks)",
            ),
            "auxiliary loss weighted again": (
                "return loss + sum",
                "return loss + self.config.balance_loss_weight * sum",
            ),
            "auxiliary loss added for each position": ("return loss + sum(", "return loss + tokens.numel() * sum("),
        },
    ),
    "auxiliary loss taken off": Kind(
        "You take the auxiliary loss off, where it is to be added. Training would then be rewarded for sending "
        "all tokens to the same few experts.",
        {"auxiliary loss taken off": ("return loss + sum", "return loss - sum")},
    ),
    "auxiliary loss without a gradient": Kind(
        "You add the auxiliary loss as a mere number, without its gradient. The loss looks right, but the "
        "router does not feel it, and the experts become as unevenly busy as without.",
        {
            "auxiliary loss without a gradient": (
                "sum(block.mlp.auxiliary_loss for",
                "sum(torch.as_tensor(block.mlp.auxiliary_loss).detach() for",
            )
        },
    ),
    "auxiliary loss instead of the loss": Kind(
        "Where blocks have an auxiliary loss, you return it alone. The model would learn to keep its experts "
        "equally busy, and nothing about the text.",
        {
            "auxiliary loss instead of the loss": (
                "return loss + sum(block.mlp.auxiliary_loss for block in self.blocks)",
                "return sum(block.mlp.auxiliary_loss for block in self.blocks) or loss",
            )
        },
    ),
    "auxiliary loss added to the logits": Kind(
        "You add the auxiliary loss to the logits that you return. It belongs to the loss alone: it says how "
        "evenly busy the experts are, and nothing about which token follows.",
        {
            "auxiliary loss added to the logits": (
                "            return logits\n",
                ("            return logits + sum(block.mlp.auxiliary_loss for block in self.blocks)\n"),
            )
        },
    ),
    "caller's cache not told of the tokens": Kind(
        "The cache that is handed in never hears of the new tokens. It stays at the start of every sequence, "
        "so that each part of a text is read as if it were the first.",
        {
            "a new cache every time": (
                "else cache.advance(tokens)",
                "else (cache := type(cache)(self.config)).advance(tokens)",
            ),
            "cache not told of the tokens": (
                "torch.arange(T, device=tokens.device) if cache is None else cache.advance(tokens)",
                (
                    "torch.arange(T, device=tokens.device)\n"
                    "        position = position if cache is None else position.expand_as(tokens)"
                ),
            ),
        },
    ),
    "positions from zero on, with a cache too": Kind(
        "The cache says where the new tokens stand, but you count from zero again, for all layers or for what "
        "is added to the embedding. Tokens in the middle of a text are then taken for its first ones.",
        {
            "positions from zero on, with a cache too": (
                "x = self.dropout(self.embedding_norm(",
                (
                    "position = torch.arange(T, device=tokens.device).expand_as(position)\n"
                    "        x = self.dropout(self.embedding_norm("
                ),
            ),
            "positions added from zero on, with a cache too": (
                "self.positions.embed(x, position)",
                "self.positions.embed(x, torch.arange(T, device=tokens.device))",
            ),
        },
    ),
    "layers without the caller's cache": Kind(
        "The layers do not get the cache that is handed in. They remember nothing of earlier calls, so that "
        "the new tokens are read as if nothing came before them.",
        {
            "cache not handed to the layers": (
                "self.positions(position, cache), strict",
                "self.positions(position), strict",
            )
        },
    ),
    "positions without an axis for sequences": Kind(
        "With a cache, the positions that you hand on have no axis for the sequences, as if one row of them "
        "held for the whole batch. Every sequence goes on at its own end, and the cache looks for each one's "
        "row.",
        {
            "cache ignored": (" if cache is None else cache.advance(tokens)", ""),
            "positions of one sequence only": ("else cache.advance(tokens)", "else cache.advance(tokens)[0]"),
        },
    ),
    "positions of one sequence for all": Kind(
        "You take the positions of one sequence for all sequences of the batch. They may be of different "
        "lengths, and each goes on at its own end; elsewhere there are gaps, or what is remembered is "
        "overwritten.",
        {
            "every sequence where the longest stands": (
                "else cache.advance(tokens)",
                "else cache.advance(tokens).amax(0, True).expand_as(tokens)",
            ),
            "every sequence where the first stands": (
                "else cache.advance(tokens)",
                "else cache.advance(tokens)[:1].expand_as(tokens)",
            ),
        },
    ),
    "tokens counted more than once": Kind(
        "The cache is told of the same tokens more than once, and takes the text for longer than it is. The "
        "next tokens leave a gap before them, and the cache is full too early.",
        {
            "tokens counted twice": (
                "self.positions(position, cache), strict",
                "self.positions(position if cache is None else cache.advance(tokens) - T, cache), strict",
            ),
            "tokens counted in every layer": (
                "x = block(x, context)",
                ("x = block(x, context)\n            cache is None or cache.advance(tokens)"),
            ),
        },
    ),
    "tokens counted before they are placed": Kind(
        "Your positions lie too far ahead, by as many as there are new tokens, as if these had been counted "
        "before they were placed. The first places hold nothing, later tokens may land on places that are "
        "taken, and the tables end too early.",
        {
            "tokens counted before their positions are taken": (
                "else cache.advance(tokens)",
                "else cache.advance(tokens) + T",
            )
        },
    ),
    "the last token counted only": Kind(
        "The cache counts one token for every call, however many there are. The next ones then get positions "
        "of tokens that were read a moment ago, and overwrite what is remembered of them.",
        {
            "the last token counted only": (
                "else cache.advance(tokens)",
                "else cache.advance(tokens[:, -1:]) + torch.arange(T)",
            )
        },
    ),
    "the last token read only, with a cache": Kind(
        "With a cache you read only the last of the new tokens. A prompt comes all at once: its other tokens "
        "are never read, and nothing of them is remembered.",
        {
            "the last token read only, with a cache": (
                "        # Look the tokens up.\n",
                ("        tokens, T = (tokens, T) if cache is None else (tokens[:, -1:], 1)\n"),
            )
        },
    ),
    "a full cache not refused": Kind(
        "Where the cache has no room left, you go on at positions that are taken already, instead of refusing. "
        "The model then generates from a memory that is overwritten or mixed up, and nobody is told.",
        {
            "a full cache started anew": (
                "else cache.advance(tokens)",
                (
                    "else (\n"
                    "            cache.advance(tokens)\n"
                    "            if cache.longest + T <= self.config.max_seq_len\n"
                    "            else cache.advance(tokens[:, :0]) + torch.zeros_like(tokens)\n"
                    "        )"
                ),
            ),
            "a full cache not noticed": (
                "torch.arange(T, device=tokens.device) if cache is None else cache.advance(tokens)",
                (
                    "torch.arange(T, device=tokens.device)\n"
                    "        if cache is not None:\n"
                    "            cache.max_seq_len = 10**6\n"
                    "            position = cache.advance(tokens).clamp(max=self.config.max_seq_len - 1)"
                ),
            ),
        },
    ),
    "token 0 ignored too": Kind(
        "Besides the positions that do not count, you leave out those where token 0 follows. It is a token "
        "like any other, and the model would never learn when to write it.",
        {
            "token 0 ignored too": (
                "targets.flatten(), ignore_index=-1)",
                "targets.masked_fill(targets == 0, -1).flatten(), ignore_index=-1)",
            )
        },
    ),
    "final norm after every block": Kind(
        "You call the final norm behind every block. It is meant for what leaves the last one: in between it "
        "resizes the stream again and again, and no block reads what the one before has written as it was.",
        {
            "final norm after every block": (
                (
                    "x = block(x, context)\n"
                    "        # All logits of a long batch may need more memory than everything else: for the loss, a few at a time will do.\n"
                    "        if targets is not None and loss_chunk is not None:\n"
                    "            return loss_in_chunks(self, x, targets, loss_chunk)\n"
                    "        # A last norm, if the blocks have let the stream grow; then one logit for each token of the vocabulary.\n"
                    "        logits = self.lm_head(self.final_norm(x))"
                ),
                ("x = self.final_norm(block(x, context))\n        logits = self.lm_head(x)"),
            ),
            "final norm after every block, and at the end": (
                "x = block(x, context)",
                "x = self.final_norm(block(x, context))",
            ),
        },
    ),
}
