"""The tests; they mirror the folders of explorer."""
