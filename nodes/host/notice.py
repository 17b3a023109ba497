"""Notices for the user, in the log and under the node."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def notice(text: str, node_id: str | None) -> None:
    """Shows a text in the log, and under the node if a browser is open."""
    logger.warning(text)
    from server import PromptServer

    server = getattr(PromptServer, "instance", None)  # missing when the host's modules run without its server
    if server is not None and node_id is not None:
        server.send_progress_text(text, node_id)
