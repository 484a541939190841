"""What feed_forward.GatedMLP.__init__ is asked."""

from scripts.course.feed_forward.shared import made
from scripts.workshop.check.cases import case

# 8/3 of 28 is 74.67: nearer to the multiple of 8 below than to the one above, and an even number when cut.
case("a width that 8/3 does not hit")(lambda package: made(package, "GatedMLP", n_embd=28))


case("a hidden width rounded up to a multiple of 32")(
    lambda package: made(package, "GatedMLP", n_embd=28, ffn_multiple_of=32)
)


case("a hidden width rounded up to a multiple of 2")(
    lambda package: made(package, "GatedMLP", n_embd=28, ffn_multiple_of=2)
)
