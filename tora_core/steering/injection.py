"""Injects motion into the first norm of every block of a CogVideoX, in ComfyUI and in diffusers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..motion.modulate import modulate
from ..motion.modulation import to_frame_ranges
from ..motion.tiers import Modulations


@dataclass(frozen=True)
class Window:
    """The part of sampling in which a motion acts: from ``start`` until before ``end``; 1 includes the last step.

    Both are sampling percents 0..1, as in ComfyUI: 0 is pure noise (timestep 999), 1 the finished video.
    """

    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.start <= 1.0 and 0.0 <= self.end <= 1.0):
            raise ValueError(f"expected start and end percents in 0..1, got {self.start} and {self.end}: use 0 to 1")

    @property
    def is_open(self) -> bool:
        """Whether the motion acts at any sampling percent."""
        return self.start < self.end

    def contains(self, progress: float) -> bool:
        """Whether the motion acts at this sampling percent, 0..1."""
        return self.is_open and self.start <= progress and (progress < self.end or self.end == 1.0)


@dataclass(frozen=True)
class Steering:
    """One applied motion: a modulation per block, its strength, and when it acts."""

    modulations: Modulations
    strength: float = 1.0
    window: Window = Window()


class MotionInjector:
    """Modulates ``norm1`` of every block during a ``with`` block, and restores the model afterwards.

    ``norm1(hidden, encoder, temb) -> (hidden, encoder, gate, enc_gate)`` is the same in ComfyUI's and in diffusers'
    transformer. Only its ``forward`` is wrapped. No weight moves or gets another name, so LoRA, offload, quantisation
    and compilation keep working, and two copies of a model share no state.

    Args:
        steerings: motions that act together. Their effects add up.
        pause_recording: makes a context in which tensors may outlive a block. A host that records the memory of each
            block needs it.
    """

    def __init__(
        self, steerings: Iterable[Steering], pause_recording: Callable[[], AbstractContextManager[Any]] = nullcontext
    ) -> None:
        self.steerings = tuple(steerings)
        self._pause_recording = pause_recording

    @property
    def changes(self) -> bool:
        """Whether a motion acts at some sampling percents only."""
        return any(each.window != Window() for each in self.steerings)

    def active(self, progress: float) -> list[Steering]:
        """Returns the motions that act at this sampling percent."""
        return [each for each in self.steerings if each.strength != 0 and each.window.contains(progress)]

    @contextmanager
    def inject(
        self, blocks: Sequence[nn.Module], progress: float, frames: Sequence[int] | None = None
    ) -> Iterator[None]:
        """Steers the forward passes that run inside the ``with`` block.

        Args:
            blocks: the transformer's blocks, each with a ``norm1``.
            progress: sampling percent of this step, 0..1. It selects the motions that act.
            frames: latent frames of a context window. None means all.
        """
        active, ranges = self.active(progress), to_frame_ranges(frames)

        def fuse(hidden: Tensor, block: int) -> Tensor:
            with self._pause_recording():  # the buffers of a modulation outlive the block
                terms = [(steering.modulations.at(block, ranges), steering.strength) for steering in active]
            return modulate(hidden, terms)

        with wrap_first_norms(blocks if active else (), fuse):
            yield

    def close(self) -> None:
        """Frees the memory of the motions. The injector steers nothing afterwards."""
        steerings, self.steerings = self.steerings, ()
        with ExitStack() as stack:  # closes all, even if one fails
            for steering in steerings:
                stack.callback(steering.modulations.close)


@contextmanager
def wrap_first_norms(blocks: Sequence[nn.Module], fuse: Callable[[Tensor, int], Tensor]) -> Iterator[None]:
    """Runs ``fuse(image tokens, block)`` after the first norm of every block, during a ``with`` block.

    With gradient checkpointing, the backward pass must run inside the ``with`` block too.
    """
    with ExitStack() as stack:
        for index, block in enumerate(blocks):
            norm1: Any = block.norm1
            stack.enter_context(replace_attribute(norm1, "forward", _wrap_norm1(norm1.forward, fuse, index)))
        yield


@contextmanager
def replace_attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute of ``owner`` during a ``with`` block, and restores it afterwards."""
    own = vars(owner)
    had, previous = name in own, own.get(name)
    own[name] = value
    try:
        yield
    finally:
        if had:
            own[name] = previous
        else:
            del own[name]


def _wrap_norm1(
    norm1: Callable[..., tuple[Tensor, ...]], fuse: Callable[[Tensor, int], Tensor], block: int
) -> Callable[..., tuple[Tensor, ...]]:
    """Wraps ``norm1``: fuses the image tokens with motion. Text tokens and gates stay unchanged."""

    def forward(hidden_states: Tensor, encoder_hidden_states: Tensor, temb: Tensor) -> tuple[Tensor, ...]:
        hidden, *rest = norm1(hidden_states, encoder_hidden_states, temb)
        return (fuse(hidden, block), *rest)

    return forward
