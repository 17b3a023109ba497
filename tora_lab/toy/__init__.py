"""The toy: its world, training recipe, ablation and demo (``python -m tora_lab.toy``)."""
