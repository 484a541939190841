"""How well the hardware is used: model FLOPs utilisation, against what a GPU can do at best.

Peaks are of dense matrix products in bfloat16, in FLOP/s, as the makers' data sheets give them (without sparsity, which
doubles the number on the box). PaLM (arXiv:2204.02311), appendix B, defines the ratio.
"""

PEAKS = {
    "B200": 2250e12,
    "GB200": 2500e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "GH200": 989e12,
    "H800": 989e12,
    "H20": 148e12,
    "A100": 312e12,
    "A800": 312e12,
    "A40": 149.7e12,
    "A30": 165e12,
    "A10G": 70e12,
    "A10": 125e12,
    "L40S": 362e12,
    "L40": 181e12,
    "L4": 121e12,
    "RTX 6000 Ada": 364e12,
    "RTX 4090": 165.2e12,
    "RTX 3090": 71e12,
    "MI300X": 1307e12,
    "MI250X": 383e12,
}


def peak_flops(device: str) -> float | None:
    """The peak of a device by the name that torch gives it ("NVIDIA H100 80GB HBM3"); None where it is unknown."""
    words = device.replace("-", " ").replace("_", " ").split()
    # The longest name that fits: an H100 PCIe is no H100.
    for name in sorted(PEAKS, key=len, reverse=True):
        if all(word in words for word in name.split()):
            return PEAKS[name]
    return None


def fraction_of_peak(flops_per_second: float, device: str, count: int = 1) -> float | None:
    """Model FLOPs utilisation of `count` devices, 1 at most; None where their peak is unknown."""
    peak = peak_flops(device)
    return peak and flops_per_second / (count * peak)


def utilisation(flops_per_second: float, device: str, count: int = 1) -> str:
    """Model FLOPs utilisation of `count` devices, in words: "41.3% of 1 x NVIDIA H100"."""
    fraction = fraction_of_peak(flops_per_second, device, count)
    if fraction is None:
        return f"MFU unknown: no peak is known for {device} (scripts/training/mfu.py)"
    return f"MFU {fraction:.1%} of {count} x {device}, {peak_flops(device) / 1e12:,.0f} TFLOP/s each"
