"""Tiny models with random weights, and the demo that runs on them: ``python -m tora_core.toy``."""
