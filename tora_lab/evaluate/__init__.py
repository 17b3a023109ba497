"""Measures how well videos follow their paths and prompts: ``python -m tora_lab.evaluate VIDEOS TRACKS``."""
