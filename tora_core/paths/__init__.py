"""Coordinates in any known text shape -> trajectories in pixels."""
