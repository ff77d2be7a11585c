"""The link: anything opens, equal views have equal links, and a link keeps its meaning."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lib.view import KV_TYPES, PAGES, VERSION, View, Vocabulary, decode, encode, permalink, sold_size

DEVICES = ("rtx-3060-12gb", "rtx-4090", "apple-m2-ultra-76c", "cpu-ddr4-3200-dual", "cpu-ddr5-5600-dual")
KNOWN = Vocabulary(
    machines=("2x-rtx-4090-64gb", "macbook-air-m2-16gb"),
    devices=DEVICES,
    sizes={"apple-m2-ultra-76c": (64.0, 128.0, 192.0), "cpu-ddr4-3200-dual": (), "cpu-ddr5-5600-dual": ()},
    hosts=("cpu-ddr4-3200-dual", "cpu-ddr5-5600-dual"),
    models=(
        "gpt-oss-20b",
        "llama-3.3-70b-instruct",
        "qwen3-32b",
        "qwen3-8b",
        "phi-4",
        "gemma-3-27b-it",
        "mistral-small-3.2",
    ),
    publishers=("Alibaba Qwen", "Meta"),
    ranks=("capability.general", "chatbot-arena-elo.lmarena-2025-12", "mmlu.essay"),
    runtimes=("llama.cpp", "mlx"),
    formats=("Q8_0", "Q4_K_M", "Q4_0"),
)


def parsed(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)


GOLDEN = {  # links in the wild: never edit an entry, only add
    ("models", "hw=rtx-4090&n=2&ctx=8192"): View(n=2),
    ("models", "ctx=32768&hw=rtx-3060-12gb&licence=open&quant=Q4_K_M&ram=32"): View(ctx=32768, hw="rtx-3060-12gb", licence="open", quant="Q4_K_M", ram=32),
    ("models", "budget=3000&by=budget&rank=mmlu.essay&hosted=true"): View(by="budget", budget=3000, rank="mmlu.essay", hosted=True),
    ("models", "pmin=7&pmax=70&since=2024-05-02&only=qwen3-32b&only=gpt-oss-20b"): View(pmin=7, pmax=70, since=dt.date(2024, 5, 2), only=("qwen3-32b", "gpt-oss-20b")),
    ("models", "hw=2x-rtx-4090-64gb&ctx=4096"): View(hw="2x-rtx-4090-64gb", ctx=4096),
    ("machines", "model=qwen3-32b&x=power&most=2&speed=10&paid=900"): View(model="qwen3-32b", x="power", most=2, speed=10, paid=900),
    ("compare", "models=qwen3-8b&models=phi-4&kv=q8_0&slots=4"): View(models=("qwen3-8b", "phi-4"), kv="q8_0", slots=4),
    ("memory", "model=qwen3-32b&hw=rtx-3060-12gb&ctx=16384&kv=q4_0&slots=4"): View(model="qwen3-32b", hw="rtx-3060-12gb", ctx=16384, kv="q4_0", slots=4),
    ("sources", "q=rtx-4090+bandwidth"): View(q="rtx-4090 bandwidth"),
    ("essay", "fa=off&reserve=0&cpu=cpu-ddr4-3200-dual"): View(fa="off", reserve=0, cpu="cpu-ddr4-3200-dual"),
    (
        "models",
        "budget=2000&by=machine&columns=&cpu=cpu-ddr5-5600-dual&ctx=8192&fa=on&fit=any&hosted=false&hw=rtx-4090&kv=f16&licence=any&model=&n=1"
        "&only=&pmax=&pmin=&publisher=&quant=best&ram=64&rank=chatbot-arena-elo.lmarena-2025-12&reserve=0.5&since=&slots=1&speed=0&until=&v=1",
    ): View(rank="chatbot-arena-elo.lmarena-2025-12"),
    ("models", "depth=8k&prompt=32k&licence=training&rank=capability.general"): View(depth=8192, prompt=32768, licence="training"),
    ("benchmarks", "rank=mmlu.essay&against=capability.general&hosted=true"): View(rank="mmlu.essay", against="capability.general", hosted=True),
    ("timeline", "rank=mmlu.essay&licence=open&since=2024-01-01"): View(rank="mmlu.essay", licence="open", since=dt.date(2024, 1, 1)),
    ("model", "model=qwen3-32b&hw=rtx-3060-12gb"): View(model="qwen3-32b", hw="rtx-3060-12gb"),
    ("speed", "devices=rtx-4090&runtimes=mlx&only=phi-4"): View(devices=("rtx-4090",), runtimes=("mlx",), only=("phi-4",)),
    ("run", "task=code&tool=vllm&licence=commercial&speed=15"): View(task="code", tool="vllm", licence="commercial", speed=15),
    ("buy", "aim=speed&able=50&keep=true&most=2&paid=450"): View(aim="speed", able=50, keep=True, most=2, paid=450),
    ("cost", "model=qwen3-32b&tin=1m&tout=200k&hours=4&kwh=0.4&years=5&resale=20"): View(model="qwen3-32b", tin=1_048_576, tout=204_800, hours=4, kwh=0.4, years=5, resale=20),
    ("grid", "machines=rtx-4090&machines=2x-rtx-4090-64gb&called=my+box"): View(machines=("rtx-4090", "2x-rtx-4090-64gb"), called="my box"),
    ("questions", "by=budget&budget=900"): View(by="budget", budget=900),
    ("tour", "hw=apple-m2-ultra-76c&ram=192"): View(hw="apple-m2-ultra-76c", ram=192),
    # as an embedded frame and a dated link carry it, and as chats and mails add to it
    ("memory", "model=phi-4&ctx=32k&v=1&embed=true&embed_options=dark_theme"): View(model="phi-4", ctx=32768),
    ("models", "n=2&v=1&cat=0123456789ab&on=2026-11-24&was=138%2F227%2Cqwen3-8b%2CQ6_K%2C39&utm_source=chat&fbclid=x"): View(n=2),
}  # fmt: skip


@pytest.mark.parametrize(("page", "query"), GOLDEN)
def test_golden_links_keep_their_meaning(page: str, query: str) -> None:
    assert decode(parsed(query), KNOWN, page) == (GOLDEN[page, query], [])


@pytest.mark.parametrize(
    ("query", "name", "reason", "instead"),
    [
        ("hw=rtx-4091", "hw", "no such machine or device; did you mean rtx-4090?", "rtx-4090"),
        ("n=65", "n", "above the most, 64", "1"),
        ("n=0", "n", "below the least, 1", "1"),
        ("n=1.5", "n", "not a whole number", "1"),
        ("n=", "n", "not a number", "1"),
        ("ctx=nan", "ctx", "not a number", "8192"),
        ("ctx=99999999", "ctx", "above the most, 10485760", "8192"),
        ("n=%EF%BC%92", "n", "not a number", "1"),
        ("ctx=1e4", "ctx", "not a number", "8192"),
        ("kv=q9_9", "kv", "is none of", "f16"),
        ("hosted=maybe", "hosted", "neither true nor false", "false"),
        ("since=yesterday", "since", "not a date like", "what is usual"),
        ("only=qwen3-32c", "only", "did you mean qwen3-32b?", "what is usual"),
        ("n=2&n=3", "n", "given 2 times", "the last, 3"),
        ("ctxx=4096", "ctxx", "did you mean ctx?", "the rest of the link"),
        ("x=power", "x", "belongs to another page", "the rest of the link"),
        ("pmin=70&pmax=7", "pmin, pmax", "wrong way round", "7 to 70"),
        ("since=2025-01-01&until=2024-01-01", "since, until", "wrong way round", "2024-01-01 to 2025-01-01"),
        ("v=7", "v", f"version {VERSION}", "every parameter it knows"),
        ("hw=apple-m2-ultra-76c&n=4", "n", "comes once", "1"),
        ("hw=apple-m2-ultra-76c&ram=100", "ram", "sold with 64, 128, 192 GiB", "64"),
        ("since=2017-01-01", "since", "below the least, 2018-01-01", "what is usual"),
        ("until=2036-05-05", "until", "above the most, 2035-12-31", "what is usual"),
        ("since=0", "since", "not a date like", "what is usual"),
        ("hw=macbook-air-m2-16gb&n=2", "n", "fixed by the machine macbook-air-m2-16gb", "what that machine has"),
        ("quant=Q4_K", "quant", "no such quantization", "best"),
    ],
)
def test_a_bad_parameter_is_named_with_the_reason_and_what_is_shown_instead(
    query: str, name: str, reason: str, instead: str
) -> None:
    _, [notice] = decode(parsed(query), KNOWN)
    assert notice.name == name and reason in notice.reason and notice.instead == instead


def test_the_rest_of_a_bad_link_is_honoured() -> None:
    view, notices = decode(parsed("hw=rtx-9999&ctx=16k&licence=open&zzz=1&pmin=70&pmax=7"), KNOWN)
    assert view == View(ctx=16384, licence="open", pmin=7, pmax=70)
    assert [n.name for n in notices] == ["hw", "zzz", "pmin, pmax"]


def test_a_repeated_parameter_counts_last_and_a_seventh_model_is_named() -> None:
    assert decode(parsed("ram=16&ram=32"), KNOWN)[0].ram == 32
    seven = "&".join(f"models={m}" for m in KNOWN.models)
    view, [notice] = decode(parsed(seven), KNOWN, "compare")
    assert view.models == KNOWN.models[:6] and "more than 6" in notice.reason


def test_what_other_programs_add_to_links_is_no_fault() -> None:
    assert decode(parsed("utm_source=mail&embed=true&embed_options=light_theme&fbclid=x"), KNOWN) == (View(), [])


def ids(options: tuple[str, ...], most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(options), unique=True, max_size=most).map(tuple)


def decimals(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(round(low * 100), round(high * 100)).map(lambda n: n / 100)


VIEWS = st.builds(
    View,
    by=st.sampled_from(["machine", "budget"]), hw=st.sampled_from(DEVICES), n=st.integers(1, 64), ram=st.integers(1, 8192),
    budget=st.integers(50, 1_000_000), ctx=st.integers(256, 10_485_760), quant=st.sampled_from(["best", *KNOWN.formats]), kv=st.sampled_from(KV_TYPES),
    slots=st.integers(1, 256), fa=st.sampled_from(["on", "off"]), depth=st.integers(0, 10_485_760), prompt=st.integers(1, 10_485_760), runtimes=ids(KNOWN.runtimes, 2), against=st.none() | st.sampled_from(KNOWN.ranks), cpu=st.sampled_from(KNOWN.hosts), reserve=decimals(0, 64), speed=decimals(0, 1000),
    licence=st.sampled_from(["any", "commercial", "training", "open"]), publisher=ids(KNOWN.publishers, 2), pmin=st.none() | decimals(0, 70), pmax=st.none() | decimals(70, 10_000),
    since=st.none() | st.dates(dt.date(2018, 1, 1), dt.date(2024, 1, 1)), until=st.none() | st.dates(dt.date(2024, 1, 1), dt.date(2035, 1, 1)),
    rank=st.sampled_from(KNOWN.ranks), columns=ids(KNOWN.ranks, 2), only=ids(KNOWN.models, 7), hosted=st.booleans(), fit=st.sampled_from(["any", "runs", "gpu"]),
    model=st.none() | st.sampled_from(KNOWN.models), x=st.sampled_from(["price", "power", "bandwidth"]), most=st.integers(1, 16), devices=ids(DEVICES, 5),
    paid=st.none() | decimals(0, 1_000_000), models=ids(KNOWN.models, 6), machines=ids(DEVICES, 5), keep=st.booleans(), aim=st.sampled_from(["capability", "speed"]),
    task=st.sampled_from(["chat", "code", "several"]), tool=st.sampled_from(["llama.cpp", "vllm"]), able=st.none() | decimals(0, 400),
    tin=st.integers(0, 10**10), tout=st.integers(0, 10**10), hours=decimals(0, 24), kwh=decimals(0, 10), years=decimals(0.1, 30), resale=decimals(0, 100),
    called=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20), q=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=40),
)  # fmt: skip


def whole(view: View) -> View:
    """The view with what a chip or CPU that comes once leaves to choose."""
    sizes = KNOWN.sizes.get(view.hw)
    return view if sizes is None else view.model_copy(update={"n": 1, "ram": int(sold_size(view.ram, sizes))})


@given(VIEWS.map(whole), st.sampled_from(list(PAGES)))
@settings(max_examples=300, deadline=None)
def test_any_view_survives_the_trip_to_a_link_and_back(view: View, page: str) -> None:
    of_page = {name: getattr(view, name) for name in PAGES[page]}
    short, spelled = encode(view, page), urlsplit(permalink("http://x/y?old=1", view, page)).query
    assert decode(short, KNOWN, page) == (View(**of_page), [])
    assert decode(parsed(spelled), KNOWN, page) == (View(**of_page), [])
    assert list(short) == sorted(short) and encode(View(**of_page), page) == short


NAMES = st.sampled_from([*View.model_fields, "v", "embed", "", "__proto__"]) | st.text(max_size=30)
VALUES = st.sampled_from(
    [
        "",
        "8k",
        "qwen3-8b",
        "rtx-4090",
        "-1",
        "nan",
        "inf",
        "1e999",
        "true",
        "2024-13-01",
        "\x00",
        "é",
        "9" * 400,
        "0x10",
        "1_0",
    ]
) | st.text(max_size=60)


@given(st.dictionaries(NAMES, st.lists(VALUES, max_size=4), max_size=8), st.sampled_from(list(PAGES)))
@settings(max_examples=500, deadline=None)
def test_no_query_string_raises_and_what_it_gives_is_a_view(query: dict[str, list[str]], page: str) -> None:
    view, notices = decode(query, KNOWN, page)
    assert decode(encode(view, page), KNOWN, page) == (view, [])
    assert all(n.reason and n.instead and len(n.given) <= 81 for n in notices)


def test_a_view_cannot_be_changed_and_takes_no_unknown_field() -> None:
    with pytest.raises(ValidationError):
        View().n = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        View(hwx="rtx-4090")  # type: ignore[call-arg]


def test_a_permalink_is_an_address_people_can_paste() -> None:
    assert permalink("http://localhost:8501", View()).startswith("http://localhost:8501/?budget=")
    assert permalink("https://x.org/llm/compare?models=a", View(), "compare").startswith(
        "https://x.org/llm/compare?budget="
    )
