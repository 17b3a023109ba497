"""Speed and memory: ``python -m benchmarks [--json FILE] [--quick] [SECTION ...]``.

Every figure stands beside a naive way to the same result in the same run, and beside the least that must be done.
Sections run on what the machine has: on a GPU the full size, on a CPU reduced width and pictures.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sys
from pathlib import Path
from typing import Any

import torch

from . import encode, flow, injection, step, toolbox
from .measure import Figure

SECTIONS: dict[str, Any] = {"flow": flow, "injection": injection, "step": step, "encode": encode, "toolbox": toolbox}


def machine() -> str:
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or platform.machine()
    return f"{where}, {torch.get_num_threads()} CPU threads, torch {torch.__version__}"


def line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def row(figure: Figure) -> str:
    numbers = ("-" if value is None else f"{value:.3g}" for value in (figure.ours, figure.naive, figure.base))
    return line((figure.name, figure.unit, *numbers, figure.goal, figure.reached))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--quick", action="store_true", help="fewer repeats: for a look, not for a claim")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown section {', '.join(sorted(unknown))}: choose of {', '.join(SECTIONS)}")
    logging.getLogger("tora_core").setLevel(logging.ERROR)  # what is said once to a user would be said at every repeat
    sys.stdout.write(f"{machine()}\n\n")
    sys.stdout.write(line(("figure", "unit", "ours", "naive", "base", "goal", "reached")) + line(("---",) * 7))
    found = []
    for name in arguments.sections or SECTIONS:
        for figure in SECTIONS[name].figures(arguments.quick):
            found.append({"section": name, **figure.as_json()})
            sys.stdout.write(row(figure))
            sys.stdout.flush()
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "figures": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
