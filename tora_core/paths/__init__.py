"""Creates trajectories in pixels from coordinates, drawings, presets, masks, videos and camera moves."""
