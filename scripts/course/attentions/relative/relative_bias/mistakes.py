"""What people write for attentions.relative.relative_bias, and why it matters."""

from scripts.course.positions.explanations import KEYS_BY_QUERIES, PLACES, SHARED_ONLY
from scripts.workshop.diagnose import Kind

DISTANCE = "query_position[..., :, None] - key_position[..., None, :]"

MISTAKES = {
    "key minus query": Kind(
        "You count how far a key lies ahead of the query, not how far behind. All visible keys then have a distance below "
        "zero, and none gets a bias.",
        {"key minus query": (DISTANCE, "key_position[..., None, :] - query_position[..., :, None]")},
    ),
    "farther keys like the last": Kind(
        "Your keys beyond the extent get the number of the farthest distance. They should get 0: the query says nothing "
        "about them.",
        {
            "farther keys like the last": (
                "bias.masked_fill((distance < 0) | (distance >= extent), 0.0)",
                "bias.masked_fill(distance < 0, 0.0)",
            ),
            "one distance too few": ("(distance >= extent)", "(distance >= extent - 1)"),
            "one distance too many": ("(distance >= extent)", "(distance > extent)"),
        },
    ),
    "farther keys hidden": Kind(
        "You hide the keys beyond the extent, by a bias of minus infinity. An extent is no window: they are seen, without "
        "a bias.",
        {"farther keys hidden": ("extent), 0.0)", 'extent), float("-inf"))')},
    ),
    "distances backwards": Kind(
        "You read the list of a query from the far end. Its first number is for the query's own token.",
        {
            "distances backwards": (
                "distance.clamp(0, extent - 1).expand",
                "(extent - 1 - distance).clamp(0, extent - 1).expand",
            ),
            "distance plus one": ("distance.clamp(0, extent - 1).expand", "(distance + 1).clamp(0, extent - 1).expand"),
        },
    ),
    "distances in rounds": Kind(
        "Your distances beyond the extent begin again at 0, or count from its end. They should get no bias at all.",
        {
            "distances in rounds": (
                "return bias.masked_fill((distance < 0) | (distance >= extent), 0.0)",
                "return by_distance.transpose(1, 2).gather(-1, (distance % extent).expand(B, H, -1, -1))",
            )
        },
    ),
    "the key's list": Kind(
        "You look up in the list of the key's token. It is the query that says where to look, and a key from a cache has "
        "no list.",
        {
            "the key's list": (
                "distance.clamp(0, extent - 1).expand(B, H, -1, -1))",
                "distance.mT.clamp(0, extent - 1).expand(B, H, -1, -1)).mT",
            )
        },
    ),
    "one list for all": Kind(
        "You use one list for all heads or all queries. Every head of every query has its own: this is what makes the bias "
        "depend on the content.",
        {
            "the first head's list": (
                "by_distance.transpose(1, 2)",
                "by_distance[:, :, :1].expand_as(by_distance).transpose(1, 2)",
            ),
            "the first query's list": (
                "by_distance.transpose(1, 2)",
                "by_distance[:, :1].expand_as(by_distance).transpose(1, 2)",
            ),
            "the mean of the heads' lists": (
                "by_distance.transpose(1, 2)",
                "by_distance.mean(2, keepdim=True).expand_as(by_distance).transpose(1, 2)",
            ),
        },
    ),
    "places taken for positions": Kind(
        PLACES,
        {
            "counted from zero": (
                DISTANCE,
                "torch.arange(query_position.size(-1))[:, None] - torch.arange(key_position.size(-1))",
            ),
            "queries counted from zero": (
                DISTANCE,
                "torch.arange(query_position.size(-1))[:, None] - key_position[..., None, :]",
            ),
        },
    ),
    "positions of one sequence only": Kind(
        SHARED_ONLY,
        {
            "the first sequence's distances for all": (
                "distance.view(-1, 1, *distance.shape[-2:])",
                "distance.view(-1, 1, *distance.shape[-2:])[:1]",
            )
        },
    ),
    "heads and queries exchanged": Kind(
        "Your bias is (B, Tq, H, Tk), and (B, H, Tq, Tk) is needed. Lists of heads go to queries then, or the shapes do "
        "not fit.",
        {
            "heads behind the queries": (
                "return bias.masked_fill((distance < 0) | (distance >= extent), 0.0)",
                "return bias.masked_fill((distance < 0) | (distance >= extent), 0.0).transpose(1, 2)",
            ),
            "heads taken for queries": ("by_distance.transpose(1, 2).gather", "by_distance.gather"),
        },
    ),
    "keys by queries": Kind(
        KEYS_BY_QUERIES,
        {
            "keys by queries": (
                "return bias.masked_fill((distance < 0) | (distance >= extent), 0.0)",
                "return bias.masked_fill((distance < 0) | (distance >= extent), 0.0).mT",
            )
        },
    ),
}
