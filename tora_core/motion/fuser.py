"""Motion patches -> modulation of a block's first norm: the motion-guidance fuser (paper section 3.4)."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .modulation import GROUP_NORM_EPS, GROUPS, FrameRanges, Modulation, pick_frames

TAPS = 3
"""Frames that the temporal convolution reads: the previous, the current and the next one."""


class FuserFeatures(NamedTuple):
    """A fuser's result after its spatial convolutions. It is a quarter of the size of a modulation.

    Features are ``[..., T'+2, h*w, C/4]``, with the first and the last frame repeated. Kernels ``[3*C/4, C]`` and
    biases ``[C]`` belong to the temporal convolutions, weight and bias ``[C]`` to the group norm.
    """

    gamma_features: Tensor
    beta_features: Tensor
    gamma_kernel: Tensor
    beta_kernel: Tensor
    gamma_bias: Tensor
    beta_bias: Tensor
    weight: Tensor
    bias: Tensor

    def modulation(self, ranges: FrameRanges | None = None) -> Modulation:
        """Evaluates the temporal convolutions, for some latent frames or for all."""
        gamma = temporal_convolution(self.gamma_features, self.gamma_kernel, self.gamma_bias, ranges)
        beta = temporal_convolution(self.beta_features, self.beta_kernel, self.beta_bias, ranges)
        return Modulation(gamma, beta, self.weight, self.bias)

    def convolve_frame_by_frame(self, dtype: torch.dtype) -> Modulation:
        """Evaluates the temporal convolutions of all frames one by one, and stores them as ``dtype``.

        This needs less memory than all at once. The features must have no batch dimension.
        """
        gamma = _convolve_frame_by_frame(self.gamma_features, self.gamma_kernel, self.gamma_bias, dtype)
        beta = _convolve_frame_by_frame(self.beta_features, self.beta_kernel, self.beta_bias, dtype)
        return Modulation(gamma, beta, self.weight.to(dtype), self.bias.to(dtype))

    def to(self, dtype: torch.dtype) -> FuserFeatures:
        """Converts all tensors."""
        return FuserFeatures(*(tensor.to(dtype) for tensor in self))


class MotionGuidanceFuser(nn.Module):
    """Two small convolution stacks that turn a motion patch into gamma and beta (reference ``traj_module.py``).

    They run on the device and in the dtype of the motion patch. The weights may be stored elsewhere.

    Args:
        width: channels of the transformer.
        motion_channels: channels of a motion patch.
    """

    def __init__(self, width: int, motion_channels: int = 128) -> None:
        super().__init__()
        for name in ("gamma", "beta"):
            spatial = nn.Conv2d(motion_channels, width // 4, kernel_size=3, padding=1)
            temporal = nn.Conv1d(width // 4, width, kernel_size=TAPS, padding=1, padding_mode="replicate")
            for parameter in temporal.parameters():
                nn.init.zeros_(parameter)
            self.add_module(f"flow_{name}_spatial", spatial)
            self.add_module(f"flow_{name}_temporal", temporal)
        self.flow_cond_norm = nn.GroupNorm(GROUPS, width, eps=GROUP_NORM_EPS)

    def forward(self, motion_patch: Tensor) -> Modulation:
        """Computes gamma and beta ``[..., T', h*w, C]`` from a motion patch ``[..., T', channels, h, w]``."""
        return self.features(motion_patch).modulation()

    def features(self, motion_patch: Tensor) -> FuserFeatures:
        """Evaluates the spatial convolutions of a motion patch ``[..., T', channels, h, w]``."""

        def bring(name: str) -> Tensor:
            # Copied before it is converted, because the stored type is often the smaller one.
            return self.get_parameter(name).to(motion_patch.device).to(motion_patch.dtype)

        def spatial(name: str) -> Tensor:
            return spatial_convolution(motion_patch, bring(f"{name}_spatial.weight"), bring(f"{name}_spatial.bias"))

        def temporal(name: str) -> Tensor:
            return bring(f"{name}_temporal.weight").permute(2, 1, 0).flatten(0, 1)  # [3*C/4, C]

        return FuserFeatures(
            spatial("flow_gamma"),
            spatial("flow_beta"),
            temporal("flow_gamma"),
            temporal("flow_beta"),
            bring("flow_gamma_temporal.bias"),
            bring("flow_beta_temporal.bias"),
            bring("flow_cond_norm.weight"),
            bring("flow_cond_norm.bias"),
        )


def spatial_convolution(motion_patch: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Applies a 3x3 convolution and repeats the first and the last frame.

    ``[..., T', channels, h, w]`` -> ``[..., T'+2, h*w, C/4]``
    """
    *leading, channels, height, width = motion_patch.shape
    hidden = F.conv2d(motion_patch.reshape(-1, channels, height, width), weight, bias, padding=1)
    hidden = hidden.flatten(2).transpose(1, 2).unflatten(0, leading)  # [..., T', h*w, C/4]
    return torch.cat([hidden[..., :1, :, :], hidden, hidden[..., -1:, :, :]], dim=-3)


def temporal_convolution(features: Tensor, kernel: Tensor, bias: Tensor, ranges: FrameRanges | None = None) -> Tensor:
    """Computes a convolution over three frames as one matrix product, in the layout of the tokens.

    Args:
        features: ``[..., T'+2, h*w, C/4]``. With a batch dimension, ``ranges`` must be None.
        kernel: ``[3*C/4, C]``.
        bias: ``[C]``.
        ranges: latent frames to compute. None computes all.

    Returns:
        ``[..., T', h*w, C]``
    """
    frames = features.shape[-3] - TAPS + 1
    taps = [features[..., tap : tap + frames, :, :] for tap in range(TAPS)]
    if ranges is not None:
        taps = [pick_frames(tap, ranges) for tap in taps]
    columns = torch.cat(taps, dim=-1)  # [..., T', h*w, 3*C/4]
    return torch.addmm(bias, columns.flatten(0, -2), kernel).view(*columns.shape[:-1], -1)


def _convolve_frame_by_frame(features: Tensor, kernel: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:
    """Computes ``temporal_convolution`` of features ``[T'+2, h*w, C/4]`` one frame at a time, stored as ``dtype``."""
    frames, area = len(features) - TAPS + 1, features.shape[1]
    out = torch.empty(frames, area, len(bias), dtype=dtype, device=features.device)
    for frame in range(frames):
        out[frame] = temporal_convolution(features[frame : frame + TAPS], kernel, bias)[0]
    return out
