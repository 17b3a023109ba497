"""Turns raw videos into a filtered training set: ``python -m tora_lab.prepare RAW OUT``."""
