import pytest

from scripts.training.mfu import PEAKS, peak_flops, utilisation


@pytest.mark.parametrize(
    ("device", "peak"),
    [
        ("NVIDIA H200", 989e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA H100 NVL", 835e12),
        ("NVIDIA A100-SXM4-40GB", 312e12),
        ("NVIDIA A100 80GB PCIe", 312e12),
        ("NVIDIA B200", 2250e12),
        ("NVIDIA GeForce RTX 4090", 165.2e12),
        ("NVIDIA L4", 121e12),
        ("NVIDIA L40S", 362e12),
    ],
)
def test_the_names_that_torch_gives_are_known(device, peak):
    assert peak_flops(device) == peak


@pytest.mark.parametrize("device", ["cpu", "mps", "NVIDIA A1000", "NVIDIA H1000", "Quadro P40", ""])
def test_what_is_not_in_the_table_is_unknown_and_not_guessed(device):
    assert peak_flops(device) is None
    assert utilisation(1e12, device).startswith("MFU unknown: no peak is known for")


def test_the_share_is_of_all_devices_together():
    assert utilisation(0.5 * 989e12, "NVIDIA H200") == "MFU 50.0% of 1 x NVIDIA H200, 989 TFLOP/s each"
    assert utilisation(0.5 * 989e12, "NVIDIA H200", count=2).startswith("MFU 25.0% of 2 x")


def test_peaks_are_dense():
    # With sparsity the makers' numbers are twice these.
    assert PEAKS["A100"] == 312e12
    assert PEAKS["H100"] == 989e12
