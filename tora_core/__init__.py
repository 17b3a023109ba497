"""Turns coordinates into a modulation of the first norm of each CogVideoX block. Runs without ComfyUI."""
