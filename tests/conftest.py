"""Makes ``tora_core`` importable. At the end of the path: our ``nodes/`` must not shadow ComfyUI's ``nodes.py``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
