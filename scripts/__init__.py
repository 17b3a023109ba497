"""Commands that write generated files of this repository."""
