"""The training loop, on accelerate: one process or many, whatever its own configuration says."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tora_core.checkpoints.layouts import Checkpoint, open_checkpoint
from tora_core.motion.motion_vae import encode_motion

from ..data.cache import ClipCache
from ..data.dataset import TrainingClips
from ..data.draws import DrawSampler
from ..data.encoding import load_cogvideox_vae
from ..media.files import write_text
from ..transformer import load_transformer, predict_velocity, require_base
from .averages import Averages
from .checkpoints import CONFIG_FILE, States, check_resumed, save_weights
from .config import TrainingConfig
from .fusion import calibrate, fuse_motion, start_fusion
from .objective import VelocityObjective
from .progress import TrainingProgress, learning_rate_share
from .sharing import prepare_sharing
from .validation import ScoreFunction, Validator, score_by_tracking

logger = logging.getLogger(__name__)

_CALIBRATION_CLIPS = 64


def train(
    config: TrainingConfig,
    vae: nn.Module | None = None,
    score: ScoreFunction = score_by_tracking,
    checkpoint: Checkpoint | None = None,
) -> TrainingProgress:
    """Trains one stage to its end, or until it gets no better; goes on where an interrupted run stopped.

    Args:
        config: the run.
        vae: diffusers' ``AutoencoderKLCogVideoX``; loaded from ``config.vae`` where None and needed.
        score: measures a validation sample.
        checkpoint: the open checkpoint of ``config.base``; opened here where None.

    Raises:
        ValueError: a cache, base, adapter or state that is missing or does not fit.
        FloatingPointError: a loss that is not finite; says where the last good weights are.
    """
    return Trainer(config, vae, score, checkpoint).run()


class Trainer:
    """One stage; built whole before the first step, so that what does not fit is said at once."""

    def __init__(
        self, config: TrainingConfig, vae: nn.Module | None, score: ScoreFunction, checkpoint: Checkpoint | None = None
    ) -> None:
        from accelerate import Accelerator

        self.config = config
        self.accelerator = Accelerator(
            mixed_precision=config.precision,
            gradient_accumulation_steps=config.gradient_accumulation,
            log_with="tensorboard",
            project_dir=str(config.output),
        )
        prepare_sharing(self.accelerator, config)
        device = self.accelerator.device
        checkpoint = checkpoint or open_checkpoint(config.base)
        base = require_base(checkpoint)
        self.task = base.task
        self.states = States(config.output)
        trains_base = config.stage == "base"
        frozen = torch.bfloat16 if config.precision == "bf16" and device.type == "cuda" else torch.float32
        self.transformer = load_transformer(checkpoint, torch.float32 if trains_base else frozen).to(device)
        if config.gradient_checkpointing:
            self.transformer.enable_gradient_checkpointing()
            self.transformer.train()
        self.cache = ClipCache(config, with_image=self.task != "t2v")
        names = self.cache.names
        validation = config.validation
        held = [] if validation.cache or not validation.every or trains_base else names[: validation.clips]
        self.clips = TrainingClips(self.cache, names[len(held) :])
        self.vae = vae
        if not trains_base and (not config.data.motion_draws or validation.every):
            self.vae = (vae or load_cogvideox_vae(config.vae)).to(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            module = self.transformer if trains_base else start_fusion(config, base)
        module.requires_grad_(True)
        starts = config.adapter is None and self.states.newest() is None
        if not trains_base and starts and config.batch_norm == "frozen":
            calibrate(module, self._calibration_motions())
        module = module.to(device)
        optimizer = torch.optim.AdamW(
            module.parameters(), config.learning_rate, betas=config.betas, weight_decay=config.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(config, step))
        self.module, self.optimizer = self.accelerator.prepare(module, optimizer)
        if trains_base:
            self.transformer = self.accelerator.unwrap_model(self.module)
        self.averages = Averages(self.accelerator, self.module, config.ema)
        self.objective = VelocityObjective()
        self.progress = TrainingProgress()
        for each in (self.schedule, self.progress):
            self.accelerator.register_for_checkpointing(each)
        validates = bool(validation.every) and not trains_base
        share = self.accelerator.process_index, self.accelerator.num_processes
        self.validator = Validator(config, self.cache, held, self.vae, score, share) if validates else None

    def run(self) -> TrainingProgress:
        from tqdm.auto import tqdm

        config, accelerator = self.config, self.accelerator
        if newest := self.states.newest():
            check_resumed(config)
            self.states.load(accelerator, newest[1], self.averages)
            logger.info("resumed after step %d from %s", self.progress.step, newest[1])
        if accelerator.is_main_process:
            write_text(config.output / CONFIG_FILE, config.model_dump_json(indent=1))
        accelerator.init_trackers("logs")
        bar = tqdm(
            total=config.steps, initial=self.progress.step, desc=config.stage, disable=not accelerator.is_main_process
        )
        try:
            for losses in self._steps():
                self._step_done(losses, bar)
                if self._is_hopeless():
                    logger.warning(
                        "no better than %.2f px of step %d since: stopped",
                        self.progress.best_px,
                        self.progress.best_step,
                    )
                    break
            with self.averages.applied():
                self._save("last", {"step": str(self.progress.step)})
        finally:
            bar.close()
            accelerator.end_training()
        return self.progress

    def _steps(self) -> Iterator[Tensor]:
        """Optimizer steps; yields each one's mean loss over all processes."""
        config, accelerator = self.config, self.accelerator
        sampler = DrawSampler(
            len(self.clips),
            config.batch_size,
            config.gradient_accumulation,
            (self.progress.step, config.steps),
            config.seed,
            accelerator.process_index,
            accelerator.num_processes,
        )
        loader = DataLoader(self.clips, batch_sampler=sampler, num_workers=config.workers)
        self._mode()
        losses = []
        for batch in loader:
            with accelerator.accumulate(self.module):
                losses.append(self._forward_backward({key: each.to(accelerator.device) for key, each in batch.items()}))
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(self.module.parameters(), config.gradient_clip)
                self.optimizer.step()
                self.optimizer.zero_grad()
            if accelerator.sync_gradients:
                self.schedule.step()
                self.averages.step()
                loss = accelerator.reduce(torch.stack(losses).mean(), reduction="mean")
                losses = []
                yield loss

    def _forward_backward(self, batch: dict[str, Tensor]) -> Tensor:
        """Gradients of one batch, and its loss.

        The backward pass is inside: recomputed activations need the motion where it was.
        """
        config, accelerator = self.config, self.accelerator
        latent, noise, timestep = batch["latent"], batch["noise"], batch["timestep"]
        noisy = self.objective.add_noise(latent, noise, timestep)
        if "image" in batch:
            noisy = torch.cat([noisy, batch["image"]], dim=1)
        with accelerator.autocast():
            if config.stage == "base":
                predicted = predict_velocity(
                    self.module, noisy, batch["context"].float(), timestep, self.transformer.config
                )
                loss = self.objective.loss(predicted, latent, noise, timestep)
                accelerator.backward(loss)
                return loss.detach()
            conditions = self.module(self._motion_latent(batch))
            fusion = accelerator.unwrap_model(self.module)
            with fuse_motion(fusion, conditions, self.transformer):
                dtype = next(self.transformer.parameters()).dtype
                predicted = predict_velocity(self.transformer, noisy.to(dtype), batch["context"].to(dtype), timestep)
                loss = self.objective.loss(predicted, latent, noise, timestep)
                accelerator.backward(loss)
        return loss.detach()

    def _motion_latent(self, batch: dict[str, Tensor]) -> Tensor:
        if "motion_latent" in batch:
            return batch["motion_latent"]
        assert self.vae is not None
        device = self.accelerator.device
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            latents = [encode_motion(self.vae, video.cpu()) for video in batch["motion_video"]]
        return torch.cat(latents).to(device)

    def _step_done(self, loss: Tensor, bar: Any) -> None:
        config, accelerator, progress = self.config, self.accelerator, self.progress
        value = float(loss)
        if not math.isfinite(value):
            raise FloatingPointError(
                f"the loss of step {progress.step} is {value}: lower learning_rate; the last good weights are in "
                f"{config.output}"
            )
        progress.step += 1
        bar.update()
        if progress.step % config.log_every == 0:
            facts = {"loss": value, "learning_rate": float(self.schedule.get_last_lr()[0])}
            bar.set_postfix(loss=f"{value:.4f}")
            self._log(facts)
        if self.validator is not None and (
            progress.step % config.validation.every == 0 or progress.step == config.steps
        ):
            self._validate()
        if progress.step % config.save_every == 0 or progress.step == config.steps:
            self.states.save(accelerator, progress.step, self.averages)

    def _validate(self) -> None:
        """Samples with the averaged weights, each process its share, and keeps them where they follow better."""
        assert self.validator is not None
        accelerator, progress = self.accelerator, self.progress
        module = accelerator.unwrap_model(self.module)
        with self.averages.applied():
            errors = self.validator.run(self.transformer, module, f"step-{progress.step:08d}")
            sums = torch.tensor([sum(errors), float(len(errors))], device=accelerator.device)
            total, count = accelerator.reduce(sums, reduction="sum").tolist()
            error_px = total / count
            self._log({"traj_error_px": error_px})
            if math.isfinite(error_px) and (progress.best_px is None or error_px < progress.best_px):
                progress.best_px, progress.best_step = error_px, progress.step
                self._save("best", {"step": str(progress.step), "traj_error_px": f"{error_px:.3f}"})
        self._mode()

    def _mode(self) -> None:
        """Only batch statistics tell training from inference; a recomputing transformer must be told as well."""
        self.module.train(self.config.stage == "base" or self.config.batch_norm == "batch")

    def _is_hopeless(self) -> bool:
        patience = self.config.validation.patience
        if self.validator is None or patience is None or self.progress.best_px is None:
            return False
        return self.progress.step - self.progress.best_step >= patience * self.config.validation.every

    def _calibration_motions(self) -> Tensor:
        """Motions of the first draws, the same in every process."""
        sampler = DrawSampler(len(self.clips), min(_CALIBRATION_CLIPS, len(self.clips)), 1, (0, 1), self.config.seed)
        items = [self.clips[draw] for draw in next(iter(sampler))]
        if "motion_latent" in items[0]:
            return torch.stack([item["motion_latent"] for item in items])
        latents = [self._motion_latent({"motion_video": item["motion_video"][None]}).cpu() for item in items]
        return torch.cat(latents)

    def _save(self, name: str, facts: dict[str, str]) -> None:
        tensors = self.accelerator.get_state_dict(self.module)
        if self.accelerator.is_main_process:
            save_weights(self.config.output / name, self.config, tensors, facts, self.task)
        self.accelerator.wait_for_everyone()

    def _log(self, facts: dict[str, float]) -> None:
        """TensorBoard, and a line of JSON that plots and people read without it."""
        if not self.accelerator.is_main_process:
            return
        step = self.progress.step
        self.accelerator.log(facts, step=step)
        self.progress.history.append({"step": step, **facts})
        write_text(self.config.output / "log.jsonl", self.progress.lines)
