"""Tora for researchers: training, preparing data, measuring and the toy, on top of ``tora_core``."""
