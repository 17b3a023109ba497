"""Coordinates become one modulation of each block's first norm. Never imports comfy; see README's map of the code."""
