"""Video files and other files: one reader, one writer, and writing that leaves no half-written file."""
