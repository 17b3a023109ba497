"""A guider whose scale follows a schedule."""

from __future__ import annotations

from typing import Any

import comfy.samplers
import torch
from torch import Tensor

from ...tora_core.steering.guidance import Schedule, guidance_schedule


class DynamicCFGGuider(comfy.samplers.CFGGuider):
    """Classifier-free guidance with a scale for each step."""

    def set_schedule(self, schedule: Schedule) -> None:
        """Sets how the scale changes over the steps."""
        self.schedule = schedule

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict[str, Any] | None = None, seed: Any = None
    ) -> Tensor:
        options = model_options or {}
        sigmas = options["transformer_options"]["sample_sigmas"]
        # A sampler may evaluate between two sigmas. The scale is then that of the current step.
        step = torch.count_nonzero(sigmas[1:-1].to(timestep) >= timestep[0] * (1 - 1e-6))
        at = self.inner_model.model_sampling.timestep(timestep[:1])
        # In one list, so that the CPU waits for the GPU once.
        step, at = torch.cat([step.view(1).double(), at.view(1).double()]).tolist()
        scale = guidance_schedule(self.schedule, self.cfg, len(sigmas) - 1)(int(step), at)
        return comfy.samplers.sampling_function(
            self.inner_model,
            x,
            timestep,
            self.conds.get("negative"),
            self.conds.get("positive"),
            scale,
            model_options=options,
            seed=seed,
        )


def dynamic_cfg_guider(model: Any, positive: Any, negative: Any, scale: float, schedule: Schedule) -> DynamicCFGGuider:
    """Creates a guider for a steered MODEL."""
    guider = DynamicCFGGuider(model)
    guider.set_conds(positive, negative)
    guider.set_cfg(scale)
    guider.set_schedule(schedule)
    return guider
