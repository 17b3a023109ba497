"""Properties of the base model CogVideoX: compression, shape, tensor names, positions and noise schedule."""
