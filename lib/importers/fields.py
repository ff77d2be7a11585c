"""Reading fields of somebody else's JSON: each is checked, and what is wrong with it is said in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LARGEST = 1 << 24
"""No count in a configuration is larger; 16 million is over sixty times today's largest vocabulary."""


def shown(value: object) -> str:
    """The value as an error may quote it: short, on one line, whatever it is."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**20:
        return "an integer of more than 20 digits"
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def fault(field: str, expected: str, value: object) -> ValueError:
    """The error for a field whose value is not what it must be."""
    return ValueError(f"{field}: expected {expected}, got {shown(value)}")


class Fields:
    """A configuration's fields by any of the names they go by, `outer` where `inner` lacks them.

    A field that is `null` counts as absent. Methods raise ValueError naming the field.
    """

    def __init__(self, inner: Mapping[str, Any], outer: Mapping[str, Any] | None = None) -> None:
        self._inner, self._outer = inner, outer or {}

    def raw(self, *names: str) -> tuple[str, Any]:
        """The first of these fields that is present, with its name; the first name and None otherwise."""
        for level in (self._inner, self._outer):
            for name in names:
                if level.get(name) is not None:
                    return name, level[name]
        return names[0], None

    def count(self, *names: str, least: int = 1, most: int = LARGEST) -> int | None:
        """A whole number, or None where absent. A list counts if all its numbers agree."""
        name, value = self.raw(*names)
        if isinstance(value, list) and value and all(item == value[0] for item in value[:2000]):
            value = value[0]
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise fault(name, f"a whole number from {least} to {most}", value)
        return value

    def must(self, *names: str, most: int = LARGEST) -> int:
        """A whole number that has to be there."""
        value = self.count(*names, most=most)
        if value is None:
            raise ValueError(f"{names[0]}: missing")
        return value

    def some(self, *names: str) -> int | None:
        """A count of which zero means that there is none."""
        return self.count(*names, least=0) or None

    def counts(self, layers: int, *names: str) -> int | tuple[int, ...] | None:
        """One whole number for all layers, or one for each."""
        name, value = self.raw(*names)
        if not isinstance(value, list):
            return self.count(*names)
        if len(value) != layers:
            raise fault(name, f"a list of {layers}, one for each layer", value)
        for item in value:
            if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item <= LARGEST:
                raise fault(name, f"whole numbers from 0 to {LARGEST}", item)
        return value[0] if len(set(value)) == 1 and value[0] else tuple(value)

    def flag(self, *names: str) -> bool | None:
        """True or false, or None where absent."""
        name, value = self.raw(*names)
        if value is not None and not isinstance(value, bool):
            raise fault(name, "true or false", value)
        return value

    def word(self, *names: str) -> str | None:
        """A text, or None where absent."""
        name, value = self.raw(*names)
        if value is not None and not isinstance(value, str):
            raise fault(name, "a text", value)
        return value

    def table(self, *names: str) -> Mapping[str, Any]:
        """An object; empty where absent."""
        name, value = self.raw(*names)
        if value is not None and not isinstance(value, dict):
            raise fault(name, "an object", value)
        return value or {}

    def sequence(self, *names: str) -> Sequence[Any] | None:
        """A list, or None where absent."""
        name, value = self.raw(*names)
        if value is not None and not isinstance(value, list):
            raise fault(name, "a list", value)
        return value
