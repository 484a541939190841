"""What people write for gpt.GPT.get_device, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "a device named without looking": Kind(
        "You name a device without looking where the weights are: the CPU, a graphics card, or torch's "
        "default. A model may have been moved, and inputs that are put elsewhere cannot be multiplied by its "
        "weights.",
        {
            "hard-coded": ("self.embedding.token_embedding.weight.device", 'torch.device("cpu")'),
            "CUDA where there is one": (
                "self.embedding.token_embedding.weight.device",
                'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
            ),
            "torch's default device": ("self.embedding.token_embedding.weight.device", "torch.get_default_device()"),
        },
    ),
    "something else than a device": Kind(
        "What you return is not a torch.device but a string, an integer or a tensor. The caller compares it with "
        "other devices and reads its type.",
        {
            "a string": (
                "self.embedding.token_embedding.weight.device",
                "self.embedding.token_embedding.weight.device.type",
            ),
            "an integer": (
                "self.embedding.token_embedding.weight.device",
                "self.embedding.token_embedding.weight.get_device()",
            ),
            "the weight itself": (
                "self.embedding.token_embedding.weight.device",
                "self.embedding.token_embedding.weight",
            ),
        },
    ),
    "an attribute that modules lack": Kind(
        "You ask the model itself for its device, but torch's modules keep no such attribute. Every weight "
        "could lie elsewhere, so that only a weight can tell.",
        {"an attribute that modules lack": ("self.embedding.token_embedding.weight.device", "self.device")},
    ),
    "remembered from the first call": Kind(
        "You remember the device of the first call and return it ever after. Once the model has been moved, "
        "inputs would be sent to where its weights no longer are.",
        {
            "remembered from the first call": (
                "return self.embedding.token_embedding.weight.device",
                'self.__dict__.setdefault("device", self.embedding.token_embedding.weight.device)\n'
                "        return self.device",
            )
        },
    ),
}
