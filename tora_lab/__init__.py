"""Tools for researchers on top of ``tora_core``: data preparation, training, evaluation and the toy."""
