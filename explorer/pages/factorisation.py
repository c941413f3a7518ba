"""Factorisation: p(y | x) as a product of one factor per token, and what can be asked of it."""

from explorer.ui.factorisation import show_page
from explorer.ui.lessons import lesson
from explorer.ui.page import open_page

choice, run = open_page("Factorisation", lesson("factorisation", "lead"))
show_page(choice, run)
