"""The toy: a tiny CogVideoX, its VAE and its Tora adapter, trained on simple shapes and shipped with the pack."""
