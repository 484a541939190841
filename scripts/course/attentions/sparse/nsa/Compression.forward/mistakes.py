"""What people write for attentions.sparse.nsa.Compression.forward, and why it matters."""

from scripts.workshop.diagnose import Kind

PAD = "x = F.pad(x, (0, 0, 0, max(self.size - x.size(2), 0)))"
UNFOLD = "x.unfold(2, self.size, self.stride).mT"
RESULT = "F.silu(spans @ self.up.mT) @ self.down.mT"

MISTAKES = {
    "places left out": Kind(
        "You do not add the vectors of the places in a span. Attribute position is there for that, and would never learn.",
        {"places left out": ("(spans + self.position)", "spans")},
    ),
    "places counted along the text": Kind(
        "You add the places before the spans are cut, as positions of the text. A key that lies in two spans has another "
        "place in each.",
        {
            "places counted along the text": (
                f"spans = {UNFOLD}",
                "places = self.position[torch.arange(x.size(2)) % self.size]\n        "
                "spans = (x + places).unfold(2, self.size, self.stride).mT - self.position",
            )
        },
    ),
    "spans side by side": Kind(
        "You cut the text into spans that do not overlap, or let them begin at every token. The next one begins stride "
        "tokens later.",
        {
            "side by side": (UNFOLD, "x.unfold(2, self.size, self.size).mT"),
            "one at every token": (UNFOLD, "x.unfold(2, self.size, 1).mT"),
        },
    ),
    "elements before tokens": Kind(
        "You lay a span end to end element by element, not key by key. The columns of up then belong to other elements, and "
        "weights of somebody else would not fit.",
        {
            "elements before tokens": (
                "(spans + self.position).flatten(-2)",
                "(spans + self.position).mT.flatten(-2)",
            )
        },
    ),
    "keys reversed": Kind(
        "You lay a span end to end from its last key to its first. The first D columns of up are for its first key.",
        {"keys reversed": ("(spans + self.position)", "(spans + self.position).flip(-2)")},
    ),
    "averaged": Kind(
        "You average a span instead of handing it to the MLP as a whole. That is MoBA's way; here the weights decide what "
        "is kept of each key.",
        {
            "averaged": (
                "(spans + self.position).flatten(-2)",
                "(spans + self.position).mean(-2, keepdim=True).expand_as(spans).flatten(-2)",
            )
        },
    ),
    "no activation": Kind(
        "You leave out the activation between the two linear maps, or use another. Without one, both are no more than one "
        "linear map.",
        {
            "no activation": (RESULT, "spans @ self.up.mT @ self.down.mT"),
            "relu": (RESULT, "F.relu(spans @ self.up.mT) @ self.down.mT"),
            "gelu": (RESULT, "F.gelu(spans @ self.up.mT) @ self.down.mT"),
            "activation at the end": (RESULT, "F.silu(spans @ self.up.mT @ self.down.mT)"),
        },
    ),
    "second map left out": Kind(
        "You leave out the second linear map, or forget to transpose it. Like the weight of a linear layer it is (n_out, n_in), and a row of it makes one element.",
        {
            "second map left out": (RESULT, "F.silu(spans @ self.up.mT)"),
            "transposed": (RESULT, "F.silu(spans @ self.up.mT) @ self.down"),
        },
    ),
    "short texts refused": Kind(
        "Your code fails where the text is shorter than a span. A text begins with one token, in generation for sure.",
        {"short texts refused": (PAD, "pass")},
    ),
    "filled up in front": Kind(
        "You fill up a short text in front. Its tokens then stand at other places of the span than in a longer text.",
        {"filled up in front": (PAD, "x = F.pad(x, (0, 0, max(self.size - x.size(2), 0), 0))")},
    ),
    "last span filled up": Kind(
        "You fill up the text behind, so that one more span begins. Only whole spans count: n = floor((T - l) / d) + 1.",
        {
            "last span filled up": (
                PAD,
                f"{PAD}\n        x = F.pad(x, (0, 0, 0, -(x.size(2) - self.size) % self.stride))",
            )
        },
    ),
}
