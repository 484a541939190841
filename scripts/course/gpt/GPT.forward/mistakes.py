"""What people write for gpt.GPT.forward, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "positions that do not ascend": Kind(
        "Your positions do not go up by one from token to token. Attention's causal mask follows from them: tokens "
        "would attend to those after them, and a model that reads the answer does not learn to predict it.",
        {
            "the last position for all": (
                "self.positions_of(tokens, cache)",
                "torch.full_like(tokens[0], tokens.shape[1] - 1)",
            ),
            "positions backwards": ("self.positions_of(tokens, cache)", "torch.arange(tokens.shape[1]).flip(0)"),
        },
    ),
    "positions from one on": Kind(
        "You count the positions from one, where the first token stands at zero. The first row of every table is "
        "never used, and the longest sequence runs over its end.",
        {
            "positions from one on": ("self.positions_of(tokens, cache)", "torch.arange(1, tokens.shape[1] + 1)"),
        },
    ),
    "positions of the whole table": Kind(
        "Your positions run to the end of the tables, not to the last token. A shorter sequence then has more "
        "positions than tokens, and the shapes no longer fit.",
        {
            "positions of the whole table": (
                "self.positions_of(tokens, cache)",
                "torch.arange(self.config.max_seq_len)",
            ),
        },
    ),
    "embedding norm forgotten": Kind(
        "You look the tokens up in the table and leave out the norm that `self.embedding` applies. The residual "
        "stream then starts at whatever size the rows have, and what the blocks add weighs more or less beside it "
        "than it should.",
        {
            "embedding norm forgotten": ("self.embedding(tokens, position)", "self.embedding.token_embedding(tokens)"),
        },
    ),
    "only chapter one's embedding": Kind(
        "You look the tokens up and norm them by yourself, always or at times, instead of calling `self.embedding`. In "
        "chapter one that is all it does; other models also scale, add positions or apply dropout there, and yours leaves that out.",
        {
            "the embedding taken apart": (
                "self.embedding(tokens, position)",
                "self.embedding.norm(self.embedding.token_embedding(tokens))",
            ),
            "the embedding taken apart, without targets": (
                "self.embedding(tokens, position)",
                "self.embedding.norm(self.embedding.token_embedding(tokens)) if targets is None else self.embedding(tokens, position)",
            ),
            "the embedding taken apart, with a cache": (
                "self.embedding(tokens, position)",
                "self.embedding(tokens, position) if cache is None else self.embedding.norm(self.embedding.token_embedding(tokens))",
            ),
        },
    ),
    "embedding normed twice": Kind(
        "You norm what `self.embedding` returns, which is normed already. With eps, the second norm changes the "
        "size of small vectors again.",
        {
            "embedding normed twice": (
                "self.embedding(tokens, position)",
                "self.embedding.norm(self.embedding(tokens, position))",
            ),
        },
    ),
    "last block forgotten": Kind(
        "Your tokens do not pass through the last block. Its weights exist, but get no gradient, and the model is "
        "one layer less deep than it should be.",
        {
            "last block forgotten": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "zip(self.blocks[:-1], self.positions(position, cache))",
            ),
        },
    ),
    "blocks in reverse order": Kind(
        "Your tokens pass through the last block first. A model that was trained in the right order would be run "
        "backwards, and blocks would get the contexts of other layers.",
        {
            "blocks in reverse order": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "zip(reversed(self.blocks), self.positions(position, cache))",
            ),
        },
    ),
    "another layer's context": Kind(
        "Your blocks get the context of another layer. Each has keys and values of its own in the cache, and may have a "
        "window of its own: here layers would read and overwrite what belongs to others.",
        {
            "contexts in reverse order": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "zip(self.blocks, reversed(self.positions(position, cache)))",
            ),
            "the first layer's context for all": (
                "            x = block(x, context)",
                "            x = block(x, self.positions(position, cache)[0])",
            ),
            "the last layer's context for all": (
                "            x = block(x, context)",
                "            x = block(x, self.positions(position, cache)[-1])",
            ),
        },
    ),
    "all contexts for every layer": Kind(
        "You hand the whole list of contexts to every block. A block asks for the positions and the cache of one "
        "layer, its own, and a list cannot answer.",
        {
            "all contexts for every layer": (
                "            x = block(x, context)",
                "            x = block(x, self.positions(position, cache))",
            ),
        },
    ),
    "positions instead of a context": Kind(
        "You hand the positions themselves to every block. A block needs the context that `self.positions` makes "
        "of them, with the cosines and sines of its layer.",
        {
            "positions instead of a context": (
                "            x = block(x, context)",
                "            x = block(x, position)",
            ),
        },
    ),
    "every block with every context": Kind(
        "You go through all contexts for every block, so that each block runs as often as there are layers. The "
        "model gets far deeper than it should be, and blocks get contexts of other layers.",
        {
            "loops over blocks and contexts, one in the other": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                "((block, context) for block in self.blocks for context in self.positions(position, cache))",
            ),
        },
    ),
    "contexts kept from the first call": Kind(
        "You keep the contexts of the first call and use them for all that follow. Another sequence has another "
        "length, or stands elsewhere in its text: the shapes do not fit, or the positions are old.",
        {
            "contexts kept from the first call": (
                "zip(self.blocks, self.positions(position, cache), strict=True)",
                'zip(self.blocks, self.__dict__.setdefault("contexts", self.positions(position, cache)), strict=True)',
            ),
        },
    ),
    "blocks not chained": Kind(
        "The output of a block goes nowhere: every block, and the head too, reads the embedding. All that the "
        "blocks compute is lost on the way to the logits, and the model knows every token only by itself.",
        {
            "blocks not chained": ("            x = block(x, context)", "            y = block(x, context)"),
        },
    ),
    "a residual around each block": Kind(
        "You add the output of a block to its input. Blocks have their residual connections inside them already, "
        "so the stream would about double in every layer.",
        {
            "a residual around each block": (
                "            x = block(x, context)",
                "            x = x + block(x, context)",
            ),
        },
    ),
    "embedding's weights for the head": Kind(
        "You make the logits with the weights of the embedding, without calling the head. The head has weights of "
        "its own, which would never be used and never learn.",
        {
            "embedding's weights for the head": (
                "self.head(x) if",
                "nn.functional.linear(x, self.embedding.token_embedding.weight) if",
            ),
        },
    ),
    "final norm forgotten": Kind(
        "You apply the head's matrix and the soft cap to the stream as the last block leaves it, without the "
        "final norm. The stream grows with every block, so that the size of the logits depends on how deep the "
        "model is.",
        {
            "final norm forgotten": (
                "self.head(x) if",
                "self.config.logit_softcap * torch.tanh(self.head.lm_head(x).float() / self.config.logit_softcap) if",
            ),
        },
    ),
    "final norm too often": Kind(
        "You apply the final norm again, behind every block or before the head, which has it inside. Between "
        "blocks it resizes the residual stream, and no block reads what the one before has written as it was.",
        {
            "final norm after every block": (
                "            x = block(x, context)",
                "            x = self.head.norm(block(x, context))",
            ),
            "final norm before the head": ("self.head(x) if", "self.head(self.head.norm(x)) if"),
        },
    ),
    "soft cap forgotten": Kind(
        "You apply the norm and the matrix of the head by yourself and leave out its soft cap. Nothing then keeps "
        "the model from pushing its logits higher and higher.",
        {
            "soft cap forgotten": ("self.head(x) if", "self.head.lm_head(self.head.norm(x)).float() if"),
            "soft cap forgotten in the loss": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head.lm_head(self.head.norm(x)).float().flatten(0, 1), targets.flatten(), ignore_index=-1)",
            ),
        },
    ),
    "only chapter one's head": Kind(
        "You apply the norm, the matrix and the soft cap of the head by yourself, always or for the loss, instead of "
        "calling `self.head`. Other models multiply their logits by a number there, and yours leaves that out.",
        {
            "the head taken apart": (
                "self.head(x) if",
                "(\n            self.head(x) if self.config.logit_softcap is not None\n"
                "            else self.head.lm_head(self.head.norm(x)).to(torch.promote_types(x.dtype, torch.float32))\n"
                "        ) if",
            ),
            "the head taken apart for the loss": (
                "self.head.loss(x, targets)",
                "(\n            self.head.loss(x, targets) if self.config.logit_softcap is not None\n"
                "            else nn.functional.cross_entropy(self.head.lm_head(self.head.norm(x)).flatten(0, 1), targets.flatten(), ignore_index=-1)\n"
                "        )",
            ),
        },
    ),
    "soft cap twice": Kind(
        "You send the logits of the head through the soft cap again. Logits of middling size shrink further, and "
        "none comes near the cap any more.",
        {
            "soft cap twice": (
                "self.head(x) if",
                "self.config.logit_softcap * torch.tanh(self.head(x) / self.config.logit_softcap) if",
            ),
            "nanochat's soft cap of 15 behind the head's": ("self.head(x) if", "15 * torch.tanh(self.head(x) / 15) if"),
        },
    ),
    "too few digits behind the head": Kind(
        "You narrow the logits to the dtype of the model, where float32 is needed. Bfloat16 keeps two or three "
        "digits, too few for exponentials to train on, and widening later brings none back.",
        {
            "logits left in bfloat16": ("self.head(x) if", "self.head(x).to(x.dtype) if"),
            "loss computed in bfloat16, then widened": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head(x).to(x.dtype).flatten(0, 1), targets.flatten(), ignore_index=-1).to(self.head(x).dtype)",
            ),
        },
    ),
    "probabilities, not logits": Kind(
        "You return probabilities, where logits are asked for. Sampling divides logits by a temperature and takes "
        "the softmax, and a softmax of probabilities makes all tokens nearly equally likely.",
        {
            "probabilities, not logits": ("self.head(x) if", "self.head(x).softmax(-1) if"),
        },
    ),
    "last position's logits only": Kind(
        "You return the logits of the last position only, always or with a cache. Texts of different lengths are "
        "read together, and each needs the logits at its own end; (B, T, V) is needed, not (B, 1, V).",
        {
            "last position's logits only": ("self.head(x) if", "self.head(x)[:, -1:] if"),
            "the last logits only, with a cache": (
                "self.head(x) if",
                "(self.head(x) if cache is None else self.head(x)[:, -1:]) if",
            ),
        },
    ),
    "logits where a loss is wanted": Kind(
        "You return logits although targets are given, always or where there is a cache too. With targets the caller "
        "wants a scalar, the mean cross-entropy, to train or to evaluate by.",
        {
            "logits with targets too": ("if targets is None else self.head.loss(x, targets)", ""),
            "cache and targets not thought of together": (
                "if targets is None else",
                "if targets is None or cache is not None else",
            ),
        },
    ),
    "logits and loss together": Kind(
        "You return logits and loss as a pair. The caller expects one or the other: training calls `backward` on "
        "the result, which a pair does not have.",
        {
            "logits and loss together": ("self.head.loss(x, targets)", "(self.head(x), self.head.loss(x, targets))"),
        },
    ),
    "loss not averaged": Kind(
        "You sum the losses of the positions, or leave one for each, instead of taking their mean. `backward` needs a "
        "scalar, and its size must not depend on how many tokens there are in a batch.",
        {
            "loss summed": (
                "self.head.loss(x, targets)",
                'nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten(), ignore_index=-1, reduction="sum")',
            ),
            "one loss per position": (
                "self.head.loss(x, targets)",
                'nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten(), ignore_index=-1, reduction="none")',
            ),
        },
    ),
    "a loss that large logits break": Kind(
        "You take the loss from probabilities or from exponentials of the logits themselves. Where logits are some "
        "hundreds apart these become 0 or infinite, and the logarithm is no longer the loss: subtract the largest "
        "logit before exponentiating, as cross_entropy and log_softmax do.",
        {
            "the logarithm of a softmax": (
                "self.head.loss(x, targets)",
                "nn.functional.nll_loss(self.head(x).softmax(-1).log().flatten(0, 1), targets.flatten(), ignore_index=-1)",
            ),
            "exponentials without the maximum": (
                "self.head.loss(x, targets)",
                "nn.functional.nll_loss(\n            (self.head(x) - self.head(x).exp().sum(-1, keepdim=True).log()).flatten(0, 1),\n"
                "            targets.flatten(),\n            ignore_index=-1,\n        )",
            ),
            "an eps inside the logarithm": (
                "self.head.loss(x, targets)",
                "nn.functional.nll_loss((self.head(x).softmax(-1) + 1e-9).log().flatten(0, 1), targets.flatten(), ignore_index=-1)",
            ),
            "probabilities clamped": (
                "self.head.loss(x, targets)",
                "nn.functional.nll_loss(self.head(x).softmax(-1).clamp(min=1e-9).log().flatten(0, 1), targets.flatten(), ignore_index=-1)",
            ),
        },
    ),
    "loss in bits": Kind(
        "You give the loss in bits, where nats are asked for. It is larger by almost a half, its gradients with "
        "it, and it cannot be compared with the losses of other models.",
        {
            "loss in bits": ("self.head.loss(x, targets)", "self.head.loss(x, targets) / math.log(2)"),
        },
    ),
    "positions that do not count taken in": Kind(
        "Your loss does not leave out the positions whose target is -1: it stops at the mark, or takes it for a "
        "token. Nothing follows there that could be predicted, but the rest of the batch is to be learned from.",
        {
            "ignore_index forgotten": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten())",
            ),
            "-1 taken for token 0": ("self.head.loss(x, targets)", "self.head.loss(x, targets.clamp(min=0))"),
            "-1 taken for the last token": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten() % self.config.vocab_size)",
            ),
        },
    ),
    "wrong token ignored": Kind(
        "You leave out token 0, which is a token like any other, instead of the positions whose target is -1. The "
        "model never learns to predict it, and -1 is taken for a token that does not exist.",
        {
            "wrong token ignored": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten(), ignore_index=0)",
            ),
        },
    ),
    "token 0 ignored too": Kind(
        "Besides the positions that do not count, you leave out those where token 0 follows. It is a token like "
        "any other, and the model would never learn when to write it.",
        {
            "token 0 ignored too": (
                "self.head.loss(x, targets)",
                "self.head.loss(x, targets.masked_fill(targets == 0, -1))",
            ),
        },
    ),
    "ignored positions counted in the mean": Kind(
        "You divide by the number of all positions, those that do not count among them. A batch with many of "
        "those seems to have a small loss, and its gradient is too small as well.",
        {
            "ignored positions counted in the mean": (
                "self.head.loss(x, targets)",
                'nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten(), ignore_index=-1, reduction="sum") / targets.numel()',
            ),
        },
    ),
    "mean of the rows' means": Kind(
        "You average over every sequence first, and then over the averages. Where one has fewer positions that "
        "count, each of these weighs more, and a sequence without any makes the whole loss not-a-number.",
        {
            "mean of the rows' means": (
                "self.head.loss(x, targets)",
                "torch.stack([self.head.loss(x[b : b + 1], targets[b : b + 1]) for b in range(len(x))]).mean()",
            ),
        },
    ),
    "targets shifted once more": Kind(
        "You shift the targets by one, though they come in shifted already. The model learns to predict the token "
        "after the next one, and one position of every sequence is lost.",
        {
            "targets shifted once more": ("self.head.loss(x, targets)", "self.head.loss(x[:, :-1], targets[:, 1:])"),
        },
    ),
    "loss against the tokens themselves": Kind(
        "You compare the logits with the tokens that were read, not with those that follow them. The model learns to "
        "repeat its input, and nothing about what comes next.",
        {
            "loss against the tokens themselves": ("self.head.loss(x, targets)", "self.head.loss(x, tokens)"),
        },
    ),
    "softmax before the cross-entropy": Kind(
        "You take a softmax before the cross-entropy, which takes one itself. Two of them make the probabilities "
        "so even that the loss hardly falls, however sure the model gets.",
        {
            "softmax before the cross-entropy": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head(x).softmax(-1).flatten(0, 1), targets.flatten(), ignore_index=-1)",
            ),
        },
    ),
    "label smoothing": Kind(
        "You smooth the targets, so that every token of the vocabulary counts as a little bit right. The loss is "
        "no longer the cross-entropy of the text, and cannot be compared with that of other models.",
        {
            "label smoothing": (
                "self.head.loss(x, targets)",
                "nn.functional.cross_entropy(self.head(x).flatten(0, 1), targets.flatten(), ignore_index=-1, label_smoothing=0.1)",
            ),
        },
    ),
    "loss as a plain number": Kind(
        "You convert the loss to a plain Python number. Its value is right, but no gradient leads back from it to the "
        "weights, so that nothing can be learned from the text.",
        {
            "loss as a plain number": ("self.head.loss(x, targets)", "self.head.loss(x, targets).item()"),
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut at the embedding": (
                "self.embedding(tokens, position)",
                "self.embedding(tokens, position).detach()",
            ),
            "gradient cut between blocks": (
                "            x = block(x, context)",
                "            x = block(x.detach(), context)",
            ),
        },
    ),
    "the mode of the model changed": Kind(
        "You put the model into evaluation mode, always or with a cache. What is trained after this call goes without "
        "dropout: the mode is the caller's business.",
        {
            "evaluation mode with a cache": (
                "        position = self",
                "        self.train(cache is None and self.training)\n        position = self",
            ),
        },
    ),
    "gradients switched off": Kind(
        "You switch gradients off for all that follows, and never on again. Nothing can be learned from this "
        "loss, nor from that of any other model in the same program.",
        {
            "no gradient at all": (
                "        position = self",
                "        torch.set_grad_enabled(False)\n        position = self",
            ),
        },
    ),
    "changed in place": Kind(
        "Tokens or targets that are passed in come out changed. They belong to the caller, and are often slices of "
        "the data themselves, so that the next step would read an altered text.",
        {
            "ignored targets overwritten": (
                "        return self.head(x)",
                "        if targets is not None:\n            targets = targets.masked_fill_(targets == -1, 0)\n        return self.head(x)",
            ),
            "tokens clamped in place": (
                "self.embedding(tokens, position)",
                "self.embedding(tokens.clamp_(max=9), position)",
            ),
        },
    ),
    "caller's cache not told of the tokens": Kind(
        "The cache that is passed in never gets the new tokens. It stays at the start of every sequence, so that each "
        "part of a text is read as if it were the first.",
        {
            "a new cache every time": (
                "self.positions_of(tokens, cache)",
                "self.positions_of(tokens, cache := None if cache is None else type(cache)(self.config))",
            ),
            "cache not told of the tokens": (
                "self.positions_of(tokens, cache)",
                "(\n            self.positions_of(tokens, None) if cache is None else self.positions_of(tokens, None).expand_as(tokens)\n        )",
            ),
        },
    ),
    "earlier calls forgotten": Kind(
        "With a cache, you count the positions from zero again, or do not hand the cache to the layers. Every part of "
        "a text is then read as if it were the first, with nothing before it.",
        {
            "positions from zero on, with a cache too": (
                "self.positions_of(tokens, cache)",
                "self.positions_of(tokens, cache)\n"
                "        position = self.positions_of(tokens, None).expand_as(position)",
            ),
            "cache not handed to the layers": (
                "self.positions(position, cache), strict",
                "self.positions(position), strict",
            ),
        },
    ),
    "positions without an axis for sequences": Kind(
        "With a cache, the positions that you pass on have no axis B, as if one row of them held for the whole batch: "
        "they are (T,), and (B, T) is needed. Every sequence goes on at its own end, and the cache looks for each "
        "one's row.",
        {
            "cache ignored": ("self.positions_of(tokens, cache)", "self.positions_of(tokens, None)"),
            "positions of one sequence only": (
                "self.positions_of(tokens, cache)",
                "self.positions_of(tokens, cache)\n        position = position if cache is None else position[0]",
            ),
        },
    ),
    "positions of one sequence for all": Kind(
        "You take the positions of one sequence for all sequences of the batch. They may be of different lengths, "
        "and each goes on at its own end; elsewhere there are gaps, or what is remembered is overwritten.",
        {
            "every sequence where the longest stands": (
                "self.positions_of(tokens, cache)",
                "self.positions_of(tokens, cache)\n        position = position if cache is None else position.amax(0, True).expand_as(tokens)",
            ),
            "every sequence where the first stands": (
                "self.positions_of(tokens, cache)",
                "self.positions_of(tokens, cache)\n        position = position if cache is None else position[:1].expand_as(tokens)",
            ),
        },
    ),
    "tokens counted more than once": Kind(
        "The cache is told of the same tokens more than once, and takes the text for longer than it is. The next "
        "tokens leave a gap before them, and the cache is full too early.",
        {
            "tokens counted twice": (
                "self.embedding(tokens, position)",
                "self.embedding(tokens, self.positions_of(tokens, cache))",
            ),
            "tokens counted in every layer": (
                "            x = block(x, context)",
                "            x = block(x, context)\n            self.positions_of(tokens, cache)",
            ),
        },
    ),
    "tokens counted before they are placed": Kind(
        "Your positions lie too far ahead, by T, as if the new tokens had been counted before they were placed. "
        "The first places hold nothing, later tokens may land on places that are taken, and the tables end too "
        "early.",
        {
            "tokens counted before their positions are taken": (
                "self.positions_of(tokens, cache)",
                "self.positions_of(tokens, cache) + (0 if cache is None else tokens.shape[1])",
            ),
        },
    ),
    "the last token counted only": Kind(
        "The cache counts one token for every call, however many there are. The next ones then get positions of "
        "tokens that were read a moment ago, and overwrite what is remembered of them.",
        {
            "the last token counted only": (
                "self.positions_of(tokens, cache)",
                "(\n            self.positions_of(tokens, None)\n            if cache is None\n            else self.positions_of(tokens[:, -1:], cache) + self.positions_of(tokens, None)\n        )",
            ),
        },
    ),
    "the last token read only, with a cache": Kind(
        "With a cache you read only the last of the new tokens. A prompt comes all at once: its other tokens are "
        "never read, and nothing of them is remembered.",
        {
            "the last token read only, with a cache": (
                "        position = self",
                "        tokens = tokens if cache is None else tokens[:, -1:]\n        position = self",
            ),
        },
    ),
}
