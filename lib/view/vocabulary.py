"""The ids a link may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lib.view.view import Ids


@dataclass(frozen=True)
class Vocabulary:
    """The ids a link may use, in the order they are offered."""

    machines: Ids
    """Whole machines, for `hw`; they fix what `n` and `ram` would say."""
    devices: Ids
    sizes: Mapping[str, tuple[float, ...]]
    """Devices that come once, with one of these sizes of memory (GiB; any, where the list is empty)."""
    hosts: Ids
    """CPUs with their memory, for `cpu`."""
    models: Ids
    publishers: Ids
    ranks: Ids
    runtimes: Ids
    """Programs somebody measured a speed with."""
    formats: Ids

    def of(self, name: str) -> Ids | None:
        """The ids parameter `name` may take; `None` where it takes no ids."""
        named = {"hw": (*self.machines, *self.devices), "machines": (*self.machines, *self.devices), "devices": self.devices, "cpu": self.hosts, "model": self.models, "only": self.models,
                 "models": self.models, "publisher": self.publishers, "rank": self.ranks, "against": self.ranks, "columns": self.ranks, "runtimes": self.runtimes,
                 "quant": ("best", *self.formats)}  # fmt: skip
        return named.get(name)


def noun(name: str) -> str:
    """What kind of thing parameter `name` names."""
    nouns = {"hw": "machine or device", "devices": "device", "machines": "machine or device", "cpu": "CPU", "only": "model", "models": "model", "rank": "benchmark", "columns": "benchmark", "against": "benchmark", "runtimes": "runtime", "quant": "quantization"}  # fmt: skip
    return nouns.get(name, name)
