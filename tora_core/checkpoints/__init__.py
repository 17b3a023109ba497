"""Checkpoint files: what they hold, in every layout that is known, and how their tensors are read."""
