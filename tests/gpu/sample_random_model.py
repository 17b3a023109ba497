"""Samples a random model in every tier and prints digests of the latents, as JSON.

``python tests/gpu/sample_model.py FOLDER``, with the folder of ``write_checkpoint``. Run by ``test_races.py``.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "host"), str(TESTS / "gpu")]
sys.path.append(str(TESTS.parent))


def main() -> None:
    from random_model import RandomModel, with_windows
    from tiny import TIERS

    from benchmarks.checkpoint import Files
    from benchmarks.host import find_comfyui, import_pack

    folder, comfyui = Path(sys.argv[1]), find_comfyui()
    assert comfyui is not None
    pack = import_pack(comfyui, Path(tempfile.mkdtemp()), cpu=False)
    model = RandomModel(pack, Files.inside(folder))

    def digest(patcher):
        return hashlib.sha256(model.sample(patcher).numpy().tobytes()).hexdigest()

    digests = {"without motion": digest(model.model)}
    for tier in TIERS:
        digests[tier] = digest(model.apply(tier))
        digests[f"{tier}, windows"] = digest(with_windows(model.apply(tier), 8))
    sys.stdout.write(json.dumps(digests) + "\n")


if __name__ == "__main__":
    main()
