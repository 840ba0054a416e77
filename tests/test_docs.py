"""The documentation says what the program does: pages are fresh, links lead somewhere, examples are accepted."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from facture import cli
from facture.atelier import lint_files
from facture.bibliotheques import FicheModele, Manifeste
from facture.bilans import Bilan, Souci, read_bilan
from facture.clauses import FAITS, TYPES_VARIABLE, Clause, Droit, Origine, Variable, read_clause, to_data
from facture.dossier import build_dossier
from facture.errors import Diagnostic
from facture.grammaire import known_keys, validate
from facture.lecture import Lecteur
from facture.source import parse

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.fr.md")
PAGES = (*READMES, *sorted((ROOT / "docs").glob("*.md")))
OTHERS = (
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "clauses" / "README.md",
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
)
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


GENERATED = {
    "docs/reference.md": build_docs.build_reference,
    "docs/commandes.md": build_docs.build_commandes,
    "docs/diagnostics.md": build_docs.build_diagnostics,
    "docs/mentions.md": build_docs.build_mentions,
    "docs/regles.md": build_docs.build_regles,
}
WRITTEN = [page for page in PAGES if _name(page) not in GENERATED]


@cache
def _play(page: Path) -> tuple[str, list[tuple[Any, list[str]]]]:
    """Run a page once: what it should be, and the errors found in each of its YAML blocks, where they stand."""
    judged: list[tuple[Any, list[str]]] = []

    def judge(block: Any) -> None:
        if block.langage == "yaml":
            judged.append((block, [found.to_text() for found in _judge(block) if found.is_error]))

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FACTURE_DEBUG", raising=False)
        return build_docs.run_commands(page.read_text(encoding="utf-8"), judge), judged


def _judge(block: Any) -> list[Diagnostic]:
    """Judge a block as the program judges the file that it is."""
    path = Path(block.fichier or "bloc.yaml")
    data = block.texte.encode()
    if re.search(r"^type: bilan$", block.texte, re.MULTILINE):
        return read_bilan(path, str(path))[1]
    if re.search(r"^type:", block.texte, re.MULTILINE):
        dossier = build_dossier(Lecteur().read(str(path), data), JOUR)
        assert block.fautif or dossier.is_printable, dossier.constats
        return list(dossier.constats)
    if re.search(r"^id:", block.texte, re.MULTILINE):
        if block.fichier:
            return lint_files(Lecteur(), path.parent.absolute(), [str(path)], JOUR)
        return read_clause(data, str(path), path)[1]
    root, findings = parse(data, str(path))
    assert root is not None, findings
    models = {"bibliotheque.yaml": Manifeste, "modeles": FicheModele}
    model = models.get(path.name) or models.get(path.parent.name)
    if model is not None:
        assert validate(model, to_data(root, findings))[1] == []
    return findings


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_say_what_the_code_says(name: str) -> None:
    """Keys, commands, diagnostics, mentions, rules. Stale: run script/build_docs.py."""
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name]()


@pytest.mark.parametrize("page", WRITTEN, ids=_name)
def test_pages_show_what_commands_print(page: Path) -> None:
    """What each command shown prints. Stale: run script/build_docs.py."""
    assert page.read_text(encoding="utf-8") == _play(page)[0]


def test_the_script_knows_every_page() -> None:
    """No page escapes the two tests above."""
    assert {_name(page) for page in build_docs.list_written_pages()} | set(GENERATED) == {*map(_name, PAGES)}


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
    documents = (*build_docs.TYPES.values(), *build_docs.TEXTES.values(), *build_docs.FICHES.values())
    for kind in (*documents, Clause, Variable, Droit, Origine, Bilan, Souci, Manifeste, FicheModele):
        for key in known_keys(kind):
            assert f"| `{key}` |" in reference, (kind.__name__, key)
    for group, names in FAITS.items():
        for name in names:
            assert f"| `{group}.{name}` |" in reference
    clause = (ROOT / "docs" / "ecrire-une-clause.md").read_text(encoding="utf-8")
    for kind_of_variable in TYPES_VARIABLE:
        assert f"| `{kind_of_variable}` |" in clause
    families = [family.name for family in build_docs.Famille]
    diagnostics = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    by_family = sorted(build_docs.CODES, key=lambda code: families.index(code[0]))
    assert re.findall(r"^### (\w\d{3})$", diagnostics, re.MULTILINE) == by_family


def test_every_command_and_option_is_documented() -> None:
    """`facture clause diff --contre` is on the page of commands, and so is each one that will be added."""
    page = (ROOT / "docs" / "commandes.md").read_text(encoding="utf-8")

    def check(command: click.Command, name: str) -> None:
        if isinstance(command, click.Group):
            for child, inner in command.commands.items():
                check(inner, f"{name} {child}")
            return
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for param in command.params:
            for option in param.opts if isinstance(param, click.Option) else ():
                assert option in section, (name, option)

    check(cli.cli, "facture")


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


@pytest.mark.parametrize("page", WRITTEN, ids=_name)
def test_examples_are_accepted(page: Path) -> None:
    """A file shown is one that the program takes, in the folder that the page has made; one said to be wrong is not."""
    text, judged = _play(page)
    if "$ git " in text and shutil.which("git") is None:
        pytest.skip("git is not installed")
    shown = [block for block in build_docs.list_blocks(text) if block.langage == "yaml"]
    assert len(judged) == len(shown)
    for block, errors in judged:
        assert bool(errors) == block.fautif, (block.fichier, errors)


def test_examples_of_every_kind_are_shown() -> None:
    """Somebody who copies from the pages finds one of each file, and the program took it."""
    files = [block for page in WRITTEN for block, errors in _play(page)[1] if block.fichier and not errors]
    kinds = {found[1] for block in files if (found := re.search(r"^type: (\w+)$", block.texte, re.MULTILINE))}
    assert kinds >= {"devis", "facture", "conditions", "contrat"}
    names = {Path(block.fichier).parent.name for block in files}
    assert names >= {"clauses", "modeles", "emetteurs", "clients"}


def test_a_page_runs_git_the_same_way_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commits of a page depend on its files alone: not on who runs it, nor on the repository around."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    text = (
        "```yaml\n# a.yaml\nx: 1\n```\n<!-- $ git init --quiet --initial-branch=main . -->\n<!-- $ git add . -->\n"
        "```console\n$ git commit \\\n    --quiet --message essai\n"
        "$ git rev-parse HEAD\n$ git log --format=%an%ad\n```\n"
    )
    first = build_docs.run_commands(text)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    assert build_docs.run_commands(text) == first
    assert re.search(r"^[0-9a-f]{40}$", first, re.MULTILINE)
    assert "AtelierSun Nov 22 12:00:00 2026 +0100" in first


def test_lines_of_pages_can_be_read_in_a_diff() -> None:
    """Prose is wrapped; tables, links and what commands print are as long as they are."""
    for page in (*PAGES, *OTHERS):
        if _name(page) not in GENERATED:
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
