"""How a page of the real frontend is opened, and when it is ready."""

from __future__ import annotations

import shutil

CHROMIUM = shutil.which("chromium")
QUIET = ("disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update", "disable-sync")
READY = "!!(window.LiteGraph && window.app?.graph && window.LiteGraph.registered_node_types['ToraApply'])"
