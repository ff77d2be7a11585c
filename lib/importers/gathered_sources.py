"""Where a gathered fact was read, as a source of the catalog and the place inside it.

Gathered files name a source as `github:owner/repo@commit:path`, `pypi:package==version`, a URL with
remarks, or a few words. Each repository (at one commit), package and page becomes one source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lib.catalog.schema import Source
from lib.importers.gathered_titles import PACKAGES, PAGES, REPOSITORIES, Title

_GITHUB = re.compile(
    r"(?:github:|https?://github\.com/|https?://raw\.githubusercontent\.com/)?(?P<owner>[\w.-]+)/(?P<repo>[\w.-]+)(?P<rest>.*)",
    re.DOTALL,
)
_PYPI = re.compile(r"pypi:(?P<name>[\w.-]+)==(?P<version>[\w.]+)\s*(?P<rest>.*)", re.DOTALL)
_URL = re.compile(r"https?://[^\s()\"'<>,]+")
_READING = re.compile(
    r"\s*[(\[;,]?\s*(?:excerpt read[^)]*|docs search[^);]*|docs/pages search[^);]*|embedded [^)]*?MIT)\s*\)?",
    re.IGNORECASE,
)
HUB = "hugging-face-hub"


def slug(text: str) -> str:
    """Lower case, with hyphens for whatever an id may not hold, at most 80 characters."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:80].strip("-.")


@dataclass(frozen=True)
class Found:
    """A source and the place inside it (`` where the whole is meant)."""

    key: str
    source: Source
    place: str = ""

    @property
    def ref(self) -> str:
        return f"{self.key}#{self.place}"[:400].rstrip() if self.place else self.key


def _clean(text: str) -> str:
    """A place without remarks on how it was read."""
    text = _READING.sub("", text)
    text = re.sub(r"\(\s*\)|\(\"[^)]*\"\)", "", text)
    return re.sub(r"\s+", " ", text).strip(" :;,#/")


def _made(title: Title, url: str, accessed: str, published: str | None = None) -> Source:
    return Source(
        title=title.title,
        producer=title.producer,
        url=url,
        published=published,
        accessed=accessed,
        licence=title.licence,
        note=title.note,
    )


def commits(text: str) -> dict[str, tuple[str, ...]]:
    """Repositories named in a text as `github:owner/repo@commit`, with their commits."""
    found: dict[str, dict[str, None]] = {}
    for repository, commit in re.findall(r"github:([\w.-]+/[\w.-]+)@([0-9a-f]{7,40})", text):
        found.setdefault(repository, {})[commit[:7]] = None
    return {repository: tuple(known) for repository, known in found.items()}


def from_repository(
    text: str, accessed: str, known: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Found | None:
    """`github:owner/repo@commit:path`, or the address of a file on GitHub.

    `known` are the commits of each repository: the id names one only where there are several.
    """
    match = _GITHUB.fullmatch(text.strip())
    if match is None or ("github" not in text[:40]):
        return None
    owner, repo, rest = match["owner"], match["repo"].removesuffix(".git"), match["rest"].strip()
    commit, place = "", rest
    if at := re.match(r"@(?P<commit>[0-9a-f]{6,40})\b:?(?P<path>.*)", rest, re.DOTALL):
        commit, place = at["commit"], at["path"]
    elif blob := re.match(r"/(?:blob|tree|raw)/(?P<commit>[^/\s]+)/?(?P<path>.*)", rest, re.DOTALL):
        commit, place = blob["commit"], blob["path"]
    elif text.startswith("https://raw."):
        branch, _, place = rest.lstrip("/").partition("/")
        commit = branch
    others = known.get(f"{owner}/{repo}", ())
    if not commit and others:
        commit = others[0]
    title = REPOSITORIES.get(f"{owner}/{repo}") or Title(f"Files of the repository {owner}/{repo}", owner)
    url = f"https://github.com/{owner}/{repo}" + (f"/tree/{commit}" if commit else "")
    plain = commit if re.fullmatch(r"[0-9a-f]{7,40}", commit) else ""
    several = f"-{plain[:7]}" if plain and len(others) > 1 else ""
    return Found(slug(f"{owner}-{repo}") + several, _made(title, url, accessed), _clean(place))


def from_package(text: str, accessed: str) -> Found | None:
    """`pypi:package==version place`."""
    match = _PYPI.match(text.strip())
    if match is None:
        return None
    name, version = match["name"], match["version"]
    title = PACKAGES.get(name) or Title(f"Data inside the package {name}", name)
    place = _clean(match["rest"])
    return Found(
        slug(f"{name}-{version}"),
        _made(title, title.url or f"https://pypi.org/project/{name}/{version}/", accessed),
        place,
    )


def from_page(text: str, accessed: str) -> Found | None:
    """A web address, with whatever is said about it behind."""
    match = _URL.search(text)
    if match is None:
        return None
    url = match.group().rstrip(".,;:)")
    remark = _clean(text[: match.start()] + " " + text[match.end() :])
    host, _, path = url.split("://", 1)[1].partition("/")
    host = host.removeprefix("www.")
    for prefix, title in PAGES.items():
        if f"{host}/{path}".startswith(prefix):
            place = f"{host}/{path}"[len(prefix) :].strip("/")
            return Found(
                slug(prefix), _made(title, title.url or f"https://{prefix}", accessed), _clean(f"{place} {remark}")
            )
    if host == "huggingface.co":
        parts = path.split("/")
        kind = 3 if parts[0] in ("datasets", "spaces", "docs") else 2
        name, place = "/".join(parts[:kind]), "/".join(parts[kind:])
        owner = parts[kind - 2]
        title = Title(f"{name} on the Hugging Face Hub", owner)
        return Found(
            slug(f"hf-{name}"), _made(title, f"https://huggingface.co/{name}", accessed), _clean(f"{place} {remark}")
        )
    return Found(slug(f"{host}-{path}"), _made(Title(f"Page at {host}", host), url, accessed), remark)


@dataclass
class Sources:
    """Every source met so far, by id, with the file it belongs to."""

    accessed: str
    commits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_file: dict[str, dict[str, Source]] = field(default_factory=dict)
    unplaced: dict[str, int] = field(default_factory=dict)

    def add(self, file: str, found: Found) -> str:
        """Keep a source in the file that met it first; returns the reference."""
        if not any(found.key in known for known in self.by_file.values()):
            self.by_file.setdefault(file, {})[found.key] = found.source
        return found.ref

    def ref(self, file: str, text: object, *, also: str = "") -> str | None:
        """The reference for a gathered source string; None where it names nothing that can be cited.

        `also` is the Hugging Face repository the fact is about: names stated there are cited as such.
        """
        if not isinstance(text, str) or not text.strip():
            return None
        for reader in (from_package, self._repository, from_page):
            if found := reader(text, self.accessed):
                return self.add(file, found)
        if "publisher" in text and "name" in text and also:
            hub = Source(
                title="Names of models on the Hugging Face Hub",
                producer="Hugging Face",
                url="https://huggingface.co/models",
                accessed=self.accessed,
                licence="not stated",
            )
            return self.add(file, Found(HUB, hub, also))
        self.unplaced[text[:80]] = self.unplaced.get(text[:80], 0) + 1
        return None

    def _repository(self, text: str, accessed: str) -> Found | None:
        if text.startswith(("github:", "https://github.com/", "https://raw.githubusercontent.com/")):
            return from_repository(text.split(" + ")[0], accessed, self.commits)
        return None
