"""The only place that touches ModelPatcher, memory, progress, interrupt and the model folders."""
