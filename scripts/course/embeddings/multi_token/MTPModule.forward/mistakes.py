"""What people write for embeddings.multi_token.MTPModule.forward, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

JOINED = "x = torch.cat((self.enorm(e), self.hnorm(h)), dim=-1)"
RETURNED = "return self.norm(self.block(x, context))"

MISTAKES = {
    "halves in the other order": Kind(
        "You put h first and the embedding behind it. A model that trains with that is as good, but published weights of "
        "eh_proj have the embedding's half first.",
        {"halves in the other order": (JOINED, "x = torch.cat((self.hnorm(h), self.enorm(e)), dim=-1)")},
    ),
    "norms swapped": Kind(
        "You norm h with enorm, or the embedding with hnorm. Each has weights that fit what it was trained on.",
        {
            "norms swapped": (JOINED, "x = torch.cat((self.hnorm(e), self.enorm(h)), dim=-1)"),
            "one norm for both": (JOINED, "x = torch.cat((self.enorm(e), self.enorm(h)), dim=-1)"),
        },
    ),
    "not normed": Kind(
        "One of the two enters as it is. They come from different ends of the model, and the longer one drowns out the "
        "other.",
        {
            "embedding not normed": ("self.enorm(e)", "e"),
            "h not normed": ("self.hnorm(h)", "h"),
            "neither normed": (JOINED, "x = torch.cat((e, h), dim=-1)"),
        },
    ),
    "not the next token": Kind(
        "Only one of the two enters. Without the embedding the module cannot know which token came next, and without h it "
        "does not know the text before it.",
        {
            "h twice": (JOINED, "x = torch.cat((self.hnorm(h), self.hnorm(h)), dim=-1)"),
            "the embedding twice": (JOINED, "x = torch.cat((self.enorm(e), self.enorm(e)), dim=-1)"),
        },
    ),
    "added": Kind(
        "You add the two where they are to be concatenated. The projection is (2C -> C), so that each half has weights of its "
        "own.",
        {"added, twice": (JOINED, "x = (self.enorm(e) + self.hnorm(h)).repeat(1, 1, 2)")},
    ),
    "shifted": Kind(
        "You shift the embeddings, or h, by a position. The caller has done so: what stands at one position belongs together, "
        "and a token further on would be the one that is asked for.",
        {
            "embeddings one further on": (JOINED, JOINED.replace("(e)", "(e.roll(-1, dims=1))")),
            "h one further back": (JOINED, JOINED.replace("(h)", "(h.roll(1, dims=1))")),
        },
    ),
    "block left out": Kind(
        "You leave the block out. Then a position sees its own pair alone, and not the text before it.",
        {"block left out": (RETURNED, "return self.norm(x)")},
    ),
    "h added": Kind(
        "You add h or the embedding to the result, as around a sublayer. The block adds to what the projection returns; "
        "there is no other residual.",
        {
            "h added": (RETURNED, "return h + self.norm(self.block(x, context))"),
            "h added before the norm": (RETURNED, "return self.norm(h + self.block(x, context))"),
        },
    ),
    "norm left out": Kind(
        "You return what leaves the block without the last norm, or normed twice. The head that follows is the model's, "
        "without its norm: each module has one of its own.",
        {
            "norm left out": (RETURNED, "return self.block(x, context)"),
            "norm before the block": (RETURNED, "return self.block(self.norm(x), context)"),
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "h without a gradient": ("self.hnorm(h)", "self.hnorm(h.detach())"),
            "embedding without a gradient": ("self.enorm(e)", "self.enorm(e.detach())"),
        },
    ),
}
