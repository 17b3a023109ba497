"""Writes the settings pages in ``docs/`` from the settings models: ``python -m scripts.write_settings_pages``."""

from __future__ import annotations

from pathlib import Path

from tora_lab.prepare.settings import PrepareSettings
from tora_lab.settings import tabulate_settings
from tora_lab.train.config import TrainingConfig

ROOT = Path(__file__).parents[1]
PAGES = {
    "docs/training-settings.md": ("Training settings", "python -m tora_lab.train --config FILE", TrainingConfig),
    "docs/prepare-settings.md": (
        "Settings for preparing data",
        "python -m tora_lab.prepare RAW OUT --config FILE",
        PrepareSettings,
    ),
}


def render_page(title: str, command: str, model: type) -> str:
    """Renders one page in Markdown: title, command and the table of all keys."""
    return (
        f"# {title}\n\nAll keys of the YAML file of `{command}`. An unknown key is an error that names the key.\n\n"
        "<!-- Written by scripts/write_settings_pages.py from the descriptions in the code. -->\n\n"
        f"{tabulate_settings(model)}"
    )


def main() -> None:
    for name, (title, command, model) in PAGES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_page(title, command, model), encoding="utf-8")


if __name__ == "__main__":
    main()
