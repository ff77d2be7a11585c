"""Models whose sizes, dates or licences contradict each other."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from lib.architecture import Architecture
from lib.catalog.catalog import Catalog, Problem
from lib.catalog.schema import Model

Count = Callable[[Architecture], tuple[int, int]]
"""Parameters of an architecture: all, and those one token passes through."""
COUNT, NEAR = "parameters", "parameters-near"
"""Rules, the second for what is off by a twentieth at most: a layer counted or not."""
TOLERANCE = 0.02
ACTIVE_TOLERANCE = 0.05
"""Makers round what a token passes through, and count routers and norms differently."""
LARGEST_TOWER = 0.2
"""Share of a model that sees or hears which its text shapes do not describe."""
_VERSION = re.compile(r"([a-z]+(?:-[a-z]+)*?)-?v?(\d{1,2}(?:\.\d{1,2})?)(?![\d.]*[bmk]\b|\d)")


def parameters(catalog: Catalog, count: Count) -> Iterator[Problem]:
    """Stated parameters are those of the stated shapes."""
    for key, model in catalog.models.items():
        if model.architecture is None:
            continue
        try:
            total, active = count(model.architecture)
        except ValueError as error:
            yield Problem(f"models {key} architecture", model.architecture.family, str(error), COUNT)
            continue
        if model.parameters is not None:
            slack = max(TOLERANCE * model.parameters, _half_a_digit(model.parameters))
            tower = LARGEST_TOWER * model.parameters if set(model.input) - {"text"} else 0
            if not total - slack <= model.parameters <= total + slack + tower:
                expected = f"{total} within 2 %, which the architecture makes"
                near = abs(total / model.parameters - 1) <= 0.05
                yield Problem(f"models {key} parameters", str(model.parameters), expected, NEAR if near else COUNT)
        if model.active_parameters is not None:
            least, most = active_range(model, active)
            if not least <= model.active_parameters <= most:
                expected = f"{least:.4g} to {most:.4g}, which the architecture makes"
                yield Problem(f"models {key} active_parameters", str(model.active_parameters), expected, COUNT)


def active_range(model: Model, active: int) -> tuple[float, float]:
    """What a maker may state as active: with or without embeddings, head and per-layer embeddings, rounded."""
    shapes, stated = model.architecture, model.active_parameters or 0
    if shapes is None:
        raise ValueError("a model without an architecture has no active parameters to compare")
    looked_up = shapes.vocabulary_size * shapes.hidden_size * (1 if shapes.tied_embeddings else 2)
    looked_up += shapes.vocabulary_size * shapes.layers * (shapes.per_layer_input_size or 0)
    slack = max(ACTIVE_TOLERANCE * active, _half_a_digit(stated))
    tower = LARGEST_TOWER * stated if set(model.input) - {"text"} else 0
    return active - looked_up - slack, active + slack + tower


def _half_a_digit(stated: int) -> float:
    """Half a unit of the last digit that is not 0, where three digits or fewer are given: 8.0e9 stands for 7.5 to 8.5."""
    zeros = len(str(stated)) - len(str(stated).rstrip("0"))
    return 0.5 * 10**zeros if len(str(stated)) - zeros <= 3 else 0.0


def releases(catalog: Catalog) -> Iterator[Problem]:
    """A later version of a family does not come out before an earlier one."""
    first: dict[tuple[str, str], dict[float, tuple[str, str]]] = defaultdict(dict)
    for key, model in catalog.models.items():
        if model.released and (match := _VERSION.match(key)):
            versions = first[model.publisher, match[1]]
            version = float(match[2])
            versions[version] = min(versions.get(version, ("9999", "")), (model.released, key))
    for versions in first.values():
        ordered = sorted(versions)
        for earlier, later in itertools.pairwise(ordered):
            (before, old), (after, new) = versions[earlier], versions[later]
            if after[: len(before)] < before[: len(after)]:
                yield Problem(f"models {new} released", after, f"no earlier than {old}, {before}", "releases")


def shapes(catalog: Catalog) -> Iterator[Problem]:
    """Shapes no transformer has."""
    for key, model in catalog.models.items():
        a = model.architecture
        if a is None:
            continue
        heads = a.kv_heads if isinstance(a.kv_heads, int) else max(a.kv_heads)
        if heads > a.attention_heads:
            yield Problem(
                f"models {key} kv_heads", str(heads), f"at most the {a.attention_heads} attention heads", "shapes"
            )
        if a.context_tokens and model.context_tokens and model.context_tokens > 16 * a.context_tokens:
            yield Problem(f"models {key} context_tokens", str(model.context_tokens), f"near the architecture's {a.context_tokens}", "shapes")  # fmt: skip


RULES = (releases, shapes)
