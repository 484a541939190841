"""What people write for attentions.backends.fused.sdpa_attention, and why it matters."""

from scripts.course.attentions.backends.explanations import (
    BIAS_FIRST_SEQUENCE,
    BIAS_OTHER_HEAD,
    BIAS_SCALED,
    BIAS_SUBTRACTED,
    BIAS_TURNED,
    DROPOUT_SOMETIMES,
    FINITE_SCORE,
    HEADS_ORDER,
    KEYS_FOR_VALUES,
    KEYS_REVERSED,
    LOW_SCORE,
    MASK_FIRST_SEQUENCE,
    MASK_OF_ONES_OWN,
    MASK_SWAPPED,
    MASK_TURNED_ROUND,
    NO_DROPOUT,
    NUMBERS_DROPPED,
    OWN_SHARE,
    SCALE_STRENGTH,
    SEQUENCES_ON_HEADS,
    SHARE_KEPT,
    VALUES_CUT,
    WINDOW_IGNORED,
    WINDOW_WIDE,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE

MISTAKES = {
    "is_causal in too many cases": Kind(
        "You leave the mask to torch in cases that it knows nothing of: windows, and keys that come from a "
        "cache. Its own triangle goes by places alone, with the first query at the first key.",
        {
            "is_causal always": ("causal = mods.simply_causal() and mods.bias is None", "causal = True"),
            "is_causal always, and no mask beside it": (
                "    return F.scaled",
                "    causal, mask = True, None\n    return F.scaled",
            ),
            "is_causal where there are as many queries as keys": (
                "mods.simply_causal() and",
                "query.size(2) == key.size(2) and",
            ),
            "is_causal where there are several queries": ("mods.simply_causal() and", "query.size(2) > 1 and"),
        },
    ),
    "is_causal with a cache": Kind(
        "You leave the mask to torch even where there are keys from a cache. Its causal mask lines up the first "
        "query with the first key, so that a new token attends to the oldest keys only.",
        {"is_causal where there is no window": ("mods.simply_causal() and", "mods.window is None and")},
    ),
    "is_causal with a window": Kind(
        "You leave the mask to torch even where there is a window. Its causal mask has none, so that every "
        "query attends to all keys before it, which the model has not learned.",
        {"is_causal with a window": ("mods.simply_causal() and", "mods.key_position is mods.query_position and")},
    ),
    "is_causal with a bias": Kind(
        "Where there is a bias, you leave the mask to torch and then have none to join the bias with. The call "
        "fails: a bias and what is hidden have to go in as one.",
        {"is_causal with a bias": (" and mods.bias is None", "")},
    ),
    "neither mask nor is_causal": Kind(
        "Where you build no mask, you do not ask torch for its causal mask either. In ordinary training every "
        "token then attends to the one that it has to predict, and in generation it has nothing to copy from.",
        {"is_causal never, and no mask either": ("is_causal=causal", "is_causal=False")},
    ),
    "is_causal beside a mask": Kind(
        "You pass a mask and is_causal as well. Torch wants one of the two: some of its kernels refuse the "
        "call, and the mask takes the memory that is_causal is there to save.",
        {"is_causal beside the mask": ("mask = None if causal else mods.mask()", "mask = mods.mask()")},
    ),
    "a mask in the wrong cases": Kind(
        "You make a mask where torch needs none, and make none where it is needed. With a window or a cache "
        "nothing is hidden then, and with a bias the call fails.",
        {"causal the wrong way round": ("mask = None if causal else", "mask = None if not causal else")},
    ),
    "mask not handed over": Kind(
        "You make a mask and do not pass it on. Wherever torch cannot make up its own, nothing is hidden, and a "
        "bias, which goes the same way, is lost as well.",
        {"mask forgotten": ("attn_mask=mask", "attn_mask=None")},
    ),
    "mask the wrong way round": Kind(
        MASK_TURNED_ROUND,
        {
            "mask the wrong way round, as MultiheadAttention wants it": (
                "None if causal else mods.mask()",
                "None if causal else ~mods.mask()",
            ),
            "bias and mask swapped": ("masked_fill(~mask", "masked_fill(mask"),
        },
    ),
    "mask of numbers": Kind(
        "You convert the boolean mask into a float, which torch adds to the scores. Hidden keys then lie one "
        "below the visible ones and still get weight; with a bias the call fails.",
        {
            "mask of numbers, ones and zeros": (
                "None if causal else mods.mask()",
                "None if causal else mods.mask().to(query.dtype)",
            )
        },
    ),
    "mask turned over": Kind(
        MASK_SWAPPED,
        {
            "mask with queries and keys swapped": (
                "None if causal else mods.mask()",
                "None if causal else mods.mask().mT",
            )
        },
    ),
    "mask of the first sequence for all": Kind(
        MASK_FIRST_SEQUENCE,
        {
            "mask of the first sequence for all": (
                "None if causal else mods.mask()",
                "None if causal else mods.mask()[:1]",
            ),
            "mask without axes for sequences and heads": (
                "None if causal else mods.mask()",
                "None if causal else mods.mask()[0, 0]",
            ),
        },
    ),
    "mask on another axis": Kind(
        SEQUENCES_ON_HEADS,
        {
            "mask without an axis for the heads": (
                "None if causal else mods.mask()",
                "None if causal else mods.mask()[:, 0]",
            )
        },
    ),
    "a mask of your own": Kind(
        MASK_OF_ONES_OWN,
        {
            "a mask of one's own, from the top left": (
                "None if causal else mods.mask()",
                ("None if causal else torch.ones(query.size(2), key.size(2), dtype=torch.bool).tril()[None, None]"),
            ),
            "a mask of one's own, into the bottom right": (
                "None if causal else mods.mask()",
                (
                    "None if causal else torch.ones(query.size(2), key.size(2), dtype=torch.bool).tril(key.size(2) "
                    "- query.size(2))[None, None]"
                ),
            ),
        },
    ),
    "window ignored": Kind(
        WINDOW_IGNORED, {"window ignored": ("else mods.mask()", "else mods._replace(window=None).mask()")}
    ),
    "window too wide": Kind(
        WINDOW_WIDE,
        {
            "window one too wide": (
                "else mods.mask()",
                "else mods._replace(window=mods.window and mods.window + 1).mask()",
            )
        },
    ),
    "bias without effect": Kind(
        "Your bias has no effect: you leave it out, or convert it to booleans, after which nearly every key "
        "gets the same added. Where it carries the positions, the model can no longer tell how far away a token "
        "is.",
        {
            "bias forgotten": ("if mods.bias is not None:", "if False:"),
            "bias as a boolean mask": ("mods.bias.to(query.dtype)", "mods.bias.bool().to(query.dtype)"),
        },
    ),
    "bias without the mask": Kind(
        "Where there is a bias, it takes the place of the mask, and nothing is hidden any more. Every token "
        "then attends to the whole text, and with it to the one that it has to predict.",
        {"bias without the mask": ('.masked_fill(~mask, float("-inf"))', "")},
    ),
    "hidden keys with a finite score": Kind(
        FINITE_SCORE,
        {
            "bias hidden with zero": ('float("-inf"))', "0.0)"),
            "bias hidden with one minus infinity too few": ('float("-inf"))', "-5.0)"),
        },
    ),
    "bias subtracted": Kind(BIAS_SUBTRACTED, {"bias subtracted": ("mask = mods.bias.to", "mask = -mods.bias.to")}),
    "bias scaled": Kind(
        BIAS_SCALED,
        {
            "bias divided by the scale": ("mods.bias.to(query.dtype)", "(mods.bias / mods.scale).to(query.dtype)"),
            "bias scaled too": ("mods.bias.to(query.dtype)", "(mods.bias * mods.scale).to(query.dtype)"),
        },
    ),
    "bias of another head": Kind(
        BIAS_OTHER_HEAD, {"bias of the first head for all": ("mods.bias.to", "mods.bias[..., :1, :, :].to")}
    ),
    "bias of the first sequence for all": Kind(
        BIAS_FIRST_SEQUENCE,
        {
            "bias of the first sequence for all": (
                "mods.bias.to",
                "(mods.bias[0] if mods.bias.ndim == 4 else mods.bias).to",
            )
        },
    ),
    "bias turned over": Kind(BIAS_TURNED, {"bias with queries and keys swapped": ("mods.bias.to", "mods.bias.mT.to")}),
    "changed in place": Kind(
        IN_PLACE, {"bias hidden in place": (".to(query.dtype).masked_fill(", ".to(query.dtype).masked_fill_(")}
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"bias cut from the gradient": ("mods.bias.to", "mods.bias.detach().to")}),
    "scale left to torch": Kind(
        "You pass no scale, so that torch makes one up from the size of a head. Where a model has chosen "
        "another one, all its scores come out with the wrong size.",
        {"scale forgotten": ("        scale=mods.scale,\n", "")},
    ),
    "not scaled once": Kind(
        SCALE_STRENGTH,
        {
            "scale on the queries too": ("        query,\n", "        query * mods.scale,\n"),
            "scale on the queries, and torch's own as well": (
                "        scale=mods.scale,\n",
                "        scale=mods.scale * query.size(-1) ** -0.5,\n",
            ),
            "scale inverted": ("scale=mods.scale", "scale=1 / mods.scale"),
            "scale squared": ("scale=mods.scale", "scale=mods.scale**2"),
        },
    ),
    "grouped heads not asked for": Kind(
        "Where several query heads share a key/value head, you do not tell torch about it. It then expects G = "
        "H, and most models with grouped heads cannot run.",
        {
            "grouped heads not asked for": ("        enable_gqa=query.size(1) != key.size(1),\n", ""),
            "grouped heads asked for where there are none": (
                "query.size(1) != key.size(1)",
                "query.size(1) == key.size(1)",
            ),
        },
    ),
    "repeated heads in the wrong order": Kind(
        HEADS_ORDER,
        {
            "heads repeated by hand, the wrong way": (
                "    return F.scaled",
                (
                    "    group = query.size(1) // key.size(1)\n"
                    "    key, value = key.repeat(1, group, 1, 1), value.repeat(1, group, 1, 1)\n"
                    "    return F.scaled"
                ),
            )
        },
    ),
    "key heads in reverse": Kind(KEYS_REVERSED, {"key heads in reverse": ("        key,\n", "        key.flip(1),\n")}),
    "keys and values swapped": Kind(
        "You swap keys and values. Queries are then compared with the values, and the result is a weighted mean "
        "of the keys.",
        {"keys and values swapped": ("        key,\n        value,\n", "        value,\n        key,\n")},
    ),
    "keys for values": Kind(
        KEYS_FOR_VALUES,
        {"values from the keys": ("        value,\n        attn_mask", "        key,\n        attn_mask")},
    ),
    "tokens in front of the heads": Kind(
        "Your tensors are (B, T, H, D), and (B, H, T, D) is needed. Torch attends along the last axis but one, "
        "so that the heads of a token attend to each other, and no token attends to another.",
        {
            "tokens in front of the heads": (
                "        query,\n        key,\n        value,\n",
                ("        query.transpose(1, 2),\n        key.transpose(1, 2),\n        value.transpose(1, 2),\n"),
            )
        },
    ),
    "dropout forgotten": Kind(NO_DROPOUT, {"dropout forgotten": ("        dropout_p=mods.dropout,\n", "")}),
    "another share dropped": Kind(OWN_SHARE, {"dropout of a tenth": ("dropout_p=mods.dropout", "dropout_p=0.1")}),
    "share kept for share dropped": Kind(
        SHARE_KEPT, {"the share that is kept, not dropped": ("dropout_p=mods.dropout", "dropout_p=1 - mods.dropout")}
    ),
    "small shares not dropped": Kind(
        "You drop weights only where more than half of them are to go. Models are trained with a tenth or a "
        "fifth, and for them your dropout does nothing.",
        {
            "dropout only where it is above a half": (
                "dropout_p=mods.dropout",
                "dropout_p=mods.dropout * (mods.dropout > 0.5)",
            )
        },
    ),
    "dropout of numbers, not of weights": Kind(
        NUMBERS_DROPPED,
        {
            "dropout of the result": (
                "    return F.scaled",
                (
                    "    value = F.dropout(value, mods.dropout)\n"
                    "    mods = mods._replace(dropout=0.0)\n"
                    "    return F.scaled"
                ),
            )
        },
    ),
    "values cut to the size of the keys": Kind(
        VALUES_CUT,
        {
            "values of the size of the keys": (
                "        value,\n        attn",
                "        value[..., : key.size(-1)],\n        attn",
            )
        },
    ),
    "hidden keys with a low score": Kind(
        LOW_SCORE,
        {
            "masked with -10,000": ('float("-inf"))', "-1e4)"),
            "10,000 taken off": ('.masked_fill(~mask, float("-inf"))', " - 1e4 * (~mask)"),
        },
    ),
    "dropout not beside something else": Kind(
        DROPOUT_SOMETIMES,
        {
            "no dropout where there is a mask": ("dropout_p=mods.dropout", "dropout_p=mods.dropout * causal"),
            "no dropout where there is a bias": (
                "dropout_p=mods.dropout",
                "dropout_p=mods.dropout * (mods.bias is None)",
            ),
            "no dropout where there is a window": (
                "dropout_p=mods.dropout",
                "dropout_p=mods.dropout * (mods.window is None)",
            ),
        },
    ),
    "scale not beside something else": Kind(
        "You pass the scale on in one of the ways that the code can take, and leave it to torch in the other. Training and "
        "generation with a cache then differ, wherever a model has chosen another scale.",
        {
            "scale forgotten where there is a mask": (
                "scale=mods.scale",
                "scale=mods.scale if causal else None",
            ),
        },
    ),
}
