"""Converts trajectories to a flow map, and a flow map to a flow video."""
