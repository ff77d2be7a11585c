"""From what a list states to rows of the catalog: which model is meant, whether the value can be, what it replaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic

from pydantic import ValidationError

from lib.catalog import Catalog
from lib.catalog.schema import Benchmark, Price, Score
from lib.importers.refresh_diff import R, _said
from lib.importers.refresh_names import Named, Names, plain_name
from lib.importers.refresh_offers import ScoreOffer
from lib.importers.refresh_prices import PriceOffer
from lib.importers.refresh_reading import Rejected, printed

LARGEST_STEP = 10.0
"""A price that is this many times another is a slip of the list until somebody has looked."""


@dataclass(frozen=True)
class Resolved(Generic[R]):
    """Rows for the catalog, and what was not taken."""

    old: tuple[R, ...]
    """The catalog's rows that the file speaks for and that are not kept as they are."""
    rows: tuple[R, ...]
    rejected: tuple[Rejected, ...]
    kept: tuple[R, ...]
    """The catalog's rows whose newer copy was rejected: they stay."""


@dataclass(frozen=True)
class Copy:
    """The copy that is read."""

    source: str
    accessed: str
    place: str = ""
    """Where inside the source, for rows that do not say."""
    replaces: tuple[str, ...] = ()
    """Sources whose rows this copy stands in for."""

    @property
    def sources(self) -> frozenset[str]:
        return frozenset((self.source, *self.replaces))

    def ref(self, place: str) -> str:
        return f"{self.source}#{place or self.place}"[:400] if place or self.place else self.source


def _of(reference: str) -> str:
    return reference.partition("#")[0]


def _jump(old: Price, new: PriceOffer) -> str:
    for name, word in (("input_usd_per_mtok", "input"), ("output_usd_per_mtok", "output")):
        before, after = getattr(old, name), getattr(new, name)
        if before and after and not 1 / LARGEST_STEP <= after / before <= LARGEST_STEP:
            return (
                f"{word} price jumps more than {LARGEST_STEP:g} times: {before:g} → {after:g} USD for a million tokens"
            )
    return ""


def resolve_prices(
    catalog: Catalog,
    names: Names,
    offers: Sequence[PriceOffer],
    refused: Iterable[Rejected],
    copy: Copy,
    whole: str = "",
) -> Resolved[Price]:
    """Prices of our models, one each model and provider.

    The file speaks for the catalog's rows of its own source, and for all rows of the provider `whole` where the list is
    that provider's own. Where several names of a provider mean one model, the name the catalog has is kept, else the
    plainest. A price held from another source is left alone.
    """
    mine: dict[tuple[str, str], Price] = {}
    others: dict[tuple[str, str], Price] = {}
    for price in catalog.prices:
        own = price.provider == whole if whole else _of(price.source) in copy.sources
        (mine if own else others)[price.model, price.provider] = price
    rejected: list[Rejected] = []
    kept: dict[tuple[str, str], Price] = {}
    for bad in refused:
        rejected.append(bad)
        model = names.price(bad.where or "", bad.name) if bad.name else None
        if model and (held := mine.get((model, bad.where or ""))) and held.provider_model == bad.name:
            kept[model, held.provider] = held
    groups: dict[tuple[str, str], list[PriceOffer]] = defaultdict(list)
    for offer in offers:
        meant = next((m for n in (offer.name, *offer.also) if (m := names.price(offer.provider, n))), None)
        row = printed(f"{offer.provider} {offer.name}")
        if meant is None:
            near = max((names.unknown(n) for n in (offer.name, *offer.also)), key=len)
            rejected.append(Rejected(near, row, offer.name, offer.provider))
        else:
            groups[meant, offer.provider].append(offer)
    rows = []
    for about, given in sorted(groups.items()):
        before = mine.get(about)
        known = before or others.get(about)
        chosen = min(given, key=lambda o: (known is None or o.name != known.provider_model, len(o.name), o.name))
        for offer in given:
            if offer is not chosen:
                why = f"another name of a model of this provider: {printed(chosen.name)}"
                rejected.append(Rejected(why, printed(f"{offer.provider} {offer.name}"), offer.name, offer.provider))
        row = printed(f"{chosen.provider} {chosen.name}")
        if about in others:
            source = _of(others[about].source)
            rejected.append(
                Rejected(f"the catalog has this price from another source: {source}", row, chosen.name, chosen.provider)
            )
            continue
        if before and (why := _jump(before, chosen)):
            rejected.append(Rejected(why, row, chosen.name, chosen.provider))
            kept[about] = before
            continue
        try:
            made = _price(about[0], chosen, copy)
        except ValidationError as error:
            rejected.append(Rejected(error.errors()[0]["msg"], row, chosen.name, chosen.provider))
            if before:
                kept[about] = before
            continue
        kept.pop(about, None)
        rows.append(before if before and _said(before) == _said(made) else made)
    old = tuple(row for about, row in mine.items() if about not in kept)
    return Resolved(old, tuple(rows), tuple(sorted(rejected, key=_order)), tuple(kept.values()))


