"""The shapes that a config promises are those of the model it builds."""

from hypothesis import given
from hypothesis import strategies as st

from explorer.model.config import ACTIVATIONS, NORM_POSITIONS, NORMS, POSITIONS
from explorer.model.shapes import parameter_shapes
from explorer.model.transformer import Transformer
from tests.golden.random_models import ARCHITECTURES, make_config

FLAGS = ("final_norm", "attention_bias", "ff_bias", "norm_bias", "output_bias", "embedding_scale", "tied_embeddings")


@given(st.data())
def test_shapes_are_those_of_the_built_model(data):
    architecture = data.draw(st.sampled_from(ARCHITECTURES))
    options = {name: data.draw(st.booleans(), name) for name in FLAGS}
    choices = {"positions": POSITIONS, "norm": NORMS, "norm_position": NORM_POSITIONS, "activation": ACTIVATIONS}
    options |= {name: data.draw(st.sampled_from(values), name) for name, values in choices.items()}
    for stack in ("encoder", "decoder"):
        if stack in architecture.split("-"):
            options[f"n_{stack}_layers"] = data.draw(st.integers(1, 3))
    if architecture == "encoder-decoder":
        options["source_vocab_size"] = data.draw(st.sampled_from((0, 17)))
    config = make_config(architecture, **options)
    built = {name: tuple(parameter.shape) for name, parameter in Transformer(config).named_parameters()}
    assert parameter_shapes(config) == built
