"""Watts of machines that wait, and of Macs at their busiest. What stands here was read somewhere; the rest is unknown.

Each entry names its source by id. `lib.speed.power` estimates what a card takes while it generates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Watts:
    """Watts from the least to the most that were seen in a class of devices."""

    what: str
    low_w: float
    high_w: float
    source: str
    """Id in the catalog of sources, `#` and the place inside it."""

    @property
    def middle_w(self) -> float:
        return (self.low_w + self.high_w) / 2


IDLE: Mapping[str, Watts] = MappingProxyType(
    {
        "card": Watts("card that waits with a model loaded", 15, 40, "linuxprofessional-power#consumer cards 10-25 W idle, 5-15 W more with a model loaded"),
        "data-centre card": Watts("data-centre card that waits with a model loaded", 35, 75, "linuxprofessional-power#data-centre cards 30-60 W idle, 5-15 W more with a model loaded"),
        "mac": Watts("desktop Mac that waits, the whole computer", 4, 13, "servethehome-mac-mini-m4#power consumption; apple-mac-studio-power#idle"),
        "dgx spark": Watts("DGX Spark that waits, the whole computer", 22, 37, "tectack-dgx-spark#before and after the update"),
        "board": Watts("small board that waits, the whole computer", 2.3, 3.0, "chipwired-pi-power#watt meter, minimal and idle load, Raspberry Pi 4"),
    }
)  # fmt: skip
"""Of one device. Laptops, phones and chips nobody here measured are unknown."""

BUSIEST: Mapping[str, Watts] = MappingProxyType(
    {
        "Apple M1": Watts("Mac mini at its busiest", 39, 39, "daringfireball-mac-mini-power#2020, M1"),
        "Apple M4": Watts("Mac mini at its busiest", 40, 65, "servethehome-mac-mini-m4#40-45 W seen, 65 W stated by Apple"),
        "Apple M1 Max": Watts("Mac Studio at its busiest", 115, 115, "apple-mac-studio-power#M1 Max"),
        "Apple M1 Ultra": Watts("Mac Studio at its busiest", 215, 215, "apple-mac-studio-power#M1 Ultra, 48 cores"),
        "Apple M2 Max": Watts("Mac Studio at its busiest", 145, 145, "apple-mac-studio-power#M2 Max, 30 cores"),
        "Apple M2 Ultra": Watts("Mac Studio at its busiest", 295, 295, "apple-mac-studio-power#M2 Ultra, 76 cores"),
    }
)  # fmt: skip
"""The whole computer from the wall, by the chip's name: what generating takes at most."""


def idle_watts(kind: str, name: str, memory_type: str | None = None) -> Watts | None:
    """Watts one device of a kind of the catalog takes while it waits, with its model loaded; `None` where unknown."""
    if re.search(r"\blaptop\b|\bmobile\b", name, re.IGNORECASE):
        return None
    if kind in ("gpu", "accelerator"):
        return IDLE["data-centre card" if (memory_type or "").upper().startswith("HBM") else "card"]
    if kind == "apple-soc":
        return IDLE["mac"]
    if kind == "sbc":
        return IDLE["board"]
    return IDLE["dgx spark"] if "DGX Spark" in name else None


def busiest_watts(name: str) -> Watts | None:
    """Watts of the whole computer around a chip at its busiest, by the chip's name; `None` where unknown.

    Core counts after the chip's name do not matter: `Apple M2 Ultra (60-core GPU)` is an `Apple M2 Ultra`.
    """
    found = re.match(r"Apple M\d+( Pro| Max| Ultra)?", name)
    return BUSIEST.get(found[0]) if found else None
