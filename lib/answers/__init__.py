"""The questions: each is one pure function of the catalog and a view. Pages, routes and tests call these."""

from lib.answers.bigger import bigger_or_smaller
from lib.answers.compare import compare_models
from lib.answers.essay import essay
from lib.answers.ladder import ladder
from lib.answers.machine import rig_of
from lib.answers.machines import WANTED_MODEL, rank_machines, sizable, wanted_model
from lib.answers.memory import explain_memory
from lib.answers.memory_page import memory_page
from lib.answers.models import DRAWN, rank_models, ranked_columns
from lib.answers.provenance import search_facts, sources
from lib.answers.sentences import machines_answer, models_answer
from lib.answers.vocabulary import vocabulary
from lib.sizing.kv_cache import ENGINE

__all__ = [
    "DRAWN", "ENGINE", "WANTED_MODEL", "bigger_or_smaller", "compare_models", "essay", "explain_memory", "ladder", "machines_answer", "memory_page", "models_answer",
    "rank_machines", "rank_models", "ranked_columns", "rig_of", "search_facts", "sizable", "sources", "vocabulary", "wanted_model",
]  # fmt: skip