def _price(model: str, offer: PriceOffer, copy: Copy) -> Price:
    return Price(
        model=model, provider=offer.provider, provider_model=offer.name, input_usd_per_mtok=offer.input_usd_per_mtok,
        output_usd_per_mtok=offer.output_usd_per_mtok, cache_read_usd_per_mtok=offer.cache_read_usd_per_mtok,
        context_tokens=offer.context_tokens, as_of=offer.date or copy.accessed, source=copy.ref(offer.place),
    )  # fmt: skip


def _order(row: Rejected) -> tuple[str, str]:
    return row.reason, row.row


def _benchmark(catalog: Catalog, text: str) -> str | None:
    """The id of the benchmark a file names by id or name; None for an unknown one."""
    if text in catalog.benchmarks:
        return text
    found = [key for key, b in catalog.benchmarks.items() if plain_name(text) in (plain_name(key), plain_name(b.name))]
    return found[0] if len(found) == 1 else None


def _out_of_range(benchmark: Benchmark, offer: ScoreOffer, largest: float) -> str:
    low, high = benchmark.minimum, benchmark.maximum
    if (low is not None and offer.value < low) or (high is not None and offer.value > high):
        span = " to ".join("any" if end is None else f"{end:g}" for end in (low, high))
        return f"{offer.value:g} is out of the benchmark's range {span}"
    if benchmark.unit == "percent" and 0 < offer.value <= 1 and largest <= 1:
        return f"{offer.value:g} looks like a proportion; the benchmark counts in per cent"
    return ""


