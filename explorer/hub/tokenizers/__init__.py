"""The tokenizers of Hugging Face checkpoints: the same ids as transformers gives, from the same files."""

from explorer.hub.tokenizers.hub_tokenizer import HubTokenizer
from explorer.hub.tokenizers.load import FAMILIES, load_tokenizer

__all__ = ["FAMILIES", "HubTokenizer", "load_tokenizer"]
