"""Training loop for one stage, on one or more processes with accelerate."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tora_core.checkpoints.layouts import Checkpoint, open_checkpoint

from ..data.cache import ClipCache
from ..data.dataset import TrainingClips
from ..data.draws import DrawSampler
from ..data.encoding import load_cogvideox_vae
from ..media.files import write_text
from ..transformer import load_transformer, require_base
from .averages import Averages
from .checkpoints import CONFIG_FILE, States, check_same_run, save_weights
from .config import TrainingConfig
from .fusion import calibrate_batch_norms, load_or_create_fusion
from .passes import TrainingPasses
from .progress import TrainingProgress, learning_rate_share
from .sharing import prepare_sharing
from .validation import ScoreFunction, Validator, score_by_tracking

logger = logging.getLogger(__name__)


def train(
    config: TrainingConfig,
    vae: nn.Module | None = None,
    score: ScoreFunction = score_by_tracking,
    checkpoint: Checkpoint | None = None,
) -> TrainingProgress:
    """Trains one stage until its last step, or until validation stops improving. Resumes an interrupted run.

    Args:
        config: settings of the run.
        vae: diffusers' ``AutoencoderKLCogVideoX``. None loads it from ``config.vae`` if it is needed.
        score: measures a validation sample in pixels.
        checkpoint: the opened checkpoint of ``config.base``. None opens it.

    Returns:
        The progress at the end of the run.

    Raises:
        ValueError: a cache, base, adapter or saved state is missing or does not fit.
        FloatingPointError: the loss is not finite. The message names the folder with the last good weights.
    """
    return Trainer(config, vae, score, checkpoint).run()


class Trainer:
    """Training run of one stage. Everything is loaded and checked before the first step."""

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
        frozen_dtype = torch.bfloat16 if config.precision == "bf16" and device.type == "cuda" else torch.float32
        self.transformer = load_transformer(checkpoint, torch.float32 if trains_base else frozen_dtype).to(device)
        if config.gradient_checkpointing:
            self.transformer.enable_gradient_checkpointing()
            self.transformer.train()
        self.cache = ClipCache(config, with_image=self.task != "t2v")
        names = self.cache.names
        validation = config.validation
        held_out = [] if validation.cache or not validation.every or trains_base else names[: validation.clips]
        self.clips = TrainingClips(self.cache, names[len(held_out) :])
        self.vae = vae
        if not trains_base and (not config.data.motion_draws or validation.every):
            self.vae = (vae or load_cogvideox_vae(config.vae)).to(device)
        self.passes = TrainingPasses(config, self.accelerator, self.transformer, self.vae, base.grid)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            module = self.transformer if trains_base else load_or_create_fusion(config, base)
        module.requires_grad_(True)
        is_new = config.adapter is None and self.states.find_newest() is None
        if not trains_base and is_new and config.batch_norm == "frozen":
            calibrate_batch_norms(module, self.passes.load_first_motions(self.clips))
        module = module.to(device)
        optimizer = torch.optim.AdamW(
            module.parameters(), config.learning_rate, betas=config.betas, weight_decay=config.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(config, step))
        self.module, self.optimizer = self.accelerator.prepare(module, optimizer)
        if trains_base:
            self.transformer = self.passes.transformer = self.accelerator.unwrap_model(self.module)
        self.averages = Averages(self.accelerator, self.module, config.ema)
        self.progress = TrainingProgress()
        self._unchecked: list[Tensor] = []
        validates = bool(validation.every) and not trains_base
        share = self.accelerator.process_index, self.accelerator.num_processes
        self.validator = (
            Validator(config, self.cache, held_out, self.vae, base.grid, score, share) if validates else None
        )

    def run(self) -> TrainingProgress:
        """Trains, validates and saves. Resumes from the newest state if there is one."""
        from tqdm.auto import tqdm

        config, accelerator = self.config, self.accelerator
        if accelerator.is_main_process:
            self.states.remove_incomplete()
        if newest := self.states.find_newest():
            check_same_run(config)
            self.states.load(accelerator, newest[1], self.averages, self.progress, self.schedule)
            logger.info("resumed from %s after step %d", newest[1], self.progress.step)
        if accelerator.is_main_process:
            write_text(config.output / CONFIG_FILE, config.model_dump_json(indent=1))
        accelerator.init_trackers("logs")
        bar = tqdm(
            total=config.steps, initial=self.progress.step, desc=config.stage, disable=not accelerator.is_main_process
        )
        try:
            for loss in self._train_steps():
                self._finish_step(loss, bar)
                if self._should_stop():
                    logger.warning(
                        "stopped: TrajError did not improve on %.2f px since step %d",
                        self.progress.best_px,
                        self.progress.best_step,
                    )
                    break
            with self.averages.apply():
                self._save("last", {"step": str(self.progress.step)})
        finally:
            bar.close()
            accelerator.end_training()
        return self.progress

    def _train_steps(self) -> Iterator[Tensor]:
        """Runs the optimizer steps. Yields the mean loss of each step over all processes."""
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
        on_gpu = accelerator.device.type == "cuda"
        loader = DataLoader(self.clips, batch_sampler=sampler, num_workers=config.workers, pin_memory=on_gpu)
        self._set_mode()
        losses = []
        for batch in loader:
            with accelerator.accumulate(self.module):
                on_device = {key: each.to(accelerator.device, non_blocking=True) for key, each in batch.items()}
                losses.append(self.passes.run(self.module, on_device))
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

    def _finish_step(self, loss: Tensor, bar: Any) -> None:
        """Counts, logs, validates and saves after an optimizer step.

        Raises:
            FloatingPointError: a loss is not finite.
        """
        config, progress = self.config, self.progress
        self._unchecked.append(loss)
        progress.step += 1
        bar.update()
        ends = progress.step == config.steps
        logs = progress.step % config.log_every == 0
        validates = self.validator is not None and (ends or progress.step % config.validation.every == 0)
        saves = ends or progress.step % config.save_every == 0
        if logs or validates or saves:
            self._check_losses()
        if logs:
            facts = {"loss": float(loss), "learning_rate": float(self.schedule.get_last_lr()[0])}
            bar.set_postfix(loss=f"{facts['loss']:.4f}")
            self._log(facts)
        if validates:
            self._validate()
        if saves:
            self.states.save(self.accelerator, self.averages, progress, self.schedule)

    def _check_losses(self) -> None:
        """Checks the losses since the last check. The CPU waits for the GPU here, so this is not done at every step.

        Raises:
            FloatingPointError: a loss is not finite.
        """
        losses, self._unchecked = torch.stack(self._unchecked).tolist(), []
        for step, loss in enumerate(losses, self.progress.step - len(losses)):
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"expected a finite loss at step {step}, got {loss}: lower learning_rate. The last good weights "
                    f"are in {self.config.output}"
                )

    def _validate(self) -> None:
        """Samples the validation clips with the averaged weights, and saves the weights if TrajError improved.

        Each process samples its share of the clips.
        """
        assert self.validator is not None
        accelerator, progress = self.accelerator, self.progress
        module = accelerator.unwrap_model(self.module)
        with self.averages.apply():
            errors = self.validator.run(self.transformer, module, f"step-{progress.step:08d}")
            sums = torch.tensor([sum(errors), float(len(errors))], device=accelerator.device)
            total, count = accelerator.reduce(sums, reduction="sum").tolist()
            error_px = total / count
            self._log({"traj_error_px": error_px})
            if math.isfinite(error_px) and (progress.best_px is None or error_px < progress.best_px):
                progress.best_px, progress.best_step = error_px, progress.step
                self._save("best", {"step": str(progress.step), "traj_error_px": f"{error_px:.3f}"})
        self._set_mode()

    def _set_mode(self) -> None:
        """Sets training or evaluation mode of the trained module.

        The adapter needs training mode only for statistics of each batch. The base needs it for gradient checkpointing.
        """
        self.module.train(self.config.stage == "base" or self.config.batch_norm == "batch")

    def _should_stop(self) -> bool:
        """Whether TrajError has not improved for ``validation.patience`` validations."""
        patience = self.config.validation.patience
        if self.validator is None or patience is None or self.progress.best_px is None:
            return False
        return self.progress.step - self.progress.best_step >= patience * self.config.validation.every

    def _save(self, name: str, facts: dict[str, str]) -> None:
        """Saves the current weights to a folder inside ``output``."""
        tensors = self.accelerator.get_state_dict(self.module)
        if self.accelerator.is_main_process:
            save_weights(self.config.output / name, self.config, tensors, facts, self.task)
        self.accelerator.wait_for_everyone()

    def _log(self, facts: dict[str, float]) -> None:
        """Logs values to TensorBoard and to ``log.jsonl``."""
        if not self.accelerator.is_main_process:
            return
        step = self.progress.step
        self.accelerator.log(facts, step=step)
        self.progress.history.append({"step": step, **facts})
        write_text(self.config.output / "log.jsonl", self.progress.log_text)
