"""Under which conditions a score was measured, in a few plain words.

Gathered files carry remarks of many hands: some are settings, some are sentences about the
benchmark, some say how the remark was found. Settings stay, the rest goes.
"""

from __future__ import annotations

import re

_REWORDED = tuple(
    (re.compile(pattern, re.IGNORECASE), other)
    for pattern, other in (
        # What other fields already say, or how the value was read.
        (r"[;,]?\s*95% CI [^;]*", ""),
        (r"\s*\((?:computed here[^)]*|mean computed here)\)|[;,]\s*mean computed here", ""),
        (r"[;,]?\s*one-decimal value in a whatmodel\.sh page", ""),
        (r"[;,]?\s*who measured is cut off in the excerpt", ""),
        (r"[;,]?\s*marker in source: live", ""),
        (r"[;,]?\s*subset livecodebench(?:-v\d)?", ""),
        (r"[;,]?\s*run cost \$[\d.]+", ""),
        (r"^LiveBench release [\d-]+; ", ""),
        (r"^category \w+; ", ""),
        (r"^(?:no )?style control$", ""),
        (r"^overall text; ", ""),
        (r"^mlx_lm\.evaluate --task mmlu_pro; ", ""),
        (r"^HHEM summarisation test; ", ""),
        (r"^vendor's own published number, own harness$", ""),
        (r"\s*\((?:based on )?footnotes? [^)]*\)|\s*\(footnote \[\d\][^)]*\)", ""),
        (r"^metric: (?:score|index|percent correct|resolved|resolve rate)(?:; |$)", ""),
        (r"\bmetric: ", ""),
        # Shorter words for the same.
        (r"global average = mean of (\d) category means", r"mean of \1 categories"),
        (r"^mean of tasks ", "mean of "),
        (r"^Epoch AI run with Inspect; scorer [^±;]*±([\d.]+)[^;]*", r"standard error \1 of 1"),
        (r"QUANTISATION STUDY: served as '([^']*)'", r"served by \1"),
        (
            r"HISTORIC leaderboard state of 2024-04-29 \(superseded\); pass@1 greedy",
            "leaderboard of 29 April 2024; pass@1, greedy",
        ),
        (
            r"Artificial Analysis Intelligence Index v4\.x, best variant of the model; read ([\d-]+).*",
            r"best setting; read \1",
        ),
        (
            r"code generation pass@1, official leaderboard dump of [\d-]+, problems ([\d-]+) to ([\d-]+) \(n=(\d+)\)",
            r"pass@1; \3 problems of \1 to \2",
        ),
        (r"Microsoft's internal pipeline; card version of April-May 2024", "Microsoft's own pipeline"),
        (
            r"value copied (?:by the author from elsewhere \(asterisk in source\)|from the vendor report)",
            "copied from elsewhere",
        ),
        (r"Qwen3 run in non-thinking mode is implied, not stated", "probably without thinking"),
        (r"Qwen model-card table, thinking mode as published by Qwen", "thinking"),
        (r"Qwen model-card value quoted by (?:a|one) blog.*", "card, as quoted by a blog"),
        (r"row labelled 'GPQA'; Qwen reports the Diamond subset", "Diamond"),
        (r"GPQA = diamond set per repo", "Diamond"),
        (r", simple-evals \(README of 2024-05-13\)", ", readme of May 2024"),
        (r", simple-evals(?: \(current README\))?", ""),
        (r"system prompt: (?:n/a|unknown)", "system prompt not stated"),
        (r"README footnote: models on or after o1 use MATH-500.*", "may be MATH-500"),
        (r"; (?:Announcement clarifies this is with|Assuming) (\w+).*", r"; \1 thinking"),
        (r"; Thinking budget not specified.*|; Unknown thinking token budget", ""),
        (r"Hugging Face 'Official Benchmark' board; marked \*.*", "marked, usually with tools"),
        (r"Hugging Face 'Official Benchmark' board; no \* mark; ", ""),
        (r"^open models: measured by Qwen for .*", "open models measured by Qwen"),
        (r"^re-measured by Qwen for .*", "measured again by Qwen"),
        (r"transcribed from the image table of .*", "from a picture"),
        (r"\s*\(instruct?ions? not stated\)", ""),
        (r"^(?:accuracy|acc\.?|EM|ES|EN|score|correct|standard(?: evaluation)?|Internal methodology)$", ""),
    )
)

_SETTINGS = (
    (r"(\d+)-shot", r"\1-shot"),
    (r"\bCoT\b", "CoT"),
    (r"\bDiamond\b", "Diamond"),
    (r"pass@(\d+)", r"pass@\1"),
    (r"avg@(\d+)", r"avg@\1"),
    (r"avg (\d+) runs", r"mean of \1 runs"),
    (r"\bno extended thinking|without thinking|non-thinking", "no thinking"),
    (r"(?<!no )(?:extended )?thinking[^.]*?up to (\d+)K tokens", r"thinking up to \1k tokens"),
    (r"(?<!no )\bthinking mode|reasoning on\b", "thinking"),
    (r"no tools|w/o tools?|without tools", "no tools"),
    (r"\+ browser tools|with tools|with tool use", "with tools"),
    (r"parallel (?:test-time compute|attempts)", "parallel attempts"),
    (r"Claude Code", "Claude Code"),
    (r"14 non-English languages", "mean of 14 languages"),
    (r"log-likelihood", "log-likelihood"),
    (r"f1 score|\bF1\b", "F1"),
    (r"text-only subset", "text only"),
    (r"Turbo versions are quantized", "hosted in fewer bits"),
    (r"(\d{2}/\d{2}/\d{4}) - (\d{2}/\d{2}/\d{4})", r"problems of \1 to \2"),
    (r"\b(\d{4})-(\d{4})\b(?= benchmark|,)", r"problems of \1-\2"),
)
LONG = 80


def _is_prose(said: str) -> bool:
    """Whether a remark is a sentence rather than a list of settings."""
    settings = re.match(r"^[\d\w@/.\s,;:=%()'$+-]*$", said)
    words = re.findall(r"[a-z]{3,}", said.partition(";")[0])
    return (
        bool(re.search(r"[a-z]{3,}\.(?:\s|$)|https?://|\"", said))
        or len(words) > 5
        or (len(said) > LONG and not settings)
    )


def conditions(text: object, *, prose: bool = True) -> str | None:
    """The settings a remark states, briefly; None where it states none.

    `prose` says whether sentences are to be expected; only their settings are kept then.
    """
    said = str(text or "")
    for pattern, other in _REWORDED:
        said = pattern.sub(other, said)
    said = re.sub(r"(?<=standard error )([\d.]+) of 1", lambda m: f"{float(m[1]) * 100:g} points", said).strip(" ;,")
    if prose and _is_prose(said):
        found: dict[str, None] = {}
        for setting, plain in _SETTINGS:
            if match := re.search(setting, said, re.IGNORECASE):
                found[match.expand(plain)] = None
        if any(name.startswith(("thinking up to", "no thinking")) for name in found):
            found.pop("thinking", None)
        said = ", ".join(found)
    return said or None
