"""What embeddings.absolute.sinusoidal_table is asked."""

from scripts.workshop.check.cases import case


def sinusoidal_case(about: str, length: int, dim: int) -> None:
    @case(about)
    def table(package):
        return {"the table": package.embeddings.absolute.sinusoidal_table(length, dim)}


sinusoidal_case("nine positions, a width of six", length=9, dim=6)


sinusoidal_case("as many positions as numbers", length=8, dim=8)


sinusoidal_case("a single position", length=1, dim=4)


sinusoidal_case("a width of two", length=5, dim=2)
