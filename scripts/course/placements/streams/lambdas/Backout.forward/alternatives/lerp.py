"""By torch.addcmul, which multiplies and adds in one step."""


class Backout(nn.Module):
    def forward(self, stream):
        x, middle = stream.x, stream.middle
        return torch.addcmul(x, self.weight.to(x), middle, value=-1)
