"""Tells the user what was changed for them: in the log, and on the node itself."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def notice(text: str, node_id: str | None) -> None:
    """Says ``text`` in the log, and under the node where a browser is open."""
    logger.warning(text)
    from server import PromptServer

    server = getattr(PromptServer, "instance", None)  # absent where the host's modules run without its server
    if server is not None and node_id is not None:
        server.send_progress_text(text, node_id)
