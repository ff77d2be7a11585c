"""What the catalog says of one model: every fact with its source, its shapes in words, where it is to be had."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

import pandas as pd

from lib.answers.model_page_names import same_model
from lib.answers.provenance import facts
from lib.architecture import Architecture
from lib.catalog import Catalog
from lib.catalog.licence_answers import plain_answers
from lib.catalog.schema import Model

FACTS = ["fact", "value", "source", "url", "read on"]
DISPUTES = ["fact", "ours", "elsewhere", "found", "note", "source", "url"]
LINKS = ["what", "id", "url"]
KINDS = {
    "full": "of every token",
    "sliding": "of a sliding window",
    "chunked": "of the chunk a token is in",
    "linear": "as a state of fixed size (linear attention)",
    "mamba": "as a state of fixed size (Mamba)",
    "conv": "of the last few tokens (convolution)",
    "none": "nothing",
}
FOUND = {
    "differs": "another value is given",
    "wrong": "found wrong",
    "unconfirmed": "neither confirmed nor refuted",
    "superseded": "superseded by its source",
}


@lru_cache(maxsize=2)
def _facts_by_name(catalog: Catalog) -> Mapping[str, pd.DataFrame]:
    every = facts(catalog)
    return dict(tuple(every[every["kind"] == "model"].groupby("about", sort=False)))


def fact_rows(catalog: Catalog, model: Model) -> pd.DataFrame:
    """Every fact of a model that a source gives, with that source; see `FACTS`. Other values given are in `dispute_rows`."""
    found = _facts_by_name(catalog).get(model.name)
    if found is None:
        return pd.DataFrame(columns=FACTS)
    own = found[~found["fact"].str.contains("(", regex=False) & (found["fact"] != "architecture")]
    return own[FACTS].drop_duplicates(["fact", "source"]).reset_index(drop=True)


def dispute_rows(catalog: Catalog, model: Model) -> pd.DataFrame:
    """Values other sources give for facts of a model, beside ours; see `DISPUTES`."""
    rows = []
    for dispute in model.disputes:
        ours = getattr(model, dispute.field, None)
        title, url = catalog.cited(dispute.source)
        rows.append((dispute.field.replace("_", " "), _text(ours), _text(dispute.value), FOUND[dispute.verdict], dispute.note, title, url))  # fmt: skip
    return pd.DataFrame(rows, columns=DISPUTES)


def _text(value: object) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def licence_rows(catalog: Catalog, model: Model) -> pd.DataFrame:
    """What the licence answers to the questions people ask: question, answer, words, source, url."""
    licence = catalog.licences.get(model.licence)
    told = plain_answers(licence) if licence else ()
    rows = [(question, answer, words, *catalog.cited(source)) for question, answer, words, source in told]
    return pd.DataFrame(rows, columns=["question", "answer", "words", "source", "url"])


def shape_rows(catalog: Catalog, model: Model) -> pd.DataFrame:
    """The architecture in words, a row a part, with the sources of the shapes: part, words, source, url."""
    a = model.architecture
    if a is None:
        return pd.DataFrame(columns=["part", "words", "source", "url"])
    refs = model.sources.get("architecture", model.sources.get("default", ()))
    cited = [catalog.cited(ref) for ref in ((refs,) if isinstance(refs, str) else refs)]
    titles = ", ".join(dict.fromkeys(title for title, _ in cited))
    url = next((url for _, url in cited if url), None)
    return pd.DataFrame([(part, words, titles, url) for part, words in shape_words(a)], columns=["part", "words", "source", "url"])  # fmt: skip


def shape_words(a: Architecture) -> list[tuple[str, str]]:
    """Parts of an architecture and what they are, in words; numbers are counts of elements, heads and layers."""
    words = [
        ("family", a.family),
        ("layers", f"{a.layers:,}, each {a.hidden_size:,} wide"),
        ("attention", attention_words(a)),
        ("kept between tokens", kept_words(a)),
        ("feed-forward", feed_forward_words(a)),
        ("vocabulary", f"{a.vocabulary_size:,} tokens; the output {'uses the input embedding again' if a.tied_embeddings else 'has a matrix of its own'}"),
    ]  # fmt: skip
    if a.context_tokens:
        words.append(("longest context in its configuration", f"{a.context_tokens:,} tokens"))
    return words


def attention_words(a: Architecture) -> str:
    """Query heads and how keys and values are shared among them."""
    if a.kv_latent_size:
        return f"{a.attention_heads} heads, multi-head latent attention (MLA): one row of {a.kv_latent_size:,} + {a.rope_head_dim or 0} elements a token and layer"
    heads = [a.kv_heads] if isinstance(a.kv_heads, int) else sorted({h for h in a.kv_heads if h})
    if not heads:
        return "none: no layer keeps keys and values"
    if heads[0] == heads[-1] == a.attention_heads:
        return f"{a.attention_heads} heads of {a.head_dim}, each with keys and values of its own (multi-head)"
    if heads[0] == heads[-1] == 1:
        return f"{a.attention_heads} heads of {a.head_dim} share one head of keys and values (multi-query)"
    kv = f"{heads[0]}" if heads[0] == heads[-1] else f"{heads[0]} to {heads[-1]}, by layer,"
    return f"{a.attention_heads} query heads share {kv} heads of keys and values of {a.head_dim} elements: grouped-query attention (GQA)"


def kept_words(a: Architecture) -> str:
    """How many layers keep what of earlier tokens."""
    counted = Counter(a.kinds())
    said = []
    for kind, count in counted.most_common():
        window = (
            f" ({a.sliding_window_tokens:,} tokens)"
            if kind in ("sliding", "chunked") and a.sliding_window_tokens
            else ""
        )
        said.append(f"{count} of {a.layers} layers: {KINDS[kind]}{window}")
    if a.kv_shared_layers:
        said.append(f"the last {a.kv_shared_layers} layers read those of earlier ones")
    return "; ".join(said)


def feed_forward_words(a: Architecture) -> str:
    """The dense block, or how many experts there are and how many a token passes through."""
    dense = a.feed_forward_size
    width = (
        f"{min(dense):,} to {max(dense):,} wide, by layer"
        if isinstance(dense, tuple) and min(dense) != max(dense)
        else f"{dense[0] if isinstance(dense, tuple) else dense or 0:,} wide"
    )
    if a.experts is None:
        return f"dense, {width}"
    said = f"{a.experts_used} of {a.experts} experts a token, each {a.expert_feed_forward_size or 0:,} wide"
    if a.shared_expert_feed_forward_size:
        said += f", and a shared one of {a.shared_expert_feed_forward_size:,} every token passes through"
    with_experts = len(a.expert_layers())
    if with_experts < a.layers:
        said += f"; {a.layers - with_experts} of {a.layers} layers are dense" + (f", {width}" if dense else "")
    return said


def link_rows(model: Model) -> pd.DataFrame:
    """Where the model is to be had: what, id, url. Addresses are made of ids the catalog has checked, on fixed hosts."""
    rows = []
    if model.hugging_face:
        rows.append(("weights, Hugging Face", model.hugging_face, f"https://huggingface.co/{_path(model.hugging_face)}"))  # fmt: skip
    rows += [("GGUF files, Hugging Face", repo, f"https://huggingface.co/{_path(repo)}") for repo in model.gguf]
    if model.ollama:
        own = "" if "/" in model.ollama else "library/"
        rows.append(("Ollama", model.ollama, f"https://ollama.com/{own}{_path(model.ollama)}"))
    return pd.DataFrame(rows, columns=LINKS)


def _path(text: str) -> str:
    # A part of only dots would climb out of the folder it names.
    return "/".join(quote(part, safe=":") for part in text.split("/") if part.strip("."))


MEASURED = ["device", "count", "quantization", "decode_tok_per_s", "prefill_tok_per_s", "runtime", "depth", "concurrency", "date", "remark", "source", "url"]  # fmt: skip


def measured_rows(catalog: Catalog, key: str) -> pd.DataFrame:
    """Speeds somebody measured of this model by its name, tuning aside; tokens a second; see `MEASURED`."""
    rows = []
    for measurement in _measured_by_model(catalog).get(key, ()):
        m = catalog.measurements[measurement]
        names = [catalog.devices[d].name if d in catalog.devices else d for d in m.device_ids]
        title, url = catalog.cited(m.source)
        remark = "; ".join(filter(None, (m.verdict, m.note)))
        rows.append(
            (", ".join(names) or m.device_text or "n/a", m.device_count, m.quantization or "n/a", m.decode_tok_per_s, m.prefill_tok_per_s,
             m.runtime or "n/a", m.depth, m.concurrency, m.measured_on or "n/a", remark, title, url)
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=MEASURED)
    return frame.sort_values(["device", "quantization", "decode_tok_per_s"], kind="stable").reset_index(drop=True)


@lru_cache(maxsize=2)
def _measured_by_model(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for measurement, m in catalog.measurements.items():
        for key in same_model(catalog, m.model):
            found[key].append(measurement)
    return {key: tuple(rows) for key, rows in found.items()}
