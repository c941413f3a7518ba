"""A checkpoint's config.json, read so that no option goes unnoticed: one that is not understood is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from explorer.limits import HUB_SIZE

ACTIVATIONS = {  # by the names that Hugging Face has for them
    "relu": "relu",
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_python_tanh": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_accurate": "gelu_tanh",
    "quick_gelu": "quick_gelu",
    "silu": "silu",
    "swish": "silu",
    "tanh": "tanh",
}
# What says nothing of the formulas: bookkeeping, training, other tasks, defaults of text generation.
# fmt: off
_HARMLESS = frozenset([
    "adapters", "architectures", "attn_implementation", "auto_map", "bad_words_ids", "bos_token_id",
        "chunk_size_feed_forward", "classif_dropout", "classifier_activation", "classifier_dropout", "custom_pipelines",
        "decoder_layerdrop", "decoder_start_token_id", "directionality", "diversity_penalty", "do_sample", "dtype",
        "early_stopping", "encoder_layerdrop", "encoder_no_repeat_ngram_size", "eos_token_id", "experts_implementation",
        "exponential_decay_length_penalty", "extra_pos_embeddings", "finetuning_task",
        "force_bos_token_to_be_generated", "forced_bos_token_id", "forced_eos_token_id", "gradient_checkpointing",
        "hidden_dropout_prob", "id2label", "init_std", "initializer_factor", "initializer_range", "is_encoder_decoder",
        "keys_to_ignore_at_inference", "label2id", "length_penalty", "max_length", "min_length", "model_type", "n_ctx",
        "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_hidden_layers", "num_labels",
        "num_return_sequences", "output_attentions", "output_hidden_states", "output_past", "output_scores",
        "pad_token_id", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head",
        "pooler_type", "predict_special_tokens", "prefix", "problem_type", "qa_dropout", "remove_invalid_values",
        "reorder_and_upcast_attn", "repetition_penalty", "replacing_rate", "return_dict", "return_dict_in_generate",
        "sep_token_id", "seq_classif_dropout", "student_decoder_layers", "student_encoder_layers", "summary_activation",
        "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj", "suppress_tokens",
        "task_specific_params", "temperature", "tf_legacy_loss", "tokenizer_class", "top_k", "top_p", "torch_dtype",
        "torchscript", "transformers.js_config", "transformers_version", "typical_p", "unk_token_id", "use_bfloat16",
        "use_cache", "xla_device",
])
# fmt: on


class Options:
    """The fields of a config.json; ``finish`` refuses what nobody has asked for.

    A field that is false, empty or 0 is off, and never refused.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number; ValueError if it is none, or is missing without a default."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"the field {name!r} must be a whole number, not {value!r:.60}")
        return value

    def size(self, name: str, default: int | None = None, largest: int = HUB_SIZE) -> int:
        """A whole number from 1 to ``largest``."""
        value = self.whole(name, default)
        if not 1 <= value <= largest:
            raise ValueError(f"the field {name!r} must be from 1 to {largest:,}, not {value!r:.60}")
        return value

    def shared_size(self, name: str, other: str, default: int) -> int:
        """Two sizes that here are one; ValueError if they differ."""
        value, second = self.size(name, default), self.size(other, default)
        if value != second:
            raise ValueError(
                f"{name}={value} and {other}={second} are not supported: here encoder and decoder share this size"
            )
        return value

    def number(self, name: str, default: float) -> float:
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > HUB_SIZE:
            raise ValueError(f"the field {name!r} must be a number, not {value!r:.60}")
        return float(value)

    def yes(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"the field {name!r} must be true or false, not {value!r:.60}")
        return value

    def text(self, name: str, default: str) -> str:
        value = self._take(name, default)
        if not isinstance(value, str):
            raise ValueError(f"the field {name!r} must be a text, not {value!r:.60}")
        return value

    def activation(self, name: str, default: str) -> str:
        """One of ours, from the name that Hugging Face has for it."""
        value = self.text(name, default)
        if value not in ACTIVATIONS:
            raise ValueError(f"{name}={value!r:.60} is not supported; these are: {', '.join(ACTIVATIONS)}")
        return ACTIVATIONS[value]

    def require(self, name: str, only: Any, why: str) -> None:
        """ValueError, with the reason, unless a field that may be missing has the only value that is supported."""
        value = self._values.get(name)
        self._asked.add(name)
        if value is not None and value != only:
            raise ValueError(f"{name}={value!r:.60} is not supported: {why}")

    def suppressed(self) -> tuple[int, ...]:
        """The ids that are never written: ``bad_words_ids``, lists of one id each, and ``suppress_tokens``."""
        words, single = self._ids("bad_words_ids"), self._ids("suppress_tokens")
        if not all(isinstance(word, list) and len(word) == 1 for word in words):
            raise ValueError(f"bad_words_ids={words!r:.60} is not supported: here it is a list of lists of one id each")
        ids = [*(word[0] for word in words), *single]
        if wrong := [each for each in ids if type(each) is not int]:
            raise ValueError(f"bad_words_ids and suppress_tokens must hold ids, not {wrong[0]!r:.60}")
        return tuple(sorted(set(ids)))

    def _ids(self, name: str) -> list:
        self._asked.add(name)
        value = self._values.get(name) or []
        if not isinstance(value, list):
            raise ValueError(f"the field {name!r} must be a list, not {value!r:.60}")
        return value

    def seen(self, names: Iterable[str]) -> None:
        """Fields of this family that say nothing of the formulas."""
        self._asked.update(names)

    def finish(self) -> None:
        """ValueError naming the first field that says something which was not asked for."""
        known = self._asked | _HARMLESS
        unknown = [name for name, value in self._values.items() if value and name not in known and name[:1] != "_"]
        if unknown:
            value = self._values[unknown[0]]
            raise ValueError(f"{unknown[0]:.60}={value!r:.60} is not supported: the explorer does not know this option")

    def _take(self, name: str, default: Any) -> Any:
        self._asked.add(name)
        value = self._values.get(name)
        if value is None and default is None:
            raise ValueError(f"the field {name!r} is missing")
        return default if value is None else value
