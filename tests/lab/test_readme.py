"""README and docs: the Python example runs, links resolve, and commands, nodes and errors exist."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
import torch
from random_models import save_checkpoint, text_features, tiny_pipeline

from tora_lab.pipeline import ToraPipeline

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
MAX_README_LINES = 150
EXAMPLE = ROOT / "docs" / "python.md"
SMALLER = {
    '"zai-org/CogVideoX-5b", subfolder="vae"': "VAE_FOLDER",
    '"path/to/Tora_T2V_diffusers"': "CHECKPOINT",
    "frames=49, size=Size(720, 480)": "frames=9, size=Size(96, 64)",
    "steps=50": "steps=2",
}
"""What the test replaces in the example: downloads by tiny random models, and sizes by small ones."""
ANY_VALUE = "…"
"""Stands for a value in a quoted error."""
COMMAND = re.compile(r"(?:python3?|launch) -m ((?:tora_core|tora_lab|benchmarks|scripts)[\w.]*)")
FILE = re.compile(r"`((?:nodes|tora_core|tora_lab|tests|scripts|web|benchmarks|docs)/[\w/.-]+)`")

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def read_page(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def strip_code(text: str) -> str:
    """A page without code blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def list_anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", read_page(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_is_short():
    assert len(read_page(ROOT / "README.md").splitlines()) < MAX_README_LINES


@by_page
def test_relative_links_and_pictures_exist(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", strip_code(read_page(page))):
        if re.match(r"[a-z]+://|mailto:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in list_anchors(file), f"{page.name} links to {target}, but there is no such heading"


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_named_modules_exist(page):
    """The changelog also names modules of earlier versions."""
    for name in COMMAND.findall(read_page(page)):
        spec = find_spec(name)
        assert spec is not None, f"{page.name} names {name}"
        is_package = spec.submodule_search_locations is not None
        assert not is_package or find_spec(f"{name}.__main__"), f"{page.name} names {name}, which cannot run"


@by_page
def test_named_files_of_the_packages_exist(page):
    for name in FILE.findall(read_page(page)):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


def test_every_node_is_listed():
    page = read_page(ROOT / "docs" / "nodes.md")
    for file in (ROOT / "nodes").rglob("*.py"):
        for name in re.findall(r'display_name="(Tora [^"]+)"', file.read_text(encoding="utf-8")):
            assert f"**{name}**" in page, f"docs/nodes.md does not list {name}"


@pytest.fixture(scope="module")
def code_texts() -> list[str]:
    """Every text in the code that ComfyUI or a command can show; the values in f-strings are left out."""
    texts = []
    packages = [file for package in ("nodes", "tora_core", "tora_lab") for file in (ROOT / package).rglob("*.py")]
    for file in sorted([ROOT / "__init__.py", *packages]):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (each.value if isinstance(each, ast.Constant) else ANY_VALUE for each in node.values)
                texts.append("".join(map(str, parts)))
    texts += [file.read_text(encoding="utf-8") for file in sorted((ROOT / "web" / "src").glob("*.ts"))]
    return [" ".join(text.split()) for text in texts]


def list_quoted_errors() -> list[str]:
    """The code spans that begin a table row of the troubleshooting page."""
    return re.findall(r"^\| `([^`]+)`", read_page(ROOT / "docs" / "troubleshooting.md"), re.MULTILINE)


def test_errors_are_quoted():
    assert len(list_quoted_errors()) > 10


@pytest.mark.parametrize("quoted", list_quoted_errors())
def test_a_quoted_error_exists(quoted, code_texts):
    parts = [part.strip() for part in quoted.split(ANY_VALUE) if part.strip()]
    pattern = re.compile(".*?".join(map(re.escape, parts)))
    assert any(pattern.search(text) for text in code_texts), f"no message in the code reads {quoted!r}"


def test_the_python_example_runs(tmp_path):
    """bfloat16 latents, and a VAE in float32, as in the example."""
    (code,) = re.findall(r"^```python\n(.*?)^```", read_page(EXAMPLE), re.MULTILINE | re.DOTALL)
    for original, smaller in SMALLER.items():
        assert original in code, f"{EXAMPLE.name} no longer holds {original}"
        code = code.replace(original, smaller)
    tiny = tiny_pipeline()
    tiny.vae.save_pretrained(tmp_path / "vae")
    save_checkpoint(tiny, tmp_path / "transformer" / "diffusion_pytorch_model.safetensors")
    names = {
        "VAE_FOLDER": tmp_path / "vae",
        "CHECKPOINT": tmp_path,
        "positive": text_features(tiny, 1).bfloat16(),
        "negative": text_features(tiny, 2).bfloat16(),
    }
    exec(code, names)
    assert isinstance(names["pipeline"], ToraPipeline)
    latents, video = names["latents"], names["video"]
    assert latents.dtype == torch.bfloat16 and next(names["vae"].parameters()).dtype == torch.float32
    assert video.shape == (9, 64, 96, 3) and video.dtype == torch.float32
    assert video.min() >= 0 and video.max() <= 1 and video.std() > 0
