"""Factorisation: p(y | x) as a product of one factor per token, and what can be asked of it."""

from explorer.ui.factorisation import choose_view, show_view
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page

choice, run = open_page("Factorisation", lesson("factorisation", "lead"))
show_view(choose_view(run.entry.config), choice, run)
