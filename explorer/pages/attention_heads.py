"""Attention heads: every layer and head as one picture, one of them enlarged, and all of them in numbers."""

from contextlib import nullcontext

import streamlit as st

from explorer.ui.cache import all_weights
from explorer.ui.heads import PAGE, say_what_to_look_at, show_all_heads, show_head, show_statistics
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page

SIDE_BY_SIDE = 24  # up to so many tokens, the cells are large enough beside the other heads

choice, run = open_page("Attention heads", lesson(PAGE, "lead"))
weights = all_weights(run, choice.kind)
if max(weights.shape[2:]) <= SIDE_BY_SIDE:
    left, right = st.columns([10, 11], gap="medium")
else:
    left = right = nullcontext()
with left:
    show_all_heads(choice, run, weights)
    say_what_to_look_at(choice, run)
with right:
    show_head(choice, run)
show_statistics(choice, run)
