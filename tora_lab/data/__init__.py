"""Training data: clips, the cache of what is computed from them once, and what each training step reads."""
