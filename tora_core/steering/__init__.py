"""Motion injected into the transformer, and the guidance scale over the steps."""
