"""What gpt.GPT.get_device is asked."""

import torch

from scripts.workshop.check.cases import (
    SMALL,
    case,
)


@case("a model on the CPU, then moved to another device")
def get_device(package):
    model = package.gpt.GPT(SMALL)
    return {"the device": model.get_device(), "the device after the move": model.to("meta").get_device()}


@case("a model that was made on another device than the CPU")
def get_device_elsewhere(package):
    with torch.device("meta"):
        model = package.gpt.GPT(SMALL)
    return {"the device": model.get_device()}
