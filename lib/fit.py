"""How a model fits a machine, in one vocabulary for answers, charts and tests."""

from __future__ import annotations

from typing import Literal

Fit = Literal["gpu", "offload", "cpu", "none", "hosted"]

FIT_WORDS: dict[Fit, str] = {
    "gpu": "fits in GPU memory",
    "offload": "fits with offload to RAM",
    "cpu": "runs from RAM on the CPU",
    "none": "does not fit",
    "hosted": "only to be rented",
}
TOO_SLOW = "too slow"
UNKNOWN_SPEED = "speed not known"
NOT_HERE = "its format does not run here"
UNPAID = "no machine for this money"
TOO_SHORT = "made for a shorter context"
UNKNOWN_FIT = "size not known"
