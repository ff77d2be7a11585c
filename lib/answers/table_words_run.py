"""What the columns say on the page of what to run; the rest is in `table_words`."""

from __future__ import annotations

from lib.answers.table_shapes import As, Spec

CANDIDATES: Spec = {
    "role": As("pick", "What it is picked as: most capable, best balance or quickest."),
    "model": "Id of the model.",
    "name": "Its name.",
    "format": "Format of the weights this row is computed for.",
    "machine": "The machine.",
    "fit": "How it fits, in words.",
    "score": "Its index for the task.",
    "score_low": "Lower end of the index's 90 % interval.",
    "score_high": "Upper end of it.",
    "rests_on": As("index_of", "Whether that is the task's own index, or the one of all tasks standing in."),
    "tok_per_s": As("each_tok_per_s", "Predicted speed of one conversation."),
    "total_tok_per_s": "Predicted speed of all conversations together.",
    "band_text": As("total_range", "80 % range of that, as shown."),
    "feels_like": "That speed in a word.",
    "first_s": As("first_word_seconds", "Seconds to the first word of the prompt; given for tasks that ask for it."),
    "memory_gb": "Weights, KV cache and compute buffer together.",
    "licence": "Id of its licence.",
    "commercial": "Whether a product made with it may be sold: yes, conditions, no or unknown.",
    "on_frontier": "Whether nothing is both as capable and as quick.",
}
PICKED: Spec = {
    "role": As("pick", "What it is picked as."),
    "model": "Id of the model.",
    "name": "Its name.",
    "format": "Format of the weights.",
    "machine": "The machine.",
    "why": "Why it is picked.",
    "index": "Its index for the task, with its 90 % interval.",
    "speed": "Predicted speed, its 80 % range and a word for it.",
    "memory": "What it takes of the machine's memory.",
    "cost": "What it costs in quality against the best model there is, and what its format costs.",
    "licence": "What its licence allows.",
    "tool": "The program the command is for.",
    "command": "Lines for a shell; empty where the program does not run it here.",
    "note": "What to know of the command, or why there is none.",
}
