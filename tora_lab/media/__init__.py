"""Reads and writes videos and other files. An interrupted write never leaves a partial file."""
