"""Home: the chosen model as the paper's Figure 1, what it says for the text, and the lecture's order."""

from explorer.ui.page import open_page

choice, run = open_page("Transformer Explorer", "Every number on screen is computed by the running model.")
