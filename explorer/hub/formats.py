"""Which of a model's files hold its weights, told from the files' names: the same for a folder and for the hub.

Only safetensors are read. A pickle (pytorch_model.bin, *.pt) is a program that runs when it is opened; nobody should
have to trust a stranger's file in order to look at a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
ELSEWHERE = re.compile(r"adapter|optimizer|\.(fp16|bf16|int8|fp8|non_ema)\.", re.IGNORECASE)  # not the model's weights
PICKLES = re.compile(r"(?!training_args|optimizer|scheduler|rng_state).*\.(bin|pt|pth|ckpt|pkl)")
OTHER_PROGRAMS = {".h5": "TensorFlow", ".msgpack": "Flax", ".onnx": "ONNX", ".gguf": "llama.cpp", ".ot": "Rust"}
# What lies beside the weights: configuration and the files that tokenizers of the families are made of.
BESIDE = (
    *("config.json", "generation_config.json", "tokenizer_config.json", "special_tokens_map.json"),
    *("added_tokens.json", "tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "spiece.model"),
    *("source.spm", "target.spm", "target_vocab.json"),
)


def choose_weights(names: Iterable[str]) -> list[str]:
    """The files with the weights among the names of a folder's files, in one format only; empty if there are none.

    ``model.safetensors`` if it is there; else the index of a sharded model, followed by its shards; else the one
    safetensors file under another name, where there is exactly one. Files in subfolders and copies at half precision
    are never chosen.
    """
    plain = sorted(name for name in names if "/" not in name and not name.startswith("."))
    if SINGLE in plain:
        return [SINGLE]
    if INDEX in plain:
        return [INDEX, *(name for name in plain if SHARD.fullmatch(name))]
    others = [name for name in plain if name.endswith(".safetensors") and not ELSEWHERE.search(name)]
    return others if len(others) == 1 else []


def why_no_weights(names: Iterable[str], what: str, command: str, where: str) -> str:
    """One sentence on a model without weights that can be read: what it holds, and what to do.

    ``what`` names the model, ``command`` converts it, and ``where`` says where to run that.
    """
    plain = sorted(name for name in names if "/" not in name)
    if several := [name for name in plain if name.endswith(".safetensors")]:
        return (
            f"{what} holds {', '.join(several[:3])}, and none of them is the model's weights for certain: "
            f"name the right one {SINGLE}."
        )
    if any(PICKLES.fullmatch(name) for name in plain):
        return (
            f"{what} holds its weights as a pickle, which can run any program when it is read, so the explorer reads "
            f"safetensors only: if you trust the file, convert it {where} with `{command}`"
        )
    for ending, program in OTHER_PROGRAMS.items():
        if any(name.endswith(ending) for name in plain):
            return (
                f"{what} holds its weights for {program} only, and the explorer reads safetensors only: "
                f"look for a version of the model with {SINGLE}."
            )
    return f"{what} holds no weights: a file {SINGLE} is missing."


def convert_folder_command(names: Iterable[str], config: dict[str, Any] | None) -> str:
    """The command that writes model.safetensors beside a pickle, to be run inside the folder.

    A pickle that belongs to a Hugging Face config.json is read by transformers, in the class that the config names;
    any other as a state_dict by torch, which refuses to run programs when it is told ``weights_only``.
    """
    pickles = sorted(name for name in names if PICKLES.fullmatch(name))
    if config and any(name.startswith("pytorch_model") for name in pickles):
        return (
            f'python -c "from transformers import {model_class(config)} as Model; '
            "Model.from_pretrained('.').save_pretrained('.')\""
        )
    name = next((name for name in pickles if re.fullmatch(r"[A-Za-z0-9_.-]+", name)), "FILE")  # goes into a shell
    return (
        f"python -c \"import torch; from safetensors.torch import save_file; d = torch.load('{name}', "
        "weights_only=True, map_location='cpu'); save_file({k: v.contiguous().clone() for k, v in "
        f"d.get('state_dict', d).items()}}, '{SINGLE}')\""
    )


def convert_hub_command(name: str, config: dict[str, Any] | None) -> str:
    """The command that writes a repository of pickles as safetensors into the folder of models."""
    target = name.rpartition("/")[2]
    return (
        f'python -c "from transformers import AutoTokenizer, {model_class(config)} as Model; '
        f"[c.from_pretrained('{name}').save_pretrained('{target}') for c in (Model, AutoTokenizer)]\""
    )


def model_class(config: dict[str, Any] | None) -> str:
    """The class of transformers that a config.json names, or AutoModel if it names none.

    The name goes into a command that people will run, and the config comes from anywhere: letters and digits only.
    """
    names = (config or {}).get("architectures")
    name = names[0] if isinstance(names, list) and names else None
    return name if isinstance(name, str) and re.fullmatch(r"[A-Z][A-Za-z0-9]{0,60}", name) else "AutoModel"
