"""What the columns of the pages' tables say, and the names with units they are served under."""

from __future__ import annotations

from lib.answers.table_shapes import As, Spec

_SPEED: Spec = {
    "decode_tok_per_s": "Predicted speed of generating, at `depth` tokens in the context.",
    "decode_low": As(
        "decode_low_tok_per_s", "Lower end of the range in which 80 % of measurements of such cases fell."
    ),
    "decode_high": As("decode_high_tok_per_s", "Upper end of that range."),
    "measured_tok_per_s": "Median of what people measured of models as large, in this format, on this device.",
}
_FIT: Spec = {
    "fit": "How it fits, in words.",
    "fit_code": "The same as a code: gpu, offload, cpu, none, elsewhere, unpaid, hosted; empty where its size is not known.",
    "runs": "Whether it runs, fast enough, with this context.",
    "format": "Format of the weights the row is computed for.",
}  # fmt: skip
CITED: Spec = {"source": "Title of the source.", "url": "Address of the source."}

MODELS: Spec = {
    "model": "Id of the model.",
    "name": "Its name.",
    "publisher": "Who published it.",
    **_FIT,
    "machine": "The machine, where an amount of money buys one of several.",
    "memory_gb": "Memory for weights, KV cache and compute buffer together.",
    **_SPEED,
    "feels_like": "That speed in a word.",
    "max_context_tokens": "Longest context that still fits where the model fits now.",
    "cards_needed": "How many of this device hold all of it; empty for more than 16.",
    "licence": "Name of the licence.",
    "commercial": "Whether a product made with it may be sold: yes, conditions, no, unknown.",
    "openness": "open-source, open-weights, non-commercial or closed.",
    "released": "Day of release, or month or year where no day is known.",
    "context_tokens": "Context it was made for.",
    "parameters_b": "Parameters.",
    "active_b": As("active_parameters_b", "Parameters one token passes through."),
    "on_frontier": "Whether no other row that runs has at least its score in less memory.",
}
MACHINES: Spec = {
    "machine": "Name of the machine.",
    "device": "Id of the device it is built on.",
    "count": "How many of them.",
    "ram_gib": "System memory; of unified memory, that memory.",
    **_FIT,
    **_SPEED,
    "spare_gb": "Memory left over; empty where it does not fit in one place.",
    "cards_needed": "How many of this device hold all of it; empty for more than 16.",
    "bandwidth": As("bandwidth_gb_per_s", "Of the memory of one device."),
    "power": As("power_w", "Rated limit of all devices together."),
    "price": As("price_usd", "Of all devices together."),
    "price_basis": "What that price is: street or launch price and its date, or typed in.",
    "on_frontier": "Whether no machine that runs it has less on the chart's axis and is as fast.",
    "mine": "Whether it is the visitor's own machine.",
}
MEMORY: Spec = {
    "context": As("context_tokens", "Context of each conversation."),
    "cache": "Type of the KV cache.",
    "fit": "How it fits, in words.",
    "total_gb": "Weights, KV cache and compute buffer; without what the system keeps.",
}
LONGEST: Spec = {
    "cache": "Type of the KV cache.",
    "slots": "Conversations at once.",
    "gpu_tokens": As(
        "gpu_context_tokens", "Longest context of each with all of it in GPU memory; empty where none fits."
    ),
    "any_tokens": As("any_context_tokens", "Longest context of each, wherever it lies."),
    "loss": "What the cache's type costs in quality.",
}
LADDER: Spec = {
    "format": "Format of the weights.",
    "container": "Kind of file.",
    "bits": As("bits_per_weight", "Mean over all weights, as computed for this model."),
    "file_gb": "Size of the file.",
    "memory_gb": "Memory it takes in this view.",
    "fit": "How it fits, in words.",
    "decode_text": As("speed", "Predicted tokens a second and their 80 % range, as shown."),
    "rise_low": As("perplexity_rise_low_percent", "Least rise of perplexity that was measured."),
    "rise_high": As("perplexity_rise_high_percent", "Largest rise of perplexity that was measured."),
    "kl_text": As("kl_divergence", "KL divergence from the unquantized model, as shown."),
    "points_text": As("points_lost", "Points lost on tests of knowledge, as shown."),
    "measured_on": "Model or models it was measured on.",
}
SCORES: Spec = {
    "benchmark": "Name of the benchmark.",
    "protocol": "The way it was run; scores compare inside one only.",
    "model": "Name of the model.",
    "score": "The score, in the benchmark's own unit.",
    "interval": "95 % interval, where known.",
    "interval from": As("interval_from", "What the interval rests on."),
    "measured by": As("measured_by", "third party, its maker, another maker, the essay, or not stated."),
    "conditions": "How the score was obtained.",
    "shown": "Whether it is the one shown where a model has several under one protocol.",
    "date": "Date of the score.",
    **CITED,
    "remark": "What checking found, and notes.",
}
SPREADS: Spec = {
    "benchmark": "Name of the benchmark.",
    "model": "Name of the model.",
    "preferred": "The score the stated rule takes.",
    "low": "Lowest of its scores.",
    "high": "Highest of its scores.",
    "spread": "How many, from how many sources, and their ends.",
    "measured by": As("measured_by", "Who measured the preferred one."),
    "differ in": As("differ_in", "Besides the value: what may explain it."),
    "values": "All of them, the preferred one first.",
}
PRINTED: Spec = {
    "fact": "The fact.",
    "benchmark": "Name of the benchmark.",
    "protocol": "The way it was run.",
    "ahead": "Whom none of the others beats.",
}
FACTS: Spec = {
    "fact": "The fact.",
    "value": "Its value.",
    **CITED,
    "read on": As("read_on", "When the source was last read."),
}
CAPABILITY: Spec = {
    "index": "Domain of the capability index.",
    "value": "Place on it, in index points; empty where unknown.",
    "interval": "Its 90 % interval.",
    "place": "From where no model is surely ahead to where none is surely behind.",
    "benchmarks": "Benchmarks it rests on.",
    "scores": "Scores it rests on.",
    "why": "Why it is unknown.",
}
LICENCE: Spec = {
    "question": "The question.",
    "answer": "yes, conditions, no or unknown.",
    "words": "In words; not legal advice.",
    **CITED,
}
MACHINES_HOLDING: Spec = {
    "machine": "Name of the machine.",
    "fit": "How the model fits, in words.",
    "held": "Whether all of it lies in one memory.",
    "decode_text": As("speed", "Predicted tokens a second and their 80 % range, as shown."),
    "usable_gb": "What an engine may use of the GPUs' memory, or of RAM where there is no GPU.",
    "spare_gb": "Memory left over.",
    "price": As("price_usd", "Price of the machine; empty where not known."),
    "url": "The view of what it runs, relative to this address's host.",
}
SIMILAR: Spec = {
    "name": "Name of the model.",
    "score": "Its score under the rank id of the view.",
    "interval": "Its interval: 90 % for our index, 95 % for a benchmark.",
    "verdict": "Against this model: beats, ties, trails, or cannot tell.",
    "smaller": "Whether it has fewer parameters.",
    "parameters_b": "Parameters.",
    "fit": "How it fits, in words.",
    "memory_gb": "Memory it takes in this view.",
    "decode_text": As("speed", "Predicted tokens a second and their 80 % range, as shown."),
    "url": "Its own page, relative to this address's host.",
}
MODEL_PRICES: Spec = {
    "provider": "Who asks the price.",
    "input": As("input_usd_per_mtok", "Price of tokens read."),
    "output": As("output_usd_per_mtok", "Price of tokens written."),
    "cache read": As("cache_read_usd_per_mtok", "Price of tokens read again from the provider's cache."),
    "context": As("context_tokens", "Context the provider offers."),
    "as of": As("as_of", "Date of the price."),
    "called there": As("called_there", "The provider's own name for the model."),
    **CITED,
}
MEASURED_HERE: Spec = {
    "device": "The device, as its source or the catalog names it.",
    "count": "How many of them.",
    "quantization": "Format of the weights, as the source names it.",
    "decode_tok_per_s": "Speed of generating.",
    "prefill_tok_per_s": "Speed of reading the prompt.",
    "runtime": "The program, and its version.",
    "depth": As("depth_tokens", "Tokens already in the context."),
    "concurrency": "Conversations at once.",
    "date": "When it was measured.",
    "remark": "Notes.",
    **CITED,
}
DISPUTES: Spec = {
    "fact": "The fact.",
    "ours": "The value the catalog takes.",
    "elsewhere": "The other value.",
    "found": "What checking found.",
    "note": "Why.",
    **CITED,
}
LINKS: Spec = {"what": "What is to be had there.", "id": "What it is called there.", "url": "Address."}
