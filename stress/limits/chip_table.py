"""The figures of common GPU chips, as their makers publish them.

Rates are dense: where a datasheet stars a figure as "with sparsity", half of it stands here. Rates of 16-bit floats and
of fp8 are those that sum in 32 bits; GeForce cards are up to twice as fast where an engine sums in 16. "By rate" means
the architecture paper's operations a clock of an SM × the card's SMs × its boost clock, for cards the paper leaves out.
"""

import msgspec

Link = tuple[str, float]
"""Its name, and GB/s in one direction. Of cards that an NVLink bridge is sold for, the bridge's: so the limit holds."""
Rate = float | None
"""In TFLOP/s; None: the maker publishes none, or the chip has none."""

PCIE3: Link = ("PCIe 3 x16", 15.75)
PCIE4: Link = ("PCIe 4 x16", 31.5)
PCIE5: Link = ("PCIe 5 x16", 63.0)
BRIDGE: Link = ("NVLink bridge", 56.25)
FABRIC: Link = ("Infinity Fabric", 448)

VOLTA = "NVIDIA V100 datasheet"
AMPERE = "NVIDIA A100 datasheet"
GA102 = "NVIDIA Ampere GA102 whitepaper"
BY_GA10X = "NVIDIA Ampere GA102 whitepaper, by rate"
ADA = "NVIDIA Ada whitepaper"
BY_ADA = "NVIDIA Ada whitepaper, by rate"
HOPPER = "NVIDIA H100 datasheet"
RTX_BLACKWELL = "NVIDIA RTX Blackwell whitepaper"
RTX_PRO = "NVIDIA RTX PRO Blackwell whitepaper"
RTX_PRO_SERVER = "NVIDIA RTX PRO 6000 Blackwell Server Edition datasheet"


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A chip's published peaks; None where the maker publishes none or the chip has none."""

    name: str
    memory: float
    """Bytes, as sold."""
    bandwidth: float
    """Bytes a second to and from memory."""
    bf16: float | None = None
    """Dense FLOP/s of matrices of 16-bit floats (bf16 or fp16), summed in 32 bits."""
    fp8: float | None = None
    """Dense FLOP/s."""
    int8: float | None = None
    """Dense operations a second."""
    link: float | None = None
    """Bytes a second that the fastest link sold for it carries in one direction."""
    link_name: str | None = None
    source: str
    """Where the figures are published."""
    products: tuple[str, ...] = ()
    """What drivers call it, lower case and without the maker's words."""


def _chip(
    name: str,
    gib: float,
    gb_s: float,
    bf16: Rate,
    fp8: Rate,
    int8: Rate,
    link: Link | None,
    source: str,
    *products: str,
) -> Chip:
    bf16, fp8, int8 = (None if rate is None else rate * 1e12 for rate in (bf16, fp8, int8))
    return Chip(
        name=name,
        memory=gib * 2**30,
        bandwidth=gb_s * 1e9,
        bf16=bf16,
        fp8=fp8,
        int8=int8,
        link=None if link is None else link[1] * 1e9,
        link_name=None if link is None else link[0],
        source=source,
        products=products,
    )