def resolve_scores(
    catalog: Catalog,
    names: Names,
    offers: Sequence[ScoreOffer],
    refused: Iterable[Rejected],
    copy: Copy,
    protocol: str | None,
    published: str | None = None,
) -> Resolved[Score]:
    """Scores of our models under `protocol` (the file's own column where it has one), dated `published` where undated.

    The file speaks for the catalog's rows of its source, its protocols and its benchmarks. Raises ValueError for a
    protocol the catalog does not have.
    """
    rejected = list(refused)
    kept: set[tuple[str, str]] = set()
    covered = {bad.where for bad in rejected if bad.where}
    for bad in rejected:
        if bad.name and (named := names.score(bad.name)):
            kept.add((named.model, bad.where or ""))
    protocols = {p for offer in offers if (p := offer.protocol or protocol)} | ({protocol} if protocol else set())
    if unknown := sorted(protocols - set(catalog.protocols)):
        raise ValueError(f"no protocol {unknown[0]!r} in protocols.toml: describe it there first, or give --protocol")
    largest: dict[str, float] = {}
    for offer in offers:
        largest[offer.benchmark] = max(largest.get(offer.benchmark, 0.0), offer.value)
    old = [r for r in catalog.scores if _of(r.source) in copy.sources and r.protocol in protocols]
    held = _places(old)
    made: dict[tuple[str, ...], list[tuple[ScoreOffer, Score]]] = defaultdict(list)
    for offer in offers:
        named = names.score(offer.name)
        key = _benchmark(catalog, offer.benchmark)
        covered |= {key} if key else set()
        why = _wrong(catalog, names, offer, named, key, largest[offer.benchmark], protocol, published, copy)
        if not why and named and key:
            row = _score(named, key, offer, offer.protocol or protocol or "", published, copy, held)
            if isinstance(row, Score):
                # Names somebody listed may mean one model on purpose; names that only look alike may not.
                apart = offer.name if named.listed else ""
                about = (row.model, row.benchmark, row.protocol, row.variant or "", row.conditions or "", apart)
                made[about].append((offer, row))
            else:
                why = row
        if why:
            rejected.append(Rejected(why, printed(f"{offer.name} {offer.benchmark}"), offer.name, offer.benchmark))
            if named and key:
                kept.add((named.model, key))
    known = {(r.model, r.benchmark, r.variant, r.value) for r in old}
    found: list[Score] = []
    for several in made.values():
        # Of several rows of one setting the catalog's own is kept while it is there, else the newest.
        several.sort(key=lambda pair: pair[1].date or "", reverse=True)
        several.sort(key=lambda pair: (pair[1].model, pair[1].benchmark, pair[1].variant, pair[1].value) not in known)
        found.append(several[0][1])
        for offer, row in several[1:]:
            why = f"duplicate: {several[0][1].value:g} is there for the same model and setting"
            rejected.append(
                Rejected(why, printed(f"{offer.name} {offer.benchmark} {row.value:g}"), offer.name, offer.benchmark)
            )
    # A model some of whose rows were taken is compared row by row; one whose rows were all refused stays as it is.
    taken = {(r.model, r.benchmark) for r in found}
    scope = [r for r in old if r.benchmark in covered]
    stay = [r for r in scope if (r.model, r.benchmark) not in taken and {(r.model, r.benchmark), (r.model, "")} & kept]
    left = tuple(r for r in scope if r not in set(stay))
    return Resolved(left, tuple(found), tuple(sorted(rejected, key=_order)), tuple(stay))


def _places(old: Collection[Score]) -> Mapping[tuple[str, str], str]:
    """Where the catalog's rows of a protocol and benchmark stand in the source."""
    return {(r.protocol, r.benchmark): r.source.partition("#")[2] for r in old}


def _wrong(
    catalog: Catalog, names: Names, offer: ScoreOffer, named: Named | None, key: str | None, largest: float,
    protocol: str | None, published: str | None, copy: Copy,
) -> str:  # fmt: skip
    """Why a score cannot be taken; empty where it can."""
    if key is None:
        near = get_close_matches(plain_name(offer.benchmark), catalog.benchmarks, n=1)
        return "unknown benchmark" + (f"; nearest: {near[0]}" if near else "")
    if named is None:
        return names.unknown(offer.name)
    if why := _out_of_range(catalog.benchmarks[key], offer, largest):
        return why
    date = offer.date or published
    if date is None:
        return "no date"
    if date > copy.accessed:
        return f"dated {date}, after the day it was read"
    return "" if offer.protocol or protocol else "no protocol"


def _score(
    named: Named, key: str, offer: ScoreOffer, protocol: str, published: str | None, copy: Copy, held: Mapping[tuple[str, str], str]
) -> Score | str:  # fmt: skip
    """The row, or why it is none."""
    try:
        return Score(
            model=named.model, benchmark=key, protocol=protocol, value=offer.value, low=offer.low, high=offer.high,
            variant=offer.variant or named.variant, conditions=offer.conditions, measured_by=offer.measured_by,
            date=offer.date or published, source=copy.ref(held.get((protocol, key), "")),
        )  # fmt: skip
    except ValidationError as error:
        return str(error.errors()[0]["msg"])
