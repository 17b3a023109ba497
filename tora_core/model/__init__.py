"""Checkpoints, the facts of the base model, and the injection into it."""
