"""What people write for gpt.GPT.get_device, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import NOTHING_RETURNED

MISTAKES = {
    "a device named without looking": Kind(
        "You name a device without looking where the weights are: the CPU, a graphics card, or torch's "
        "default. A model may have been moved, and inputs that are put elsewhere cannot be multiplied by its "
        "weights.",
        {
            "hard-coded": ("self.token_embedding.weight.device", 'torch.device("cpu")'),
            "CUDA where there is one": (
                "self.token_embedding.weight.device",
                'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
            ),
            "torch's default device": ("self.token_embedding.weight.device", "torch.get_default_device()"),
        },
    ),
    "something else than a device": Kind(
        "What you return is not a device but a word, a number or a tensor. Whoever asks wants to compare it "
        "with other devices and to read its type, as a device allows.",
        {
            "a word": ("self.token_embedding.weight.device", "self.token_embedding.weight.device.type"),
            "a number": ("self.token_embedding.weight.device", "self.token_embedding.weight.get_device()"),
            "the weight itself": ("self.token_embedding.weight.device", "self.token_embedding.weight"),
        },
    ),
    "an attribute that modules lack": Kind(
        "You ask the model itself for its device, but torch's modules keep no such attribute. Every weight "
        "could lie elsewhere, so that only a weight can tell.",
        {"an attribute that modules lack": ("self.token_embedding.weight.device", "self.device")},
    ),
    "remembered from the first call": Kind(
        "You remember the device of the first call and give it out ever after. Once the model has been moved, "
        "inputs would be sent to where its weights no longer are.",
        {
            "remembered from the first call": (
                "return self.token_embedding.weight.device",
                ('self.__dict__.setdefault("device", self.token_embedding.weight.device)\n        return self.device'),
            )
        },
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return self", "self")}),
}
