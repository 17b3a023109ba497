"""``python -m tora_core.train --config FILE``: encodes what is not encoded yet, then trains one stage.

With ``accelerate launch -m tora_core.train --config FILE`` it runs on as many GPUs and machines as accelerate is
configured for.
"""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import timedelta
from pathlib import Path

from .config import Config, read_config

logger = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_core.train", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="a YAML file; see tora_core/train/config.py")
    parser.add_argument("--only-cache", action="store_true", help="encode the clips and stop")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        run(read_config(options.config), options.only_cache)
    except (ValueError, OSError, FloatingPointError) as error:
        sys.exit(f"error: {error}")


def run(config: Config, only_cache: bool = False) -> None:
    """Encodes and trains."""
    from accelerate import PartialState

    from .encoding import build_from_folder

    # Shares of the clips take unlike times: nobody gives up waiting for the others.
    state = PartialState(timeout=timedelta(days=7))
    if config.data.folder is not None:
        # Every process encodes a share of the clips.
        build_from_folder(config, state.process_index, state.num_processes)
        state.wait_for_everyone()
    if only_cache:
        return
    from .trainer import train

    progress = train(config)
    if progress.best_px is not None:
        logger.info("best: TrajError %.2f px after step %d, in %s", progress.best_px, progress.best_step, config.output)


if __name__ == "__main__":
    main()
