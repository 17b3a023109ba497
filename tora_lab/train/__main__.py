"""Encodes the clips that are not in the cache yet, then trains one stage.

Run ``python -m tora_lab.train --config FILE`` on one GPU. Run ``accelerate launch -m tora_lab.train --config FILE`` to
use the GPUs and machines in accelerate's configuration. An interrupted run resumes when it is started again.
"""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import timedelta
from pathlib import Path

from tora_core.checkpoints.layouts import open_checkpoint

from ..settings import describe_settings
from .config import TrainingConfig, read_config

logger = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tora_lab.train",
        description=__doc__,
        epilog=describe_settings(TrainingConfig),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True, help="YAML file with the settings below")
    parser.add_argument("--only-cache", action="store_true", help="encode the clips, then stop")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        encode_and_train(read_config(options.config), options.only_cache)
    except (ValueError, OSError, FloatingPointError) as error:
        sys.exit(f"error: {error}")


def encode_and_train(config: TrainingConfig, only_cache: bool = False) -> None:
    """Encodes the clips that are not in the cache yet, then trains one stage."""
    from accelerate import PartialState

    from ..data.encoding import build_from_folder
    from ..transformer import require_base

    checkpoint = open_checkpoint(config.base)

    # Some processes finish their clips much later than others, so the timeout is long.
    state = PartialState(timeout=timedelta(days=7))
    if config.data.folder is not None:
        base = require_base(checkpoint)
        build_from_folder(config, base, config.vae, config.text_encoder, state.process_index, state.num_processes)
        state.wait_for_everyone()
    if only_cache:
        return
    from .trainer import train

    progress = train(config, checkpoint=checkpoint)
    if progress.best_px is not None:
        folder = config.output / "best"
        logger.info("best: TrajError %.2f px after step %d, saved in %s", progress.best_px, progress.best_step, folder)


if __name__ == "__main__":
    main()
