"""Notices for the user, in the log and under the node."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

logger = logging.getLogger(__name__)

_CORE = f"{__name__.rsplit('.nodes.', 1)[0]}.tora_core"
_collected: ContextVar[list[str] | None] = ContextVar("collected", default=None)


def notice(text: str, node_id: str | None = None) -> None:
    """Shows a text in the log, and under the node if a browser is open. While a node runs, its own id is known."""
    logger.warning(text)
    texts = _collected.get()
    if texts is None:
        _send(text, node_id)
    else:
        texts.append(text)


class Notices:
    """Shows the notices of a node that come after its run, as while sampling, below each other."""

    def __init__(self, node_id: str | None) -> None:
        self._node_id = node_id
        self._texts: dict[str, None] = {}

    def __call__(self, text: str) -> None:
        self._texts[text] = None
        collected = _collected.get() is not None
        notice(text if collected else "\n".join(self._texts), self._node_id)


@contextmanager
def show_notices(node_id: str | None) -> Iterator[None]:
    """Shows the notices of one run of a node together, because a later text replaces an earlier one.

    Warnings of ``tora_core`` count as notices.
    """
    texts: list[str] = []
    token = _collected.set(texts)
    handler = _Collector(texts)
    core = logging.getLogger(_CORE)
    core.addHandler(handler)
    try:
        yield
    finally:
        core.removeHandler(handler)
        _collected.reset(token)
        if texts:
            _send("\n".join(dict.fromkeys(texts)), node_id)


class _Collector(logging.Handler):
    """Collects the warnings of its own context; another thread has another list."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        if _collected.get() is self._texts:
            self._texts.append(record.getMessage())


def _send(text: str, node_id: str | None) -> None:
    """Sends a text to the browser."""
    if node_id is None:
        return
    from server import PromptServer

    server = getattr(PromptServer, "instance", None)  # missing when the host's modules run without its server
    if server is not None:
        server.send_progress_text(text, node_id)
