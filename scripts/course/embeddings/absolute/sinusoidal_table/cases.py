"""What embeddings.absolute.sinusoidal_table is asked."""

from scripts.workshop.check.cases import case


def sinusoidal_case(about: str, length: int, dim: int) -> None:
    @case(about)
    def table(package):
        return {"the table": package.embeddings.absolute.sinusoidal_table(length, dim)}


sinusoidal_case("nine positions, a width of six", length=9, dim=6)


sinusoidal_case("as many positions as numbers", length=8, dim=8)


sinusoidal_case("a single position", length=1, dim=4)


# The only angle is the position itself, a whole number: nothing but the cosine and the sine is rounded here.
sinusoidal_case("a width of two, and 8,193 positions", length=8193, dim=2)
