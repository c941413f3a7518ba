"""Models: which there are, adding one from the hub or from a folder, and taking one off the list again."""

from explorer.ui.lessons import lesson
from explorer.ui.models import PAGE, show_models
from explorer.ui.page import show_heading

show_heading("Models", lesson(PAGE, "lead"))
show_models()
