"""What the wheel, the layers and the cold start rest on, and no other test would miss before a release."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import facture
from facture import ressources

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "facture"


@pytest.fixture(scope="module")
def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_version_is_said_once() -> None:
    """`facture --version` and the wheel agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == facture.__version__


def test_resources_of_a_source_tree_are_the_root_folders() -> None:
    """Editing templates/ or clauses/ takes effect without installing again."""
    assert ressources.resource_dir("templates") == ROOT / "templates"
    assert ressources.resource_dir("clauses") == ROOT / "clauses"
    assert any(ressources.resource_dir("templates").iterdir())


def test_resources_of_an_installed_package_are_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In site-packages, a folder `templates` that another distribution left beside ours is never taken."""
    package = tmp_path / "facture"
    (package / "_data" / "templates").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "clauses").mkdir()
    monkeypatch.setattr(ressources, "_PACKAGE", package)
    assert ressources.resource_dir("templates") == package / "_data" / "templates"
    with pytest.raises(FileNotFoundError, match="installation incomplète"):
        ressources.resource_dir("clauses")


def test_every_package_is_in_the_wheel(setup_cfg: configparser.ConfigParser) -> None:
    """The list in setup.cfg is written by hand: a new folder of code must not be left out in silence."""
    on_disk = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for init in PACKAGE.rglob("__init__.py")
        if "_data" not in init.parts
    }
    declared = set(setup_cfg["options"]["packages"].split())
    assert {name for name in declared if "._data." not in name} == on_disk


def test_every_data_file_is_in_the_wheel(setup_cfg: configparser.ConfigParser) -> None:
    """A file beside the code that no pattern of setup.cfg takes exists here and is missing once installed."""
    patterns = setup_cfg["options.package_data"]
    forgotten = []
    for path in PACKAGE.rglob("*"):
        if not path.is_file() or path.suffix in {".py", ".pyc"} or "__pycache__" in path.parts:
            continue
        package = ".".join(path.parent.relative_to(ROOT).parts)
        if not any(path.match(pattern) for pattern in patterns.get(package, "").split()):
            forgotten.append(str(path.relative_to(ROOT)))
    assert not forgotten


def test_every_module_has_its_layer(setup_cfg: configparser.ConfigParser) -> None:
    """A module outside the list would be free to import anything, and the layers would say nothing."""
    declared = set(re.findall(r"\w+", setup_cfg["importlinter:contract:layers"]["layers"]))
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    packages = {init.parent.name for init in PACKAGE.glob("*/__init__.py")}
    # Neither a module without a layer nor a layer whose module is gone.
    assert declared == modules | packages


@pytest.mark.parametrize("heavy", ["weasyprint", "pydantic", "rich", "babel", "lxml"])
def test_help_waits_for_no_engine(heavy: str, loaded_by_cli: frozenset[str]) -> None:
    """`facture --help` answers in under 0.2 s: importing WeasyPrint alone takes longer."""
    assert heavy not in loaded_by_cli


@pytest.fixture(scope="module")
def loaded_by_cli() -> frozenset[str]:
    # In another process: here, other tests have already imported everything.
    code = "import sys, facture.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return frozenset(done.stdout.split())
