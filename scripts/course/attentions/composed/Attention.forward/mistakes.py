"""What people write for attentions.composed.Attention.forward, and why it matters."""

from scripts.course.attentions.explanations import CONTEXT_CUT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import IN_PLACE

MISTAKES = {
    "tokens and heads mixed by a reshape": Kind(
        "Your reshape mixes up T and H: it knows no axes, only the order of the elements in memory. Each token "
        "gets elements of others, later ones among them, and can peek at what it should predict.",
        {
            "heads laid under each other, not side by side": (
                "self.attend(query, key, value, context).flatten(2)",
                "self.attend(query, key, value, context).transpose(1, 2).reshape(B, T, -1)",
            ),
            "queries split into heads by a view, with the heads in front": (
                "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
                "query = self.q_proj(x).view(B, self.n_head, T, self.head_dim).transpose(1, 2)",
            ),
            "keys split into heads by a view, with the heads in front": (
                "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                "key = self.k_proj(x).view(B, self.n_kv_head, T, self.head_dim).transpose(1, 2)",
            ),
        },
    ),
    "numbers of the heads alternate": Kind(
        "You interleave the heads of a token, in the order (D, H), where (H, D) is needed: all elements of one "
        "head stand together. Training would get used to it, but weights trained elsewhere would work on "
        "elements of the wrong heads.",
        {
            "numbers by heads, not heads by numbers": (
                "self.attend(query, key, value, context).flatten(2)",
                "self.attend(query, key, value, context).mT.flatten(2)",
            ),
            "numbers of a head by heads": (
                "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)",
                "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)",
            ),
            "numbers of a key's head by heads": (
                "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
            ),
            "numbers of a value's head by heads": (
                "value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)",
                "value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)",
            ),
            "numbers of the heads of queries and keys by heads": (
                (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)\n"
                    "        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
                ),
                (
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
            "numbers of the heads of keys and values by heads": (
                (
                    "key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)\n"
                    "        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
                ),
                (
                    "key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
            "numbers of all heads by heads": (
                (
                    "query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)\n"
                    "        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)\n"
                    "        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)"
                ),
                (
                    "query = self.q_proj(x).view(B, T, self.head_dim, self.n_head).transpose(2, 3)\n"
                    "        key = self.k_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)\n"
                    "        value = self.v_proj(x).view(B, T, self.head_dim, self.n_kv_head).transpose(2, 3)"
                ),
            ),
        },
    ),
    "heads added": Kind(
        "You sum the attention outputs over H and repeat the sum. Every head attends to something of its own, "
        "and the output projection can no longer tell the heads apart.",
        {
            "heads added, not laid side by side": (
                "self.attend(query, key, value, context).flatten(2)",
                "self.attend(query, key, value, context).sum(dim=2).repeat(1, 1, self.n_head)",
            )
        },
    ),
    "heads left apart": Kind(
        "You leave the heads on an axis of their own behind attend. The gate and the output projection work on "
        "all of a token's heads in one row, and do not fit a single one.",
        {
            "heads left apart": (
                "self.attend(query, key, value, context).flatten(2)",
                "y = self.attend(query, key, value, context)",
            )
        },
    ),
    "attend called with the heads in front": Kind(
        "You pass queries, keys and values to attend as (B, H, T, D), and (B, T, H, D) is needed. It takes the "
        "second axis for the tokens, so that heads would attend to each other where tokens should.",
        {
            "heads in front": (
                "y = self.attend(query, key, value, context)",
                (
                    "found = self.attend(*(each.transpose(1, 2) for each in (query, key, value)), context)\n"
                    "        y = found.transpose(1, 2)"
                ),
            )
        },
    ),
    "heads joined to the width of the stream": Kind(
        "You concatenate the heads into (B, T, C), and (B, T, H * D) is needed. H * D may be larger or smaller "
        "than C; it is the output projection that goes back to the width of the residual stream.",
        {"heads joined to the width of the stream": (".flatten(2)", ".reshape(x.shape)")},
    ),
    "keys and values repeated here": Kind(
        "You repeat keys and values for every query head that reads them, before they reach the cache. It then "
        "keeps each of them several times, and what grouped queries save is lost.",
        {
            "keys and values repeated here": (
                "y = self.attend(query, key, value, context)",
                (
                    "group = self.n_head // self.n_kv_head\n"
                    "        key, value = (each.repeat_interleave(group, dim=2) for each in (key, value))\n"
                    "        y = self.attend(query, key, value, context)"
                ),
            )
        },
    ),
    "keys repeated in another order": Kind(
        "You repeat the key/value heads in rounds, 0, 1, 0, 1 and so on, so that query heads read those that "
        "belong to others. Neighbouring query heads share one key/value head, and the backend provides for this "
        "after the cache.",
        {
            "keys repeated here, the wrong way": (
                "y = self.attend(query, key, value, context)",
                (
                    "key = key.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        value = value.repeat(1, 1, self.n_head // self.n_kv_head, 1)\n"
                    "        y = self.attend(query, key, value, context)"
                ),
            )
        },
    ),
    "one for another of query, key and value": Kind(
        "Of queries, keys and values, one stands in for another in your code. The query of a token is matched "
        "against keys, and the weights average the values; as it is, one of the three projections never learns.",
        {
            "queries for keys": (
                "y = self.attend(query, key,",
                "y = self.attend(query, query[:, :, : self.n_kv_head],",
            ),
            "keys for values": ("y = self.attend(query, key, value,", "y = self.attend(query, key, key,"),
            "values for keys": ("y = self.attend(query, key, value,", "y = self.attend(query, value, value,"),
            "keys from the values' projection": ("key = self.k_proj(x)", "key = self.v_proj(x)"),
            "values from the keys' projection": ("value = self.v_proj(x)", "value = self.k_proj(x)"),
        },
    ),
    "queries and keys swapped": Kind(
        "You pass keys as queries and queries as keys. With grouped queries H and G do not fit any more, and a "
        "cache would keep queries, which are never needed again.",
        {"queries and keys swapped": ("y = self.attend(query, key, value,", "y = self.attend(key, query, value,")},
    ),
    "scaled here too": Kind(
        "You scale the queries, and the backend scales the scores once more. With the usual scale they come out "
        "far too small, and every query attends to all keys nearly alike.",
        {"scaled here too": ("y = self.attend(query,", "y = self.attend(query * self.scale,")},
    ),
    "attend of one class by name": Kind(
        "You call attend by the name of this class instead of asking the object for its own. Kinds of "
        "attention that bring an attend with them, as differential attention does, are passed over.",
        {"attention of the class, not of the kind": ("y = self.attend(", "y = Attention.attend(self, ")},
    ),
    "context not handed on whole": Kind(
        CONTEXT_CUT,
        {
            "an empty context handed on": (
                "value, context).flatten(2)",
                "value, Context(context.position)).flatten(2)",
            ),
            "context without its cache": (
                "value, context).flatten(2)",
                "value, context._replace(cache=None)).flatten(2)",
            ),
            "context without its bias": (
                "value, context).flatten(2)",
                "value, context._replace(bias=None)).flatten(2)",
            ),
        },
    ),
    "positions from zero on": Kind(
        "You tell attend that the new tokens stand at position 0. With a cache they come after those that were "
        "read before, and their positions decide where they are kept and which keys are visible.",
        {
            "positions from zero on": (
                "value, context).flatten(2)",
                "value, context._replace(position=torch.arange(T))).flatten(2)",
            )
        },
    ),
    "recalled twice": Kind(
        "You give keys and values to the cache here, and attend does so again. The cache counts every token "
        "twice, and one that is made for a window may overwrite what is still needed.",
        {
            "recalled here and in attend": (
                "y = self.attend(query, key, value, context)",
                (
                    "_, key, value = context.update_cache(key, value)\n"
                    "        key, value = key[:, -T:], value[:, -T:]\n"
                    "        y = self.attend(query, key, value, context)"
                ),
            )
        },
    ),
    "attended twice": Kind(
        "You attend twice, the second time with the attention output as queries. These have passed no "
        "projection, norm or rotation, and a cache takes in the same tokens a second time.",
        {
            "attended twice": (
                "y = self.attend(query, key, value, context)",
                (
                    "y = self.attend(query, key, value, context)\n"
                    "        y = self.attend(y[..., : self.head_dim].contiguous(), key, value, context)"
                ),
            )
        },
    ),
    "steps in the wrong order": Kind(
        "You apply the steps in an order of your own instead of that of self.steps. A norm with weights gives other "
        "scores after the rotation than before it, and each model was trained with one of the two.",
        {
            "steps from last to first": ("in self.steps:", "in reversed(self.steps):"),
            "always the rotation first": ("in self.steps:", "in (rotate, qk_norm):"),
        },
    ),
    "a step left out": Kind(
        "You apply only one of the steps to queries and keys. Without the rotation attention cannot tell positions "
        "apart, and without the QK norm the scores may grow without bound.",
        {
            "only the first step": ("in self.steps:", "in self.steps[:1]:"),
            "only the last step": ("in self.steps:", "in self.steps[1:]:"),
            "no step at all": ("in self.steps:", "in ():"),
        },
    ),
    "steps from the projections each time": Kind(
        "What a step returns for queries or keys is not what the next one gets. Every step has to start from the result "
        "of the step before, or only the last one counts.",
        {
            "keys not assigned": ("query, key = step(self", "query, _ = step(self"),
            "queries not assigned": ("query, key = step(self", "_, key = step(self"),
        },
    ),
    "steps for the values too": Kind(
        "You apply the steps to the values as well. Norm and rotation are for the scores, in which values play no part, "
        "and rotated values would say something else at every position.",
        {
            "values in place of the keys": (
                "query, key = step(self, query, key, context)",
                "(query, key), value = step(self, query, key, context), step(self, value, value, context)[1]",
            )
        },
    ),
    "steps with the heads in front": Kind(
        "You pass queries and keys to the steps as (B, heads, T, D). They take (B, T, heads, D), and would "
        "rotate each head by a position, if the shapes fit at all.",
        {
            "steps with the heads in front": (
                "query, key = step(self, query, key, context)",
                (
                    "query, key = step(self, query.transpose(1, 2), key.transpose(1, 2), context)\n"
                    "            query, key = query.transpose(1, 2), key.transpose(1, 2)"
                ),
            )
        },
    ),
    "gate not applied": Kind(
        "The gate plays no part in your result. All of the heads' outputs get through, and the gate's projection has no "
        "gradient to learn from.",
        {"gate not applied": ("self.gate(self, y, x)", "y")},
    ),
    "gate called with its inputs swapped": Kind(
        "You call the gate with x and y in each other's place. It then multiplies what attention reads, and not the "
        "heads' outputs.",
        {"gate called with its inputs swapped": ("self.gate(self, y, x)", "self.gate(self, x, y)")},
    ),
    "gate made of the heads' outputs": Kind(
        "You hand the gate y, the heads' outputs, in place of x. What to let through is then decided by what attention has "
        "computed, and not by the token that this layer reads.",
        {
            "gate made of the heads' outputs": ("self.gate(self, y, x)", "self.gate(self, y, y)"),
            "gate made of some of the heads' outputs": (
                "self.gate(self, y, x)",
                "self.gate(self, y, y[..., : x.size(-1)])",
            ),
        },
    ),
    "gate at another place": Kind(
        "Your gate does not stand between the heads and the output projection. On the queries it changes where a token "
        "attends to, and after the projection it acts on heads that are mixed already.",
        {
            "gate on the queries": (
                "self.gate(self, y, x)",
                "self.attend(self.gate(self, query.flatten(2), x).view_as(query), key, value, context).flatten(2)",
            ),
            "gate on the output": ("self.o_proj(self.gate(self, y, x))", "self.gate(self, self.o_proj(y), x)"),
            "gate on the output, with the heads' outputs beside it": (
                "self.o_proj(self.gate(self, y, x))",
                "self.o_proj(y) + self.gate(self, y, x)[..., : x.size(-1)]",
            ),
        },
    ),
    "gate applied twice": Kind(
        "You apply the gate to what it has let through already. Its factors are squared then, and hold back more than "
        "the model has learned to.",
        {"gate applied twice": ("self.gate(self, y, x)", "self.gate(self, self.gate(self, y, x), x)")},
    ),
    "output projection forgotten": Kind(
        "You return the attention output of the heads without the output projection. The projection never "
        "learns to combine them, and their width H * D need not be C, that of the residual stream.",
        {
            "output projection forgotten": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.dropout(self.gate(self, y, x))",
            )
        },
    ),
    "residual added here too": Kind(
        "You add the input to the result, which the block around this layer does already. The stream would "
        "take in its own content again in every layer and grow with the depth.",
        {"residual added here too": ("return self.dropout(", "return x + self.dropout(")},
    ),
    "input normed here too": Kind(
        "You norm the input, which is up to the block around this layer. There it may have weights, which a "
        "second norm divides away in part, and some blocks want no norm here at all.",
        {
            "input normalised here too": (
                "B, T, _ = x.shape",
                ("x = nn.functional.rms_norm(x, x.shape[-1:])\n        B, T, _ = x.shape"),
            )
        },
    ),
    "dropout of the result forgotten": Kind(
        "You do not apply dropout to the result. In training, a model with dropout would rely on elements that "
        "should be missing now and then, and learn its texts by heart sooner.",
        {
            "dropout of the result forgotten": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.o_proj(self.gate(self, y, x))",
            )
        },
    ),
    "dropout before the output projection": Kind(
        "You apply dropout before the output projection instead of after it. The projection mixes the elements "
        "that are left into all of its outputs, so that none of these is ever missing.",
        {
            "dropout before the output projection, not behind it": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.o_proj(self.dropout(self.gate(self, y, x)))",
            )
        },
    ),
    "dropout in evaluation too": Kind(
        "You apply dropout whether the model is training or not. Dropout belongs to training alone; in "
        "evaluation and generation it is noise, and the same text gets another answer every time.",
        {
            "dropout of the result in evaluation too": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "nn.functional.dropout(self.o_proj(self.gate(self, y, x)), self.dropout.p)",
            )
        },
    ),
    "more dropped than asked for": Kind(
        "You apply dropout in one more place than asked for, or twice in the same. Attention weights and the "
        "result already have theirs in training, and with each further dropout less of the signal gets through.",
        {
            "dropout of what was found, and of the result": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.dropout(self.o_proj(self.dropout(self.gate(self, y, x))))",
            ),
            "dropout of the queries": ("y = self.attend(query,", "y = self.attend(self.dropout(query),"),
            "dropout of the values": ("value, context).flatten(2)", "self.dropout(value), context).flatten(2)"),
            "dropout of the input": ("B, T, _ = x.shape", "B, T, _ = x.shape\n        x = self.dropout(x)"),
            "dropout twice": (
                "self.dropout(self.o_proj(self.gate(self, y, x)))",
                "self.dropout(self.dropout(self.o_proj(self.gate(self, y, x))))",
            ),
        },
    ),
    "changed in place": Kind(
        IN_PLACE, {"input changed in place": ("B, T, _ = x.shape", "B, T, _ = x.mul_(1.5).shape")}
    ),
    "something remembered between calls": Kind(
        "You keep something of one call and add it to the result of the next. The output of a layer may depend "
        "only on its input and its context; texts that have nothing to do with each other would mix.",
        {
            "output of the call before added": (
                "y = self.attend(query, key, value, context).flatten(2)",
                (
                    'y = self.attend(query, key, value, context).flatten(2) + getattr(self, "before", 0)\n'
                    "        self.before = y.detach().mean()"
                ),
            )
        },
    ),
    "dropout not beside something else": Kind(
        "Beside another option, a gate or biases, elements of the result that dropout should make zero are not zero: you "
        "leave dropout out there, or add a bias behind it. Training would lack a part of the noise that was asked for.",
        {
            "no dropout of the result where there is a gate": (
                "return self.dropout(self.o_proj(self.gate(self, y, x)))",
                (
                    "out = self.o_proj(self.gate(self, y, x))\n"
                    "        return out if hasattr(self, 'gate_proj') else self.dropout(out)"
                ),
            ),
            "no dropout of the result where there are biases": (
                "return self.dropout(self.o_proj(self.gate(self, y, x)))",
                (
                    "out = self.o_proj(self.gate(self, y, x))\n"
                    "        return self.dropout(out) if self.o_proj.bias is None else out"
                ),
            ),
            "bias added behind the dropout": (
                "return self.dropout(self.o_proj(self.gate(self, y, x)))",
                (
                    "out = self.dropout(self.gate(self, y, x) @ self.o_proj.weight.mT)\n"
                    "        return out if self.o_proj.bias is None else out + self.o_proj.bias"
                ),
            ),
        },
    ),
    "left out with a cache": Kind(
        "With a cache you leave out a step that you take without one. Generation then computes something else than training "
        "has learned.",
        {
            "no gate with a cache": (
                "self.gate(self, y, x)))",
                "self.gate(self, y, x) if context.cache is None else y))",
            ),
            "not rotated with a cache": (
                "query, key = step(self, query, key, context)",
                (
                    "if context.cache is None or step.__name__ != 'rotate':\n"
                    "                query, key = step(self, query, key, context)"
                ),
            ),
        },
    ),
}
