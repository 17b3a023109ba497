"""Files that the loaders and the text node list, and their paths on disk."""

from __future__ import annotations

import posixpath
from pathlib import Path

import folder_paths

from ...tora_core.checkpoints.adapter_files import read_adapter_part
from ...tora_core.checkpoints.tensor_files import SAFETENSORS, SHARD, TORCH
from ...tora_core.paths.drawn_path import Reading
from ...tora_core.paths.path_files import SUFFIXES, read_path_file

MODEL_FOLDERS = {"tora": "tora", "tora_cogvideo": "CogVideo"}
"""Folders of models/ that belong to the pack. CogVideo holds the files of an earlier port."""
ADAPTER_FOLDERS = tuple(MODEL_FOLDERS)
BASE_FOLDERS = ("diffusion_models", *ADAPTER_FOLDERS, "checkpoints")
LORA_FOLDERS = ("loras",)
NO_FILE = "none"


def register_model_folders() -> None:
    """Adds the pack's folders to the host's; creates models/tora, so that people see where adapters go."""
    for name, folder in MODEL_FOLDERS.items():
        folder_paths.add_model_folder_path(name, str(Path(folder_paths.models_dir) / folder))
    (Path(folder_paths.models_dir) / MODEL_FOLDERS["tora"]).mkdir(parents=True, exist_ok=True)


def adapter_choices() -> list[str]:
    """Lists adapters, one entry each: the fuser of a two-file adapter, the first of several shards."""
    return _list_choices(ADAPTER_FOLDERS)


def base_choices() -> list[str]:
    """Lists files that may hold a CogVideoX transformer; of shards only the first."""
    return [name for name in _list_choices(BASE_FOLDERS) if read_adapter_part(Path(name).stem) is None]


def lora_choices() -> list[str]:
    """Lists the files of models/loras."""
    return folder_paths.get_filename_list("loras")


def resolve(name: str, folders: tuple[str, ...]) -> Path:
    """Finds the file of a loader's choice.

    Raises:
        ValueError: the file does not exist any more.
    """
    for folder in folders:
        if found := folder_paths.get_full_path(folder, name):
            return Path(found)
    places = ", ".join(f"models/{MODEL_FOLDERS.get(folder, folder)}" for folder in folders)
    raise ValueError(f"expected {name} in {places}, got no such file: press R to refresh the list, then choose a file")


def path_files() -> list[str]:
    """Lists files of paths in the input folder, without what a link brings in: the host refuses to read that."""
    folder = Path(folder_paths.get_input_directory()).resolve()
    names, _ = folder_paths.recursive_search(str(folder), excluded_dir_names=[".git"])
    found = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
    return sorted(name.replace("\\", "/") for name in found if (folder / name).resolve().is_relative_to(folder))


def read_paths(name: str, frames: int) -> str | Reading:
    """Reads a file of the input folder.

    Raises:
        ValueError: the file lies outside the input folder, is missing, or holds no paths.
    """
    folder = Path(folder_paths.get_input_directory()).resolve()
    path = Path(folder_paths.get_annotated_filepath(name.replace("\x00", ""))).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"expected a file in ComfyUI's input folder, got {name!r}: choose one of the list")
    return read_path_file(path, frames)


def save_files(contents: dict[str, bytes], prefix: str) -> list[str]:
    """Saves files of one number in the output folder. Returns their names in it.

    Args:
        contents: by the end of the name, such as ``_.csv``.
        prefix: start of the name, with folders.

    Raises:
        ValueError: the prefix leaves the output folder, or the disk refuses.
    """
    output = folder_paths.get_output_directory()
    wanted = posixpath.normpath(prefix.replace("\x00", "").replace("\\", "/")).strip("/")
    if wanted == "." or prefix.endswith(("/", "\\")):
        wanted = posixpath.join(wanted, "paths")
    try:
        folder, name, number, inside, _ = folder_paths.get_save_image_path(wanted, output)
    except OSError as error:
        raise ValueError(f"expected a name that the disk takes, got {prefix!r:.80} ({error.strerror})") from error
    except Exception as error:  # the host raises Exception itself for a folder outside
        raise ValueError(
            f"expected a name inside ComfyUI's output folder, got {prefix!r:.80}: change filename_prefix"
        ) from error
    while any(Path(folder, f"{name}_{number:05}{end}").exists() for end in contents):
        number += 1
    saved = []
    for end, content in contents.items():
        file = f"{name}_{number:05}{end}"
        try:
            Path(folder, file).write_bytes(content)
        except OSError as error:
            raise ValueError(
                f"expected to write {file[:80]!r} in the output folder, got {error.strerror}: free space, or use "
                "another filename_prefix"
            ) from error
        saved.append(f"{inside}/{file}" if inside else file)
    return saved


def fingerprint(name: str) -> int:
    """Returns a number that changes when the file is saved again, so that the node runs again."""
    path = Path(folder_paths.get_annotated_filepath(name))
    return path.stat().st_mtime_ns if name != NO_FILE and path.is_file() else 0


def _list_choices(folders: tuple[str, ...]) -> list[str]:
    names = [name for folder in folders for name in folder_paths.get_filename_list(folder)]
    return list(dict.fromkeys(name for name in names if _is_entry(Path(name))))


def _is_entry(path: Path) -> bool:
    shard = SHARD.match(path.stem)
    if path.suffix not in SAFETENSORS + TORCH or (shard and int(shard["number"]) != 1):
        return False
    return read_adapter_part(path.stem) != "traj_extractor"
