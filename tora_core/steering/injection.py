"""Injects motion into the first norm of every block of a CogVideoX; knows neither ComfyUI nor diffusers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..motion.modulate import modulate
from ..motion.modulation import to_frame_ranges
from ..motion.tiers import Modulations


@dataclass(frozen=True)
class Window:
    """Where in sampling a motion acts: from ``start`` up to, not including, ``end``; 1 includes the last step.

    Both are sampling percents 0..1, as in ComfyUI: 0 is pure noise (timestep 999), 1 the finished video.
    """

    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.start <= 1.0 and 0.0 <= self.end <= 1.0):
            raise ValueError(f"expected start and end percents in 0..1, got {self.start} and {self.end}")

    @property
    def is_open(self) -> bool:
        """Whether there is any sampling percent at which the motion acts."""
        return self.start < self.end

    def contains(self, progress: float) -> bool:
        return self.is_open and self.start <= progress and (progress < self.end or self.end == 1.0)


@dataclass(frozen=True)
class Steering:
    """One motion as applied: a modulation per block, how strongly, and when."""

    modulations: Modulations
    strength: float = 1.0
    window: Window = Window()


class MotionInjector:
    """Modulates ``norm1`` of every block while it is attached, and leaves nothing behind afterwards.

    ``norm1(hidden, encoder, temb) -> (hidden, encoder, gate, enc_gate)`` is the same in ComfyUI's and in diffusers'
    transformer. Only its ``forward`` is wrapped, for the length of a ``with`` block: no weight moves or is renamed, so
    LoRA, offload, quantisation and compilation do not notice, and two copies of a model share no state.

    Args:
        steerings: motions that act together; they add up.
    """

    def __init__(self, steerings: Iterable[Steering]) -> None:
        self.steerings = tuple(steerings)

    def active(self, progress: float) -> list[Steering]:
        """The motions that change anything at this sampling percent."""
        return [each for each in self.steerings if each.strength != 0 and each.window.contains(progress)]

    @contextmanager
    def inject(
        self, blocks: Sequence[nn.Module], progress: float, frames: Sequence[int] | None = None
    ) -> Iterator[None]:
        """Steers the forwards that run inside the ``with`` block.

        Args:
            blocks: the transformer's blocks, each with a ``norm1``.
            progress: sampling percent of this step, 0..1; decides which motions act.
            frames: latent frames of a context window; all where None.
        """
        active, ranges = self.active(progress), to_frame_ranges(frames)

        def fuse(hidden: Tensor, block: int) -> Tensor:
            terms = [(steering.modulations.at(block, ranges), steering.strength) for steering in active]
            return modulate(hidden, terms)

        with wrap_first_norms(blocks if active else (), fuse):
            yield

    def close(self) -> None:
        """Gives back what the motions hold; the injector steers nothing afterwards."""
        steerings, self.steerings = self.steerings, ()
        with ExitStack() as stack:  # all of them, even if one fails
            for steering in steerings:
                stack.callback(steering.modulations.close)


@contextmanager
def wrap_first_norms(blocks: Sequence[nn.Module], fuse: Callable[[Tensor, int], Tensor]) -> Iterator[None]:
    """Puts ``fuse(image tokens, block)`` after the first norm of every block, for the length of a ``with`` block.

    Where activations are recomputed in the backward pass, the backward pass belongs inside as well.
    """
    with ExitStack() as stack:
        for index, block in enumerate(blocks):
            norm1: Any = block.norm1
            stack.enter_context(replace_attribute(norm1, "forward", _wrap_norm1(norm1.forward, fuse, index)))
        yield


@contextmanager
def replace_attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute of ``owner`` for the length of a ``with`` block, and leaves ``owner`` as it was."""
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
    """``norm1`` with the image tokens fused with motion; the text tokens and the gates pass through."""

    def forward(hidden_states: Tensor, encoder_hidden_states: Tensor, temb: Tensor) -> tuple[Tensor, ...]:
        hidden, *rest = norm1(hidden_states, encoder_hidden_states, temb)
        return (fuse(hidden, block), *rest)

    return forward
