"""Raw videos become a filtered training set: ``python -m tora_core.train.prepare RAW OUT``."""
