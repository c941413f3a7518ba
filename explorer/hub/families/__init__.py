"""The families of checkpoints that can be opened, by the model_type of their config.json."""

from explorer.hub.families.bart import BART
from explorer.hub.families.bert import BERT
from explorer.hub.families.distilbert import DISTILBERT
from explorer.hub.families.gpt2 import GPT2
from explorer.hub.families.marian import MARIAN
from explorer.hub.families.roberta import ROBERTA
from explorer.hub.families.t5 import T5
from explorer.hub.families.torch_transformer import TORCH_TRANSFORMER

FAMILIES = {
    family.model_type: family for family in (GPT2, BERT, DISTILBERT, ROBERTA, MARIAN, BART, T5, TORCH_TRANSFORMER)
}
