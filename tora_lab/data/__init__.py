"""Training data: reads clips, encodes them to a cache, and serves the tensors of each training step."""
