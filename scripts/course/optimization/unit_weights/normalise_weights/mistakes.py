"""What people write for optimization.unit_weights.normalise_weights, and why it matters."""

from scripts.workshop.diagnose import Kind

LINE = "module.weight.copy_(F.normalize(module.weight, dim=axis))"
AXIS = "axis = 0 if name.endswith(OUTPUT_PROJECTIONS) else 1"

MISTAKES = {
    "rows everywhere": Kind(
        "You norm the rows of output projections, too. Their rows are not as wide as the stream: a column is what one hidden "
        "unit adds to it.",
        {"rows everywhere": (AXIS, "axis = 1")},
    ),
    "columns everywhere": Kind(
        "You norm the columns of all matrices. What reads the stream has rows as wide as it, and so have the embedding and "
        "the head.",
        {
            "columns everywhere": (AXIS, "axis = 0"),
            "the wrong way round": (AXIS, "axis = 1 if name.endswith(OUTPUT_PROJECTIONS) else 0"),
        },
    ),
    "the whole matrix": Kind(
        "You divide a matrix by its own length. Every vector in it gets the length one, or long ones stay longer than others.",
        {"the whole matrix": (LINE, "module.weight.copy_(module.weight / module.weight.norm())")},
    ),
    "columns told by the shape": Kind(
        "You tell output projections by their shape. A square matrix, as o_proj often is, does not say what it does: its name "
        "does.",
        {"columns told by the shape": (AXIS, "axis = 0 if module.weight.shape[0] < module.weight.shape[1] else 1")},
    ),
    "a name inside another": Kind(
        "You take every name that ends in down_proj for an output projection. kv_down_proj makes a latent and reads the "
        "stream: the names are whole ones, with a dot before them.",
        {
            "a name inside another": (
                "name.endswith(OUTPUT_PROJECTIONS)",
                "name.endswith(('o_proj', 'down_proj'))",
            )
        },
    ),
    "the embedding left out": Kind(
        "You leave out the embedding. Its rows are what the stream begins with, and would not be on the sphere.",
        {"the embedding left out": ("nn.Linear | nn.Embedding", "nn.Linear")},
    ),
    "linear layers left out": Kind(
        "You norm the embedding alone. Every linear layer's weights are kept on the sphere.",
        {"linear layers left out": ("nn.Linear | nn.Embedding", "nn.Embedding")},
    ),
    "one output projection forgotten": Kind(
        "You norm the columns of one kind of output projection only. Attention and MLP both write to the stream.",
        {
            "down_proj forgotten": ("name.endswith(OUTPUT_PROJECTIONS)", "name.endswith('.o_proj')"),
            "o_proj forgotten": ("name.endswith(OUTPUT_PROJECTIONS)", "name.endswith('.down_proj')"),
        },
    ),
    "root mean square": Kind(
        "You divide by the root mean square. The vectors get the length sqrt(C), and products with the stream are no cosines.",
        {
            "root mean square": (
                LINE,
                "module.weight.copy_(F.normalize(module.weight, dim=axis) * module.weight.shape[axis] ** 0.5)",
            )
        },
    ),
    "sum of the absolute values": Kind(
        "You divide by the sum of the absolute values. The length is the root of the sum of squares.",
        {"sum of the absolute values": ("dim=axis)", "p=1, dim=axis)")},
    ),
    "squared length": Kind(
        "You divide by the square of the length. A vector of the length 2 gets the length 1/2.",
        {
            "squared length": (
                LINE,
                "module.weight.copy_(module.weight / module.weight.pow(2).sum(axis, keepdim=True).clamp(min=1e-24))",
            )
        },
    ),
    "zeros divided": Kind(
        "You divide by zero where a vector is zeros, and get NaN. An initialisation may well begin with zeros.",
        {"zeros divided": (LINE, "module.weight.copy_(module.weight / module.weight.norm(dim=axis, keepdim=True))")},
    ),
    "other parameters": Kind(
        "You put new parameters in the place of the old ones. The optimizer holds the old ones and goes on changing those; "
        "write into them.",
        {"other parameters": (LINE, "module.weight = nn.Parameter(F.normalize(module.weight, dim=axis))")},
    ),
    "nothing written": Kind(
        "You compute unit vectors and do not write them. The weights are to be changed in place.",
        {"nothing written": (LINE, "F.normalize(module.weight, dim=axis)")},
    ),
    "biases as well": Kind(
        "You norm biases, too. They are no vectors of the stream.",
        {
            "biases as well": (
                LINE,
                LINE + "\n            if getattr(module, 'bias', None) is not None:\n"
                "                module.bias.copy_(F.normalize(module.bias, dim=0))",
            )
        },
    ),
}
