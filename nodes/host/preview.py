"""Shows the video on the sampling node while it is sampled."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Literal

import comfy.utils
import folder_paths
import torch
from comfy_api.latest import ComfyAPISync
from comfy_execution.utils import get_executing_context
from torch import Tensor

from ...tora_core.cogvideox.rgb_factors import RgbFactors
from ...tora_core.evaluation.preview import PreviewClip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comfy.model_patcher import ModelPatcher

logger = logging.getLogger(__name__)

PreviewChoice = Literal["moving", "as ComfyUI", "off"]
PREVIEWS: tuple[PreviewChoice, ...] = ("moving", "as ComfyUI", "off")
PICTURES_PER_SECOND = 6
DECODER = "taecvx"
"""A small decoder for CogVideoX (madebyollin/taehv), used where the user has put it into ``models/vae_approx``."""

Callback = Callable[[int, Tensor, Tensor, int], Any]
"""What a sampler calls after each step: step, the video so far, the noisy latent, number of steps."""


class PreviewPlayer:
    """Plays the video of the latest step as a moving picture until it is closed, because a step can take seconds.

    Args:
        node_id: node that shows the pictures.
        clip: draws them.
        decode: converts a latent ``[16, T', h, w]`` to pictures ``[T', h, w, 3]`` uint8.
    """

    def __init__(self, node_id: str, clip: PreviewClip, decode: Callable[[Tensor], Tensor]) -> None:
        self._node_id, self._clip, self._decode = node_id, clip, decode
        self._latest: tuple[Tensor, int, int] | None = None
        self._drawn: tuple[Tensor, dict[int, Any]] | None = None
        self._closed = Event()
        self._api = ComfyAPISync()
        self._thread = Thread(target=self._play, name="tora-preview", daemon=True)
        self._thread.start()

    def show(self, latent: Tensor, step: int, steps: int) -> None:
        """Takes the video ``[16, T', h, w]`` after a step."""
        try:
            self._latest = (self._decode(latent), step, steps)
        except Exception:  # a preview must not end a run
            logger.exception("no preview of this step")

    def close(self) -> None:
        """Stops the moving picture."""
        self._closed.set()
        self._thread.join()

    def _play(self) -> None:
        started = time.monotonic()
        try:
            while not self._closed.wait(1 / PICTURES_PER_SECOND):
                if self._latest is None:
                    continue
                pictures = self._latest[0]
                index = int((time.monotonic() - started) * PICTURES_PER_SECOND) % len(pictures)
                picture = self._draw(pictures, index)
                _, step, steps = self._latest  # drawing takes a while: the newest step counts
                if not self._closed.is_set():
                    self._api.execution.set_progress(step + 1, steps, self._node_id, picture)
        except Exception:  # a preview must not end a run, and nobody waits for this thread
            logger.exception("the preview stopped")

    def _draw(self, pictures: Tensor, index: int) -> Any:
        """Draws a picture, once per step."""
        from PIL import Image

        if self._drawn is None or self._drawn[0] is not pictures:
            self._drawn = (pictures, {})
        drawn = self._drawn[1]
        if index not in drawn:
            drawn[index] = Image.fromarray(self._clip.draw(pictures, index).numpy())
        return drawn[index]


@contextmanager
def show_previews(
    choice: PreviewChoice,
    model: ModelPatcher,
    factors: RgbFactors,
    clip: PreviewClip,
    callback: Callback | None,
) -> Iterator[Callback | None]:
    """Gives a callback for the sampler that also shows previews. They end with the ``with`` block.

    Args:
        choice: ``moving`` plays the whole video with its paths. ``as ComfyUI`` leaves the picture to the preview
            method of ComfyUI, or of a pack that replaces it. ``off`` shows none.
        model: the MODEL that is sampled.
        factors: colours of its latents.
        clip: draws the pictures.
        callback: the host's callback.
    """
    context = get_executing_context()
    if choice == "off" or context is None:  # no node shows pictures outside a server
        yield callback
        return
    if choice == "as ComfyUI":
        yield _join(callback, _host_callback(model, factors))
        return
    player = PreviewPlayer(context.node_id, clip, _choose_decoder(model.load_device) or factors.paint)
    try:
        yield _join(callback, lambda step, x0, _, steps: player.show(x0[0], step, steps))
    finally:
        player.close()


def _choose_decoder(device: torch.device) -> Callable[[Tensor], Tensor] | None:
    """Loads the small decoder if the user has it. A file that cannot be used is named in the log."""
    try:
        return load_decoder(device)
    except Exception:  # a preview must not end a run
        logger.exception("the preview uses fitted colours, because %s in models/vae_approx cannot be used", DECODER)
        return None


def load_decoder(device: torch.device) -> Callable[[Tensor], Tensor] | None:
    """Loads the small decoder if the user has it. It gives one picture of half the size per latent frame."""
    name = next((name for name in folder_paths.get_filename_list("vae_approx") if name.startswith(DECODER)), None)
    if name is None:
        return None
    from comfy.taesd.taehv import TAEHV

    weights = comfy.utils.load_torch_file(folder_paths.get_full_path_or_raise("vae_approx", name), safe_load=True)
    decoder = TAEHV(latent_channels=16, decoder_time_upscale=(False,) * 3, decoder_space_upscale=(True, True, False))
    for key, own in decoder.state_dict().items():
        weights[key] = weights[key][-len(own) :]  # of a layer that makes several frames, the last frame
    decoder.load_state_dict(weights)
    decoder.to(device, torch.float32 if device.type == "cpu" else torch.float16).eval()
    dtype = next(decoder.parameters()).dtype

    @torch.inference_mode()
    def decode(latent: Tensor) -> Tensor:
        video = decoder.decode(latent[None].to(device, dtype))[0]  # [3, T', H, W]
        return (video.movedim(0, -1).float() * 255).round().clamp(0, 255).to(torch.uint8).cpu()

    return decode


def _host_callback(model: ModelPatcher, factors: RgbFactors) -> Callback | None:
    """Creates a callback that shows the picture of the host's own preview method, which may be none.

    The host reads the latent format before it applies the patches of a MODEL, so a patched format would come one run
    too late.
    """
    import latent_preview

    latent_format = copy.copy(model.get_model_object("latent_format"))
    latent_format.latent_rgb_factors = factors.weights.tolist()
    latent_format.latent_rgb_factors_bias = factors.bias.tolist()
    previewer = latent_preview.get_previewer(model.load_device, latent_format)
    if previewer is None:
        return None

    def callback(step: int, x0: Tensor, x: Tensor, steps: int) -> None:
        picture = previewer.decode_latent_to_preview_image("JPEG", x0)
        comfy.utils.ProgressBar(steps).update_absolute(step + 1, steps, picture)

    return callback


def _join(first: Callback | None, second: Callback | None) -> Callback | None:
    """Creates a callback that calls both."""
    if first is None or second is None:
        return first or second

    def callback(step: int, x0: Tensor, x: Tensor, steps: int) -> None:
        first(step, x0, x, steps)
        second(step, x0, x, steps)

    return callback
