"""What the columns say on the pages of speeds, scores by date, money and words; the rest is in `table_words`."""

from __future__ import annotations

from lib.answers.table_shapes import As, Spec
from lib.answers.table_words import CITED

SPEEDS: Spec = {
    "measurement": "Id of the measurement.",
    "model": "The model, as its source names it.",
    "model_id": "Id of the model, where the catalog has it.",
    "format": "Format of the weights, as its source names it.",
    "device": "The device or devices.",
    "devices": As("device_ids", "Their ids."),
    "runtime": "The program, and its version.",
    "depth": As("depth_tokens", "Tokens already in the context."),
    "measured": As("measured_tok_per_s", "Measured speed of generating."),
    "predicted": As("predicted_tok_per_s", "Our prediction, by a fit that has not seen its source."),
    "low": As("predicted_low_tok_per_s", "Lower end of the 80 % range."),
    "high": As("predicted_high_tok_per_s", "Upper end of the 80 % range."),
    "error": As("error_ratio", "Predicted / measured - 1."),
    "inside": "Whether the measurement lies in the range.",
    "kind": "Class of the prediction.",
    "bandwidth_gb_per_s": "Stated bandwidth of the memory.",
    "reached_gb_per_s": "Bytes read a second: tokens a second × GB a token.",
    "gb_a_token": As("read_per_token_gb", "Bytes one token reads."),
    "measured_on": "When it was measured.",
    **CITED,
    "essay": "Whether it is a row of the essay.",
    "seen": "Whether the fit has seen this row.",
}
MINE: Spec = {"what": "The part.", "value": "What is predicted, with its 80 % range.", "how": "How, or why not."}
DOTS: Spec = {
    "interval": As("interval_from", "What the interval rests on."),
    "kind": "Whether its weights can be downloaded.",
    "licence": "Id of its licence.",
    "measured_by": "Who measured it.",
    "conditions": "How the score was obtained.",
    "remark": "What checking found, and notes.",
    "date": "Date of the score.",
    "url": "Address of the source.",
}
DEPTH: Spec = {
    "depth": As("depth_tokens", "Tokens already in the context."),
    "decode_tok_per_s": "Predicted speed of generating.",
    "low": As("decode_low_tok_per_s", "Lower end of the 80 % range."),
    "high": As("decode_high_tok_per_s", "Upper end of the 80 % range."),
}
USERS: Spec = {
    "users": "Conversations at once.",
    "each_tok_per_s": "Predicted speed of each.",
    "total_tok_per_s": "Predicted speed of all together.",
    "low": As("total_low_tok_per_s", "Lower end of the 80 % range."),
    "high": As("total_high_tok_per_s", "Upper end of the 80 % range."),
    "fits": "Whether all of it lies in GPU memory.",
}
CLASSES: Spec = {
    "part": "What is predicted.",
    "kind": "Class of the prediction.",
    "rows": "Measurements.",
    "sources": As("source_count", "Sources they come from."),
    "median": As("median_error_ratio", "Half of the errors are smaller."),
    "p90": As("p90_error_ratio", "Nine of ten errors are smaller."),
    "coverage": As("in_range_ratio", "Share of measurements inside their 80 % range."),
    "low": As("range_low_ratio", "Lower end of the range, as measured / predicted."),
    "high": As("range_high_ratio", "Upper end of it."),
}
ALL_BENCHMARKS: Spec = {
    "rank": "Rank id: the benchmark and its protocol.",
    "benchmark": "Name of the benchmark.",
    "protocol": "The way it was run.",
    "category": "What kind of ability.",
    "measures": "What it measures.",
    "models": As("model_count", "Models with a score."),
    "comparable": "Whether all models were run in one way.",
    "range": "Possible scores.",
    "lowest": "Lowest score.",
    "highest": "Highest score.",
    "guessing": "What guessing gives.",
    "people": "What people reach.",
    "questions": "Number of questions.",
    "saturated": "Whether it still separates the best third.",
    "best_open": "Best model whose weights can be downloaded.",
    "best_open_score": "Its score.",
    "best_hosted": "Best model that can only be rented.",
    "best_hosted_score": "Its score.",
    "contamination": "Whether models may have met the questions in training.",
    "said": "What is said of saturation.",
    "url": "Address of the benchmark.",
}
_HOLDER: Spec = {
    "released": "Day of its release.",
    "score": "Its score under the rank id of the view.",
    "interval": "Its interval: 90 % for our index, 95 % for a benchmark.",
    "format": "Format of the weights that fits.",
    "memory_gb": "Memory it takes there.",
}
TIERS: Spec = {
    "line": "Size of memory, as sold.",
    "usable_gb": "What is left of it for a model.",
    "name": "Best model that fits.",
    **_HOLDER,
    "hosted_name": "The first hosted model as good.",
    "hosted_released": "Day of its release.",
    "months": As("behind_months", "From that day to the day counted to."),
    "months_text": As("behind_range", "What the intervals of the scores allow, in months."),
    "months_at_release": As("behind_at_release_months", "Months behind on the day it came out."),
    "newer_unscored": As("newer_unscored_count", "Models that fit and came out later without a score."),
}
RECORDS: Spec = {
    "line": "Size of memory as sold, or the cloud.",
    "name": "The model.",
    **_HOLDER,
    "months_at_release": As("behind_at_release_months", "Months behind the cloud on the day it came out."),
}
LINES: Spec = {
    "line": "home, the same model rented, or one as capable rented.",
    "tokens": As("day_tokens", "Tokens a day, in and out together."),
    "usd": As("month_usd", "Cost of a month, likely."),
    "low": As("month_low_usd", "Lower end, from the range of the speed."),
    "high": As("month_high_usd", "Upper end."),
    "kind": "line, or a point where lines cross or end.",
    "label": "What the chart writes there.",
}
BESIDE: Spec = {
    "what": "The question.",
    "home": "At home.",
    "same": As("same_model", "The same model, cheapest host."),
    "capable": As("as_capable", "A model as capable, cheapest host."),
}
HOME_PARTS: Spec = {
    "part": "Part of the cost.",
    "a day": As("a_day", "A day, in US dollars as shown."),
    "a month": As("a_month", "A month."),
    "a million tokens": As("a_million_tokens", "For a million tokens."),
    "how": "How it was computed.",
}
EVEN: Spec = {
    "against": "The same model, or one as capable.",
    "offer": "The offer.",
    "a month": As("a_month", "What it costs a month, in US dollars as shown."),
    "break-even": As("break_even", "Tokens a day from which home is cheaper, with the range."),
    "most": "Tokens a day the machine does at most.",
    "pays back": As("pays_back", "After which the machine has paid for itself."),
    "who": "Who is cheaper at the tokens of the view.",
}
HOSTED_PRICES: Spec = {
    "model": "Id of the model.",
    "name": "Its name.",
    "provider": "Who asks the price.",
    "usd_per_mtok": As("mix_usd_per_mtok", "Price of the view's mix of tokens read and written."),
    "usd_per_month": As("month_usd", "Cost of a month at the view's tokens a day."),
    "input_usd_per_mtok": "Price of tokens read.",
    "output_usd_per_mtok": "Price of tokens written.",
    "cache_read_usd_per_mtok": "Price of tokens read again from the provider's cache.",
    "context_tokens": "Context the provider offers.",
    "as_of": "Date of the price.",
    "remark": "Why it is not taken for the cheapest, where it is not.",
    **CITED,
}
SERVICES: Spec = {
    "service": "Name of the service.",
    "producer": "Who runs it.",
    "kind": "playground, chat or api.",
    "offers": "What it offers.",
    "note": "What has changed since.",
    "listed": "Where it is listed.",
    "read on": As("read_on", "When it was last read."),
    "url": "Address.",
}
PROVIDERS: Spec = {
    "provider": "Name of the provider.",
    "models": As("model_count", "Models with a price."),
    "open": As("open_model_count", "Of them with open weights."),
    "as of": As("as_of", "Date of the newest price."),
    **CITED,
}
CELLS: dict[str, Spec] = {
    "grid": {
        "machine": "Name of the machine.",
        "model_id": As("model", "Id of the model."),
        "model": As("name", "Name of the model."),
        "kind": "Where it lies.",
        "fit": "How it fits, in words.",
        "tok_per_s": As("decode_tok_per_s", "Predicted speed of generating; empty where it does not run."),
        "speed": "The same with its 80 % range, as shown.",
        "format": "Format of the weights.",
        "memory_gb": "Memory it takes.",
        "longest": As("max_context_tokens", "Longest context that still fits."),
        "on": "The machine it was computed on.",
    },
    "essay": {
        "table": "Id of the table.",
        "title": "Its title.",
        "row": "Row, from 1.",
        "column": "Heading of the column.",
        "printed": "The cell to the letter.",
        "checking_found": "What checking the row found.",
    },
}
MACHINES_BESIDE: Spec = {
    "machine": "Name of the machine.",
    "memory_gb": "What an engine may use of the GPUs' memory; of RAM where there is no GPU.",
    "bandwidth": As("bandwidth_gb_per_s", "Of the memory of one device."),
    "runs": "How many of the models shown it runs.",
    "inside": "How many of them in GPU memory.",
    "of": "Models shown.",
    "all_run": "How many of all models it runs.",
    "all_inside": "How many of all it holds.",
    "all_models": "All models.",
    "best": "Best it holds.",
    "faster": As("times_as_fast_ratio", "As the visitor's own machine: median over models both run in one format."),
    "faster_text": As("times_as_fast", "The same with the range of nine in ten."),
    "both": "Models both run.",
}
FINDINGS: Spec = {
    "table": "Id of the table.",
    "row": "The row, by its first cell.",
    "column": "The column; empty for the whole row.",
    "verdict": "confirmed, differs, wrong, not confirmed or misleading.",
    "what was found": As("found", "What was found."),
    **CITED,
}
CLAIMS: Spec = {
    "it says": As("it_says", "What the essay says, in our words."),
    "verdict": "confirmed, differs, wrong or not confirmed.",
    "checking found": As("checking_found", "What was found."),
    "section": "Where it stands.",
    "source": "Title of the source.",
    "url": "Address the essay gives.",
}
SEARCHED: Spec = {
    "kind": "What the fact is about: model, score, device and so on.",
    "about": "The record.",
    "fact": "The fact.",
    "value": "Its value.",
    **CITED,
    "read on": As("read_on", "When the source was last read."),
}
SOURCES: Spec = {
    "source": "Title of the source.",
    "producer": "Who made it.",
    "facts": As("fact_count", "Facts that rest on it."),
    "rests on it": As("rests_on_it", "By kind."),
    "published": "When it was published.",
    "read on": As("read_on", "When it was last read."),
    "licence": 'What the source allows, or "not stated".',
    "url": "Address.",
    "note": "Notes.",
}
_BOUGHT: Spec = {
    "machine": "What is bought.",
    "kind": "What kind of machine it is.",
    "usd": As("price_usd", "Its price; of cards added to a machine one has, theirs."),
    "basis": As("price_basis", "Where that price is from."),
    "name": As("model", "The model it is bought for."),
}
BOUGHT: Spec = {
    **_BOUGHT,
    "worth": "What the chart draws: capability in index points, or tokens a second.",
    "low": As("worth_low", "Lower end of its range."),
    "high": As("worth_high", "Upper end of its range."),
    "speed_text": As("speed", "Predicted tokens a second, as shown."),
    "on_frontier": "Whether nothing cheaper is as good.",
    "within": As("within_budget", "Whether the money is enough."),
}
FRONTIER: Spec = {
    **_BOUGHT,
    "score": "Its place on the capability index.",
    "interval": "Its 90 % interval.",
    "speed_text": As("speed", "Predicted tokens a second and their 80 % range, as shown."),
    "feels": "That speed in a word.",
    "fit": "How it fits, in words.",
    "within": As("within_budget", "Whether the money is enough."),
}
STEPS: Spec = {
    "up_to": As("budget_usd", "Money to spend."),
    "more": As("more_usd", "Of it, above the view's."),
    **_BOUGHT,
    "score": "Its place on the capability index.",
    "speed_text": As("speed", "Predicted tokens a second and their 80 % range, as shown."),
    "gain": "What the step brings.",
}
GLOSSARY: Spec = {"term": "The word.", "meaning": "What it means.", **CITED}
TEXTS: dict[str, Spec] = {
    "questions": {
        "group": "What the question is about.",
        "id": "Id of the question.",
        "question": "The question.",
        "answer": "The answer for the view's machine.",
        "page": "The page that tells more.",
        "link": "Its view, relative to this address's host.",
        "source": "Where people asked it.",
        "url": "Address of that place.",
    },
    "tour": {
        "id": "Id of the stop.",
        "title": "The word.",
        "words": "What it means, on the view's machine.",
        "link": "A view that shows it, relative to this address's host.",
    },
}
