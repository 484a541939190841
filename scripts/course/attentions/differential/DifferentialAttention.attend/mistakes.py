"""What people write for attentions.differential.DifferentialAttention.attend, and why it matters."""

from scripts.course.attentions.explanations import CONTEXT_CUT
from scripts.course.norms.explanations import EPS_OF_DTYPE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, HARD_CODED, IN_PLACE

MISTAKES = {
    "values not paired": Kind(
        "You let every head read the values of its own key/value head only. Both halves of the heads have to "
        "read the same values, those of two heads concatenated; otherwise nothing cancels when one is "
        "subtracted from the other.",
        {
            "values not paired": (
                "value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
                "value = torch.cat((value, value), dim=-1)",
            ),
            "values not paired, and of their own size": (
                "value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
                "pass",
            ),
            "joined along the heads": (
                "torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)",
                "torch.cat((first, second), dim=2).repeat(1, 1, 1, 2)",
            ),
        },
    ),
    "halves read different pairs": Kind(
        "You assign the pairs to the heads in another order, so that signal and noise read different ones. Only "
        "what both take from the same values can cancel when one is subtracted from the other.",
        {
            "every pair twice in a row": (".repeat(1, 1, 2, 1)", ".repeat_interleave(2, dim=2)"),
            "pairs in reverse for the second half": (
                ".repeat(1, 1, 2, 1)",
                "\n        value = torch.cat((value, value.flip(2)), dim=2)",
            ),
        },
    ),
    "pairs not shared by both halves": Kind(
        "You concatenate the values for one half of the heads only: they come out as (B, T, G/2, 2 D), and (B, "
        "T, G, 2 D) is needed. The other half of the heads attends too, and has keys without values.",
        {"pairs not shared by both halves": (".repeat(1, 1, 2, 1)", "")},
    ),
    "pairs in another order": Kind(
        "You concatenate the pairs in another way: with other partners, the second in front, or interleaved "
        "along D. Training would get used to it, but weights trained elsewhere would meet the wrong values.",
        {
            "neighbours paired": (
                "first, second = value.chunk(2, dim=2)",
                "first, second = value[:, :, 0::2], value[:, :, 1::2]",
            ),
            "second half in front": ("(first, second), dim=-1)", "(second, first), dim=-1)"),
            "numbers of a pair alternate": (
                "torch.cat((first, second), dim=-1)",
                "torch.stack((first, second), dim=-1).flatten(-2)",
            ),
        },
    ),
    "pairs that say the same twice": Kind(
        "Your pairs say the same thing twice: the values of the first, or the mean of both. Half of what comes "
        "out repeats the other half, and what only the second could tell is lost or blurred.",
        {
            "first half twice": ("(first, second), dim=-1)", "(first, first), dim=-1)"),
            "half as large, not twice": (
                "torch.cat((first, second), dim=-1)",
                "((first + second) / 2).repeat(1, 1, 1, 2)",
            ),
        },
    ),
    "values split along another axis": Kind(
        "You split the values between tokens, or in the middle of every head. It is heads that are to be "
        "paired, and what you make no longer fits the keys.",
        {
            "split along the tokens": ("value.chunk(2, dim=2)", "value.chunk(2, dim=1)"),
            "split along the numbers": ("value.chunk(2, dim=2)", "value.chunk(2, dim=3)"),
        },
    ),
    "even and odd heads": Kind(
        "You take every other head for the noise, where it is the second half of them. The values are laid out "
        "for partners that stand half of the heads apart; between neighbours nothing need cancel, nor did "
        "trained heads learn to.",
        {
            "even and odd heads": (
                "signal, noise = super().attend(query, key, value, context).chunk(2, dim=2)",
                (
                    "found = super().attend(query, key, value, context)\n"
                    "        signal, noise = found[:, :, 0::2], found[:, :, 1::2]"
                ),
            )
        },
    ),
    "halves swapped": Kind(
        "You take the second half of the heads for the signal and the first for the noise. Training would get "
        "used to it, but weights trained elsewhere would lose what they mean to keep.",
        {"halves swapped": ("signal, noise = super()", "noise, signal = super()")},
    ),
    "halves of something else than heads": Kind(
        "You split the attention output along its elements or along T instead of H. Signal and noise are two "
        "halves of the heads; split along another axis, you do not subtract what a second head attends to as "
        "well.",
        {
            "halves of the numbers": ("context).chunk(2, dim=2)", "context).repeat(1, 1, 1, 2).chunk(2, dim=3)"),
            "halves of the tokens": ("context).chunk(2, dim=2)", "context).chunk(2, dim=1)"),
        },
    ),
    "one half looks with the other's": Kind(
        "You let the second half attend with queries or keys of the first. Its own then never learn, and the "
        "less the two halves differ, the more of the signal is subtracted with the noise.",
        {
            "the first half looks twice": (
                "noise = super().attend(query, key, value, context)",
                ("noise = super().attend(query[:, :, : query.size(2) // 2].repeat(1, 1, 2, 1), key, value, context)"),
            ),
            "keys of the first half for both": (
                "noise = super().attend(query, key, value, context)",
                ("noise = super().attend(query, key[:, :, : key.size(2) // 2].repeat(1, 1, 2, 1), value, context)"),
            ),
        },
    ),
    "signal taken for the noise": Kind(
        "You use the attention output of the signal's heads as the noise as well. Subtracting a part of the "
        "signal from itself changes hardly more than its size, which the norm undoes, and the output of the "
        "other half is lost.",
        {"the noise's queries from the signal's": ("# Compute lambda,", "noise = signal\n        # Compute lambda,")},
    ),
    "context not handed on whole": Kind(
        CONTEXT_CUT,
        {
            "nothing handed on of the context": ("value, context).chunk", "value, Context(context.position)).chunk"),
            "the cache forgotten": ("value, context).chunk", "value, context._replace(cache=None)).chunk"),
        },
    ),
    "lambda_init not added": Kind(
        "You do not add lambda_init to what the exponentials give. Lambda then starts near zero, or below, and "
        "at first the noise stays in, or is even added.",
        {
            "lambda without lambda_init": (" + self.lambda_init\n", "\n"),
            "lambda_init subtracted": (
                "torch.exp(q2 @ k2) + self.lambda_init",
                "torch.exp(q2 @ k2) - self.lambda_init",
            ),
            "lambda times lambda_init": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + self.lambda_init",
                "(torch.exp(q1 @ k1) - torch.exp(q2 @ k2)) * self.lambda_init",
            ),
        },
    ),
    "lambda of lambda_init only": Kind(
        "Your lambda is lambda_init and nothing else. The four vectors get no gradient, and the layer cannot "
        "learn how much of the noise to subtract.",
        {
            "lambda of lambda_init only": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + self.lambda_init",
                "torch.tensor(self.lambda_init)",
            )
        },
    ),
    "lambda without exponentials": Kind(
        "You subtract the two products from each other without their exponentials. Near zero that is almost the "
        "same, but trained vectors may be larger, and another part of the noise is subtracted.",
        {"lambda without exponentials": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2)", "q1 @ k1 - q2 @ k2")},
    ),
    "exponentials that do not cancel": Kind(
        "Your exponentials do not cancel where the vectors are small, and lambda starts higher than lambda_init "
        "by one or two. More than the whole noise is then subtracted from the first step on.",
        {
            "one exponential of the difference": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                "torch.exp(q1 @ k1 - q2 @ k2)",
            ),
            "exponentials added": ("torch.exp(q1 @ k1) - torch", "torch.exp(q1 @ k1) + torch"),
        },
    ),
    "exponentials the wrong way round": Kind(
        "You subtract the first exponential from the second. Lambda falls where it should rise; training would "
        "get used to that, but vectors trained elsewhere subtract too little or too much.",
        {
            "exponentials the wrong way round": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                "torch.exp(q2 @ k2) - torch.exp(q1 @ k1)",
            )
        },
    ),
    "vectors paired with the wrong partners": Kind(
        "You multiply vectors of lambda with other partners than their own. A query vector goes with the key "
        "vector of the same number; with other pairs, vectors trained elsewhere subtract another part of the "
        "noise.",
        {
            "queries with queries, keys with keys": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                "torch.exp(q1 @ q2) - torch.exp(k1 @ k2)",
            ),
            "crosswise": ("torch.exp(q1 @ k1) - torch.exp(q2 @ k2)", "torch.exp(q1 @ k2) - torch.exp(q2 @ k1)"),
        },
    ),
    "exponentials number by number": Kind(
        "You take exponentials element by element, where it should be one of each whole product. lambda is a "
        "scalar to which all elements of a vector contribute; yours hardly moves, or differs from element to "
        "element.",
        {
            "a lambda for every element": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                "torch.exp(q1 * k1).repeat(2) - torch.exp(q2 * k2).repeat(2)",
            ),
            "a sum of exponentials, not the exponential of a sum": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                "torch.exp(q1 * k1).mean() - torch.exp(q2 * k2).mean()",
            ),
        },
    ),
    "products scaled": Kind(
        "You scale the products of lambda as if they were scores. Its vectors are not normalised and are "
        "initialised small enough as they are; scaled, those of a trained model give another lambda than they "
        "should.",
        {
            "products scaled by the root of the size": (
                "torch.exp(q1 @ k1) - torch.exp(q2 @ k2)",
                "torch.exp(q1 @ k1 * self.scale) - torch.exp(q2 @ k2 * self.scale)",
            )
        },
    ),
    "lambda bounded": Kind(
        "You keep lambda within bounds. Trained vectors may well lead out of them, and where it is cut off, they get no "
        "gradient that could bring it back.",
        {
            "lambda of zero at least": (
                "torch.exp(q2 @ k2) + self.lambda_init",
                "torch.exp(q2 @ k2) + self.lambda_init\n        lambda_ = lambda_.clamp(min=0)",
            ),
            "lambda squeezed into 0 ... 1": (
                "torch.exp(q2 @ k2) + self.lambda_init",
                "torch.exp(q2 @ k2) + self.lambda_init\n        lambda_ = lambda_.clamp(0, 1)",
            ),
        },
    ),
    "lambda too narrow": Kind(
        "You compute lambda in the dtype of the values. In bfloat16, two large exponentials that lie close "
        "together become equal, and their difference, which is all that counts, is gone.",
        {
            "lambda computed in bfloat16": (
                "wide = torch.promote_types(value.dtype, torch.float32)",
                "wide = value.dtype",
            )
        },
    ),
    "noise not taken off but added": Kind(
        "You add the noise to the signal, where it should be subtracted. What both halves attend to then stays "
        "in, or gets even stronger, instead of cancelling.",
        {
            "noise added": ("signal - lambda_", "signal + lambda_"),
            "a mixture": (
                "signal - lambda_.to(value.dtype) * noise",
                "(1 - lambda_.to(value.dtype)) * signal + lambda_.to(value.dtype) * noise",
            ),
        },
    ),
    "signal taken off the noise": Kind(
        "You subtract the signal from the noise, and the whole result has the opposite sign. Training would get "
        "used to it, but a trained output projection would say the contrary of what it means.",
        {
            "signal taken off the noise": (
                "signal - lambda_.to(value.dtype) * noise",
                "lambda_.to(value.dtype) * noise - signal",
            )
        },
    ),
    "lambda on the signal": Kind(
        "You multiply the signal by lambda and subtract the noise in full. lambda says how much of the noise "
        "there is to lose; on the signal, it weakens what should be kept.",
        {
            "lambda on the signal": (
                "signal - lambda_.to(value.dtype) * noise",
                "lambda_.to(value.dtype) * signal - noise",
            )
        },
    ),
    "lambda plays no part": Kind(
        "You subtract the noise in full, or not at all, and lambda plays no part. Its vectors get no gradient, "
        "and no layer can learn how much of the noise it should lose.",
        {
            "the whole noise taken off": ("lambda_.to(value.dtype) * noise", "noise"),
            "nothing taken off": ("signal - lambda_.to(value.dtype) * noise", "signal"),
        },
    ),
    "norm forgotten": Kind(
        "You leave out the norm of the difference. Its size then depends on how much was subtracted, and heads "
        "that lost nearly everything would hardly count.",
        {
            "norm forgotten": (
                "rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                "(signal - lambda_.to(value.dtype) * noise)",
            )
        },
    ),
    "each half normed by itself": Kind(
        "You norm signal and noise by themselves and then take their difference. Noise comes out as large as "
        "the signal however little there was of it, and the difference itself has no fixed size.",
        {
            "norm of each half, then the difference": (
                "rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                "(rms_norm(signal, self.norm_eps) - lambda_.to(value.dtype) * rms_norm(noise, self.norm_eps))",
            )
        },
    ),
    "norm over other numbers": Kind(
        "You normalise over more, or less, than the output of one head. That is one vector of 2 D elements, "
        "both values of its pair together; normalised otherwise, heads or values are weighted differently "
        "against each other.",
        {
            "norm over all heads": (
                "rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                "rms_norm((signal - lambda_.to(value.dtype) * noise).flatten(2), self.norm_eps).view_as(signal)",
            ),
            "norm of each value of the pair": (
                "rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                (
                    "rms_norm((signal - lambda_.to(value.dtype) * noise).unflatten(-1, (2, -1)), "
                    "self.norm_eps).flatten(-2)"
                ),
            ),
        },
    ),
    "layer norm": Kind(
        "You subtract the mean before you normalise, as layer norm does. RMS norm leaves the mean where it is, "
        "and a head's attention output may well carry information in it.",
        {
            "layer norm": (
                "rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                (
                    "nn.functional.layer_norm(signal - lambda_.to(value.dtype) * noise, signal.shape[-1:], "
                    "eps=self.norm_eps)"
                ),
            )
        },
    ),
    "eps hard-coded": Kind(HARD_CODED, {"eps hard-coded": ("self.norm_eps)", "1e-5)")}),
    "another factor behind the norm": Kind(
        "You multiply the normalised difference by another factor, or by none. The right one follows from "
        "lambda_init and makes every layer's output as large as ordinary attention's; yours writes too much or "
        "too little into the stream.",
        {
            "factor forgotten": ("(1 - self.lambda_init) * ", ""),
            "factor of the first layer": ("(1 - self.lambda_init) *", "0.8 *"),
            "factor of lambda_init": ("(1 - self.lambda_init) *", "self.lambda_init *"),
            "factor of one minus lambda": ("(1 - self.lambda_init) *", "(1 - lambda_.to(value.dtype)) *"),
            "factor of one plus lambda_init": ("(1 - self.lambda_init) *", "(1 + self.lambda_init) *"),
            "factor of 0.2, that of the last layers": ("(1 - self.lambda_init) *", "0.2 *"),
        },
    ),
    "factor inside the norm": Kind(
        "You multiply by the factor before the norm, which divides it away again. After the norm, it brings the "
        "result to the size of an ordinary head's output.",
        {"factor inside the norm": ("(1 - self.lambda_init) * rms_norm(", "rms_norm((1 - self.lambda_init) * ")},
    ),
    "another shape": Kind(
        "Your values are right, but they have another shape than asked for: (B, T, H/2, 2 D) is needed. What "
        "follows counts on half as many heads, each of twice the size and on an axis of its own.",
        {
            "heads of the usual size": (
                "return (1 - self.lambda_init) * rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                (
                    "out = (1 - self.lambda_init) * rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)\n"
                    "        return out.unflatten(-1, (2, -1)).flatten(2, 3)"
                ),
            ),
            "heads side by side already": (
                "return (1 - self.lambda_init) * rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)",
                (
                    "return ((1 - self.lambda_init) * rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)).flatten(2)"
                ),
            ),
        },
    ),
    "changed in place": Kind(
        IN_PLACE, {"values changed in place": ("value.chunk(2, dim=2)", "value.mul_(1.5).chunk(2, dim=2)")}
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "lambda not learned": ("lambda_ = torch.exp(q1 @ k1)", "lambda_ = torch.exp(q1 @ k1).detach()"),
            "noise cut from the gradient": ("* noise, self", "* noise.detach(), self"),
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE,
        {"the machine epsilon of the dtype": ("self.norm_eps)", "torch.finfo(value.dtype).eps)")},
    ),
}

WITHOUT = {"too narrow": "Only lambda is widened, and 'lambda too narrow' says so."}
