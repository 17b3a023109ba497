"""Two-stage training of the adapter on a frozen CogVideoX: ``python -m tora_core.train --config FILE``."""
