"""The forward pass: from tokens to probabilities box by box, or the residual stream that all boxes write to."""

from explorer.ui.forward_pass import PAGE, show_page
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page

choice, run = open_page("Forward pass", lesson(PAGE, "lead"))
show_page(choice, run)
