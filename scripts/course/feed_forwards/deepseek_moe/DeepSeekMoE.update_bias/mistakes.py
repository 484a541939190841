"""What people write for feed_forwards.deepseek_moe.DeepSeekMoE.update_bias, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import HARD_CODED

MISTAKES = {
    "the wrong way round": Kind(
        "You lift experts that have too much to do, and lower those with too little. The busiest one then gets all "
        "tokens, faster than without any balancing.",
        {
            "the wrong way round": ("load.mean() - load", "load - load.mean()"),
            "subtracted": ("self.correction_bias += ", "self.correction_bias -= "),
        },
    ),
    "the error itself": Kind(
        "You step by the error, and not by its sign. The size of a step then depends on how many tokens a batch has, "
        "and a single uneven batch throws the biases off.",
        {
            "the error itself": ("error.sign()", "error"),
            "the relative error": ("error.sign()", "error / load.mean()"),
            "the error as a share of all": ("error.sign()", "error / load.sum()"),
            "the error over its largest": ("error.sign()", "error / error.abs().amax().clamp(min=1e-9)"),
        },
    ),
    "never lowered": Kind(
        "Your bias moves in one direction only: some experts are lifted, or lowered, and the others stay where they are. "
        "It drifts, and where the mean changes it cannot go back.",
        {
            "only lifted": ("error.sign()", "(error > 0)"),
            "only lowered": ("error.sign()", "error.sign().clamp(max=0)"),
        },
    ),
    "no rest at the mean": Kind(
        "You move an expert that has exactly the mean load. There the sign is zero: with nothing to even out, the bias "
        "stays as it is.",
        {
            "lifted at the mean": ("error.sign()", "torch.where(error >= 0, 1.0, -1.0)"),
            "lowered at the mean": ("error.sign()", "torch.where(error > 0, 1.0, -1.0)"),
        },
    ),
    "another mean": Kind(
        "You compare with something else than the mean load. What is evened out is then something else, too: with the "
        "median, half of all experts are always too busy, whatever the one at the top has.",
        {
            "the median": ("load.mean()", "load.median()"),
            "the largest": ("load.mean()", "load.amax()"),
            "one": ("load.mean()", "1.0"),
        },
    ),
    "overwritten": Kind(
        "You set the bias to the step of this moment, and forget what it was. A bias that never exceeds one step cannot "
        "make up for scores that differ by more.",
        {"overwritten": ("self.correction_bias += ", "self.correction_bias[:] = ")},
    ),
    "setting hard-coded": Kind(
        HARD_CODED,
        {
            "speed hard-coded": ("self.bias_update_speed * ", "0.001 * "),
            "speed forgotten": ("self.bias_update_speed * ", ""),
        },
    ),
    "the load normalised in place": Kind(
        "The load that is handed in comes out changed. Others read it after you: the log of the run says from it how "
        "busy the experts are.",
        {
            "subtracted in place": (
                "error = load.mean() - load",
                "error = load.sub_(load.mean()).neg_()",
            )
        },
    ),
}
