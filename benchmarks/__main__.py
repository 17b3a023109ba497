"""Measures speed and memory: ``python -m benchmarks [--json FILE] [--quick] [SECTION ...]``.

Each line compares the pack with a plain implementation and with the least possible work, all in the same run.
With a GPU, the models have their full size. On a CPU, layers and pictures are smaller.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import platform
import sys
from pathlib import Path
from typing import Any

import torch

from . import encode, flow, full_size, injection, step, toolbox
from .figure import Figure

SECTIONS: dict[str, Any] = {"flow": flow, "injection": injection, "step": step, "encode": encode, "toolbox": toolbox}
LARGE: dict[str, Any] = {"full_size": full_size}
"""Sections that run only if they are named, because they write many gigabytes."""


def describe_machine() -> str:
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or platform.machine()
    return f"{where}, {torch.get_num_threads()} CPU threads, torch {torch.__version__}"


def format_line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def format_figure(figure: Figure) -> str:
    numbers = ("-" if value is None else f"{value:.3g}" for value in (figure.ours, figure.naive, figure.base))
    return format_line((figure.name, figure.unit, *numbers, figure.goal, figure.reached))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help=f"sections to run: {', '.join(SECTIONS)} (default: all of these), {', '.join(LARGE)}",
    )
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--quick", action="store_true", help="fewer repeats; results are rough")
    arguments = parser.parse_args()
    known = SECTIONS | LARGE
    unknown = set(arguments.sections) - set(known)
    if unknown:
        parser.error(f"expected sections from {', '.join(known)}, got {', '.join(sorted(unknown))}: check their names")
    logging.getLogger("tora_core").setLevel(logging.ERROR)  # each repeat would log the same messages
    sys.stdout.write(f"{describe_machine()}\n\n")
    sys.stdout.write(format_line(("figure", "unit", "ours", "naive", "base", "goal", "reached")))
    sys.stdout.write(format_line(("---",) * 7))
    found = []
    for name in arguments.sections or SECTIONS:
        for figure in known[name].measure(arguments.quick):
            found.append({"section": name, **dataclasses.asdict(figure)})
            sys.stdout.write(format_figure(figure))
            sys.stdout.flush()
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": describe_machine(), "figures": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
