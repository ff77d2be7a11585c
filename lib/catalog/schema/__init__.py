"""What a fact is: the shape of every record in `catalog/`.

Unknown keys are rejected, units stand in the names, every record says where it comes from.
A field that is `None` (or absent) is unknown and shown as unknown. GB is 10^9 bytes, GiB 2^30.
"""

from lib.catalog.schema.base import (
    PATTERNS,
    Accepted,
    Date,
    Finite,
    Https,
    Id,
    NotNegative,
    Positive,
    Record,
    Source,
    SourceRef,
    Text,
)
from lib.catalog.schema.devices import Device, DeviceBus, DeviceConflict, Machine, Measurement
from lib.catalog.schema.essay import Claim, Essay, EssayRow, EssayTable, Finding
from lib.catalog.schema.formats import Quantization, QuantizationLoss, Runtime
from lib.catalog.schema.licences import Licence, Permission, Regions, RevenueCap, Term, UserCap
from lib.catalog.schema.models import Alias, Dispute, Model
from lib.catalog.schema.scores import Benchmark, Protocol, Score
from lib.catalog.schema.services import Price, Service

__all__ = [
    "PATTERNS",
    "Accepted",
    "Alias",
    "Benchmark",
    "Claim",
    "Date",
    "Device",
    "DeviceBus",
    "DeviceConflict",
    "Dispute",
    "Essay",
    "EssayRow",
    "EssayTable",
    "Finding",
    "Finite",
    "Https",
    "Id",
    "Licence",
    "Machine",
    "Measurement",
    "Model",
    "NotNegative",
    "Permission",
    "Positive",
    "Price",
    "Protocol",
    "Quantization",
    "QuantizationLoss",
    "Record",
    "Regions",
    "RevenueCap",
    "Runtime",
    "Score",
    "Service",
    "Source",
    "SourceRef",
    "Term",
    "Text",
    "UserCap",
]
