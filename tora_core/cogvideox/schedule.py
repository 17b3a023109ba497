"""The noise schedule that CogVideoX-5B was trained with."""

from __future__ import annotations

TRAIN_TIMESTEPS = 1000

SCHEDULER = {
    "num_train_timesteps": TRAIN_TIMESTEPS,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "snr_shift_scale": 1.0,
    "clip_sample": False,
}
"""CogVideoX-5B's ``scheduler_config.json``, for diffusers' CogVideoXDDIMScheduler."""


def sampling_progress(timestep: float) -> float:
    """Converts a training timestep 999..0 to sampling progress 0..1, the inverse of ComfyUI's ``percent_to_sigma``."""
    return 1.0 - timestep / (TRAIN_TIMESTEPS - 1)
