"""Two-stage training of the adapter on a frozen CogVideoX: ``python -m tora_lab.train --config FILE``."""
