"""Generates videos from a list of jobs, on one machine, on a Ray cluster or on ComfyUI servers."""