_TABLE = (
    _chip("p40", 24, 346, None, None, 47, PCIE3, "NVIDIA Tesla P40 datasheet", "p40"),
    _chip("v100-16gb", 16, 900, 125, None, None, ("NVLink 2", 150), VOLTA, "v100-sxm2-16gb"),
    _chip("v100-32gb", 32, 900, 125, None, None, ("NVLink 2", 150), VOLTA, "v100-sxm2-32gb"),
    _chip("v100-16gb-pcie", 16, 900, 112, None, None, PCIE3, VOLTA, "v100-pcie-16gb"),
    _chip("v100-32gb-pcie", 32, 900, 112, None, None, PCIE3, VOLTA, "v100-pcie-32gb"),
    _chip("t4", 16, 320, 65, None, 130, PCIE3, "NVIDIA T4 datasheet", "t4"),
    _chip("rtx-2080-ti", 11, 616, 56.9, None, 227.7, ("NVLink bridge", 50), "NVIDIA Turing whitepaper", "rtx 2080 ti"),
    _chip("a10", 24, 600, 125, None, 250, PCIE4, "NVIDIA A10 datasheet", "a10"),
    _chip("a30", 24, 933, 165, None, 330, ("NVLink bridge", 100), "NVIDIA A30 datasheet", "a30"),
    _chip("a40", 48, 696, 149.7, None, 299.3, BRIDGE, "NVIDIA A40 datasheet", "a40"),
    _chip("a100-40gb", 40, 1555, 312, None, 624, ("NVLink 3", 300), AMPERE, "a100-sxm4-40gb"),
    _chip("a100-40gb-pcie", 40, 1555, 312, None, 624, ("NVLink bridge", 300), AMPERE, "a100-pcie-40gb"),
    _chip("a100-80gb", 80, 2039, 312, None, 624, ("NVLink 3", 300), AMPERE, "a100-sxm4-80gb"),
    _chip("a100-80gb-pcie", 80, 1935, 312, None, 624, ("NVLink bridge", 300), AMPERE, "a100 80gb pcie"),
    _chip("rtx-a6000", 48, 768, 154.8, None, 309.7, BRIDGE, GA102, "rtx a6000"),
    _chip("rtx-3060-12gb", 12, 360, 25.5, None, 101.9, PCIE4, BY_GA10X, "rtx 3060"),
    _chip("rtx-3070", 8, 448, 40.6, None, 162.6, PCIE4, GA102, "rtx 3070"),
    _chip("rtx-3080-10gb", 10, 760, 59.5, None, 238, PCIE4, GA102, "rtx 3080"),
    _chip("rtx-3090", 24, 936, 71, None, 284, BRIDGE, GA102, "rtx 3090"),
    _chip("rtx-3090-ti", 24, 1008, 80, None, 320, BRIDGE, ADA, "rtx 3090 ti"),
    _chip("rtx-4060-ti-16gb", 16, 288, 44.1, 88.3, 176.5, ("PCIe 4 x8", 15.75), BY_ADA, "rtx 4060 ti"),
    _chip("rtx-4070-ti-super", 16, 672, 88.2, 176.4, 352.8, PCIE4, BY_ADA, "rtx 4070 ti super"),
    _chip("rtx-4080", 16, 716.8, 97.5, 194.9, 389.9, PCIE4, ADA, "rtx 4080"),
    _chip("rtx-4090", 24, 1008, 165.2, 330.3, 660.6, PCIE4, ADA, "rtx 4090"),
    _chip("rtx-6000-ada", 48, 960, 364.2, 728.5, 728.5, PCIE4, ADA, "rtx 6000 ada"),
    _chip("l4", 24, 300, 121, 242.5, 242.5, PCIE4, "NVIDIA L4 datasheet", "l4"),
    _chip("l40s", 48, 864, 362.05, 733, 733, PCIE4, "NVIDIA L40S datasheet", "l40s"),
    _chip("h100", 80, 3350, 989.5, 1979, 1979, ("NVLink 4", 450), HOPPER, "h100 80gb hbm3", "h100 sxm"),
    _chip("h100-pcie", 80, 2000, 756.5, 1513, 1513, ("NVLink bridge", 300), HOPPER, "h100 pcie"),
    _chip("h100-nvl", 94, 3900, 835.5, 1670.5, 1670.5, ("NVLink bridge", 300), HOPPER, "h100 nvl"),
    _chip("gh200", 96, 4000, 989.5, 1979, 1979, ("NVLink 4", 450), "NVIDIA GH200 datasheet", "gh200 480gb"),
    _chip("h200", 141, 4800, 989.5, 1979, 1979, ("NVLink 4", 450), "NVIDIA H200 datasheet", "h200"),
    _chip("h200-nvl", 141, 4800, 835.5, 1670.5, 1670.5, ("NVLink bridge", 450), "NVIDIA H200 datasheet", "h200 nvl"),
    _chip("b200", 180, 8000, 2250, 4500, 4500, ("NVLink 5", 900), "NVIDIA DGX B200 datasheet", "b200"),
    _chip("rtx-5070-ti", 16, 896, 87.9, 175.8, 351.5, PCIE5, RTX_BLACKWELL, "rtx 5070 ti"),
    _chip("rtx-5080", 16, 960, 112.6, 225.1, 450.2, PCIE5, RTX_BLACKWELL, "rtx 5080"),
    _chip("rtx-5090", 32, 1792, 209.5, 419, 838, PCIE5, RTX_BLACKWELL, "rtx 5090"),
    _chip(
        "rtx-pro-6000", 96, 1792, 503.8, 1007.6, 1007.6, PCIE5, RTX_PRO, "rtx pro 6000 blackwell workstation edition"
    ),
    _chip(
        "rtx-pro-6000-server", 96, 1597, 500, 1000, 1000, PCIE5, RTX_PRO_SERVER, "rtx pro 6000 blackwell server edition"
    ),
    _chip("mi210", 64, 1638.4, 181, None, 181, ("Infinity Fabric", 150), "AMD Instinct MI210 datasheet", "mi210"),
    _chip("mi250x-gcd", 64, 1638.4, 191.5, None, 191.5, None, "AMD Instinct MI250X datasheet, half a module", "mi250x"),
    _chip("mi300x", 192, 5300, 1307.4, 2614.9, 2614.9, FABRIC, "AMD Instinct MI300X datasheet", "mi300x", "mi300x oam"),
    _chip("mi325x", 256, 6000, 1307.4, 2614.9, 2614.9, FABRIC, "AMD Instinct MI325X datasheet", "mi325x", "mi325x oam"),
    _chip("rx-7900-xtx", 24, 960, 122.8, None, 122.8, PCIE4, "AMD Radeon RX 7900 XTX page", "rx 7900 xtx"),
)

CHIPS = {chip.name: chip for chip in _TABLE}
