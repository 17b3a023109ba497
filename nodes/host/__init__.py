"""The only files that use ComfyUI's inside: ModelPatcher, memory, progress, interrupt and model folders."""
