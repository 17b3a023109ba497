"""Trajectories -> flow map -> flow video."""
