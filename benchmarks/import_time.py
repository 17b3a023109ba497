"""Measures how long the pack takes to import: ``python -m benchmarks.import_time COMFYUI``, median of 5 processes."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

PACK = Path(__file__).parents[1]
SCRIPT = """
import asyncio, importlib.util, sys, time
sys.path.insert(0, sys.argv[1])
import comfy.cli_args
comfy.cli_args.args.cpu = True
import torch, comfy.sd, comfy.samplers, folder_paths, comfy_api.latest
start = time.perf_counter()
path = sys.argv[2]
spec = importlib.util.spec_from_file_location("pack", path + "/__init__.py", submodule_search_locations=[path])
module = sys.modules["pack"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
extension = asyncio.run(module.comfy_entrypoint())
asyncio.run(extension.on_load())
nodes = asyncio.run(extension.get_node_list())
schemas = [node.GET_SCHEMA() for node in nodes]
print(time.perf_counter() - start)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comfyui", type=Path, metavar="COMFYUI", help="folder of ComfyUI")
    comfyui = parser.parse_args().comfyui.resolve()
    command = [sys.executable, "-c", SCRIPT, str(comfyui), str(PACK)]
    seconds = [float(subprocess.check_output(command, cwd=comfyui, text=True).split()[-1]) for _ in range(5)]
    sys.stdout.write(
        f"import of the pack: {statistics.median(seconds):.3f} s, median of {[round(s, 3) for s in seconds]}\n"
    )


if __name__ == "__main__":
    main()
