"""Benchmarks behind the numbers in the documentation. They compare within one run; no test checks them."""
