"""Flow video -> motion latent -> motion patches -> modulation."""
