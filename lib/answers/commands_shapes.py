"""What a command is, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lib.answers.machine import Rig
from lib.answers.sized import request_of, weights_of
from lib.architecture import Architecture
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.sizing.placement import Placement
from lib.view import View
from lib.view.view import Tool

NO_FILE = "<file>.gguf"
"""What stands for a file whose name is not in the catalog; for the visitor to fill in."""


@dataclass(frozen=True)
class Command:
    """How to run a model with one tool: what to type, and what to know of it."""

    tool: Tool
    text: str
    """Lines for a shell; empty where the tool does not run it here."""
    note: str
    """Plain sentences: where it differs from what was counted; without a text, why there is none."""


@dataclass(frozen=True)
class Job:
    """A model in a format, and where it lies on a machine."""

    catalog: Catalog
    view: View
    key: str
    form: str
    found: Placement
    rig: Rig

    @property
    def model(self) -> Model:
        return self.catalog.models[self.key]

    @property
    def architecture(self) -> Architecture:
        """Raises ValueError where the shapes are not published."""
        found = self.model.architecture
        if found is None:
            raise ValueError(f"{self.key} has no published shapes")
        return found

    @property
    def repository(self) -> str:
        """The first repository of GGUF files the catalog names; empty where it names none."""
        return self.model.gguf[0] if self.model.gguf else ""

    @cached_property
    def file_bytes(self) -> int:
        return weights_of(self.architecture, self.form).file_bytes

    @property
    def found_context(self) -> int:
        """Tokens of all conversations together."""
        return request_of(self.view).context_tokens

    @property
    def layers(self) -> int:
        """Layers, the output counted as one."""
        return self.architecture.layers + 1


def yes(tool: Tool, text: str, note: str) -> Command:
    return Command(tool, text, note.strip())


def no(tool: Tool, why: str) -> Command:
    return Command(tool, "", why)
