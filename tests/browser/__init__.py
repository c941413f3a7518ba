"""The tests that need a real Chromium and the running app, and what they are driven with."""
