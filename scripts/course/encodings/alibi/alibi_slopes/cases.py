"""What encodings.alibi.alibi_slopes is asked."""

from scripts.workshop.check.cases import case


def slope_case(about: str, n_head: int) -> None:
    @case(about)
    def slopes(package):
        return {"the slopes": package.encodings.alibi.alibi_slopes(n_head)}


slope_case("eight heads", n_head=8)


slope_case("two heads", n_head=2)


slope_case("a single head", n_head=1)


slope_case("sixteen heads", n_head=16)


slope_case("six heads, not a power of two", n_head=6)


slope_case("twelve heads, not a power of two", n_head=12)


slope_case("seven heads, not a power of two", n_head=7)
