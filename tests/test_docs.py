"""The documentation says what the program does: pages are fresh, links lead somewhere, examples are accepted."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import shutil
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from facture.dossier import build_dossier
from facture.gabarits import list_init_files, write_missing
from facture.lecture import Lecteur

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.fr.md")
PAGES = (*READMES, *sorted((ROOT / "docs").glob("*.md")))
OTHERS = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs" / "adr").glob("*.md")))
JOUR = dt.date(2026, 11, 22)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "script" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


build_docs = _load("build_docs")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_pages_say_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, diagnostics, mentions, and what each command shown prints. Stale: run script/build_docs.py."""
    monkeypatch.delenv("FACTURE_DEBUG", raising=False)
    assert list(build_docs.list_stale()) == []


def test_a_stale_page_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` exits 1, names the page, and writes nothing."""
    monkeypatch.setattr(build_docs, "ROOT", tmp_path)
    monkeypatch.setattr(build_docs, "build_pages", lambda: {"fresh.md": "a\n", "stale.md": "b\n", "missing.md": "c\n"})
    (tmp_path / "fresh.md").write_text("a\n", encoding="utf-8")
    (tmp_path / "stale.md").write_text("former\n", encoding="utf-8")
    assert build_docs.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "stale.md" in said and "missing.md" in said and "fresh.md" not in said
    assert (tmp_path / "stale.md").read_text(encoding="utf-8") == "former\n"
    assert build_docs.main([]) == 0
    assert (tmp_path / "stale.md").read_text(encoding="utf-8") == "b\n"
    assert build_docs.main(["--check"]) == 0


def test_every_key_and_code_is_documented() -> None:
    """Nothing that a user can write or meet is left out of its page."""
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for kind in (*build_docs.TYPES.values(), *build_docs.FICHES.values()):
        for key in build_docs.documents.known_keys(kind):
            assert f"| `{key}` |" in reference
    families = [family.name for family in build_docs.Famille]
    diagnostics = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    by_family = sorted(build_docs.CODES, key=lambda code: families.index(code[0]))
    assert re.findall(r"^### (\w\d{3})$", diagnostics, re.MULTILINE) == by_family


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    """Files exist in the repository, and headings in them."""
    text = _without_blocks(page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.is_relative_to(ROOT), target
        assert path.exists(), target
        if anchor:
            assert anchor in _anchors(path), target


def test_both_readmes_have_one_structure() -> None:
    """The French page is not an abridged one: same headings, same blocks, same tables, same links out."""
    english, french = (page.read_text(encoding="utf-8") for page in READMES)
    for pattern in (r"^#{1,6} ", r"^```\w+", r"^\| ", r"^- ", r"^!\["):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(re.findall(pattern, french, re.MULTILINE)), (
            pattern
        )
    blocks = [
        [block.texte for block in build_docs.list_blocks(text) if block.langage != "sh"] for text in (english, french)
    ]
    assert blocks[0] == blocks[1]


EXAMPLES = [
    (page, index)
    for page in PAGES
    for index, block in enumerate(build_docs.list_blocks(page.read_text(encoding="utf-8")))
    if block.langage == "yaml"
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `facture init` writes, once: its schemas take longer than all the rest."""
    folder = tmp_path_factory.mktemp("projet")
    list(write_missing(list_init_files(folder), dry_run=False))
    return folder


@pytest.mark.parametrize(("page", "index"), EXAMPLES, ids=lambda value: _name(value) if isinstance(value, Path) else "")
def test_examples_are_accepted(page: Path, index: int, tmp_path: Path, project: Path) -> None:
    """A document shown is one that the program takes; one said to be wrong is one that it refuses."""
    blocks = build_docs.list_blocks(page.read_text(encoding="utf-8"))
    block = blocks[index]
    if not re.search(r"^type:", block.texte, re.MULTILINE):
        assert isinstance(yaml.safe_load(block.texte), dict)
        return
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    for earlier in blocks[:index]:
        if earlier.langage == "yaml" and earlier.fichier:
            target = tmp_path / earlier.fichier
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(earlier.texte, encoding="utf-8")
    path = tmp_path / (block.fichier or "bloc.yaml")
    dossier = build_dossier(Lecteur().read(str(path), block.texte.encode()), JOUR)
    errors = [found.to_text() for found in dossier.constats if found.is_error]
    assert bool(errors) == block.fautif, errors
    if not block.fautif:
        assert dossier.totaux is not None


def test_lines_of_pages_can_be_read_in_a_diff() -> None:
    """Prose is wrapped; tables, links and what commands print are as long as they are."""
    generated = {"reference.md", "diagnostics.md", "mentions.md"}
    for page in (*PAGES, *OTHERS):
        if page.name not in generated:
            for line in _without_blocks(page.read_text(encoding="utf-8")).splitlines():
                assert len(line) <= 140 or line.startswith(("|", "![")), f"{_name(page)}: {line}"


def test_no_page_promises_a_certificate() -> None:
    """What is certified is said by who certifies."""
    for page in (*PAGES, *OTHERS):
        text = page.read_text(encoding="utf-8").lower()
        assert not re.search(r"certifié conforme|garanti conforme|certified|anti-fraude|loi anti", text), _name(page)


def _without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@cache
def _anchors(page: Path) -> set[str]:
    """Anchors that GitHub gives: the second heading of a name gets `-1`."""
    found: set[str] = set()
    for title in re.findall(r"^#{1,6} (.+)$", _without_blocks(page.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").strip()
        slug = build_docs._slug(plain)
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def test_the_picture_has_its_digest() -> None:
    """The picture of the READMEs is small, and says what it was drawn from (script/build_picture.py)."""
    picture = ROOT / "docs" / "devis.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 150_000
    digest = (ROOT / "docs" / "devis.png.empreinte").read_text(encoding="ascii").strip()
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
