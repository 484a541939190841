"""What attentions.sparse.indexer.indexer_loss is asked."""

import torch

from scripts.workshop.check.cases import case, draw


def taught(package, attended: torch.Tensor, unread: float = -9.0, size: float = 1.0) -> dict:
    """A loss of random scores and a random target over these keys; of the attended ones, some get nothing."""
    hidden = ~attended
    target = draw(*attended.shape, seed=2).masked_fill(hidden, float("-inf")).softmax(dim=-1)
    target = torch.where(draw(*attended.shape, seed=2) < unread, 0.0, target)
    target = target / target.sum(dim=-1, keepdim=True)
    scores = (size * draw(*attended.shape, seed=1)).masked_fill(hidden, float("-inf"))
    given = scores.clone(), target.clone()
    loss = package.attentions.sparse.indexer.indexer_loss(scores.requires_grad_(), target)
    loss.backward()
    report = {"the loss": loss.detach(), "the gradient to the scores": scores.grad}
    same = [torch.equal(*pair) for pair in zip((scores.detach(), target), given, strict=True)]
    return report | {"whether scores and target are as they were": same}


case("six causal tokens")(lambda package: taught(package, torch.ones(2, 6, 6, dtype=torch.bool).tril()))


case("a few keys of many, of which some get nothing")(
    lambda package: taught(package, draw(2, 3, 9, seed=5) > -0.5, unread=-0.3)
)


case("scores that are far apart, two queries")(
    lambda package: taught(package, torch.ones(1, 2, 7, dtype=torch.bool), size=60.0)
)
