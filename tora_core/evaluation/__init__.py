"""Seeing and measuring what a motion does."""
