"""The libraries of a project: where a reference leads, what a lock holds, what a review finds."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import facture.bibliotheques
import facture.clauses
from facture import bibliotheques, depots
from facture.bibliotheques import (
    Fonds,
    add_bibliotheque,
    build_verrou,
    fetch_depot,
    find_dossier_paquet,
    resolve_depot,
    verify,
)
from facture.clauses import ClauseLue
from facture.codes import CODES
from facture.errors import ConfigurationError, Diagnostic, Position, RefusError, UsageError
from facture.grammaire import parse_renvoi
from facture.projet import Projet, SourceBibliotheque, find_projet, parse_configuration
from facture.relecture import lint
from facture.verrou import BibliothequeEpinglee, Epingle, Verrou, dump_toml, dump_verrou, read_verrou, write_verrou

JOUR = dt.date(2026, 11, 22)
ICI = Position("devis.yaml", 12, 5)

Write = Callable[[dict[str, str]], Path]

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git n'est pas installé")
needs_links = pytest.mark.skipif(os.name == "nt", reason="les liens symboliques demandent des droits sous Windows")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files below a folder that holds `projet/`, the current one, and `livree/`, which plays the shipped one."""
    (tmp_path / "projet").mkdir()
    (tmp_path / "livree").mkdir()
    monkeypatch.chdir(tmp_path / "projet")
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(facture.bibliotheques, "resource_dir", lambda _: tmp_path / "livree")

    def write_all(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write_all


def clause(ident: str, *lines: str, texte: str = "Le prix comprend deux corrections.") -> str:
    """Return the text of a clause; the lines given come after its title, and win over the usual ones."""
    usual = {"version": "version: 1", "themes": "themes: [perimetre]", "verifie_le": "verifie_le: 2026-11-22"}
    for line in lines:
        usual.pop(line.partition(":")[0], None)
    return "\n".join(
        [
            f"id: {ident}",
            f"titre: Titre de {ident}",
            *lines,
            *usual.values(),
            f"texte: {json.dumps(texte, ensure_ascii=False)}",
            "",
        ]
    )


def open_fonds(verrou: Verrou | None = None) -> Fonds:
    return Fonds(find_projet(Path()), verrou)


def find(fonds: Fonds, reference: str) -> tuple[ClauseLue | None, list[Diagnostic]]:
    renvoi = parse_renvoi(reference)
    assert renvoi is not None
    return fonds.find(renvoi, ICI, "clauses[0]")


def find_clean(fonds: Fonds, reference: str) -> ClauseLue:
    read, findings = find(fonds, reference)
    assert findings == []
    assert read is not None
    return read


def list_codes(findings: list[Diagnostic]) -> list[str]:
    return [found.code for found in findings]


def pin(fonds: Fonds, *references: str) -> Verrou:
    """Write the lock of some references in the project."""
    verrou, findings = build_verrou(fonds, references, {})
    assert findings == []
    write_verrou(fonds.projet, verrou)
    return verrou


TROIS = {
    "projet/facture.toml": 'bibliotheques = ["../equipe"]\n',
    "projet/clauses/a.yaml": clause("a"),
    "equipe/a.yaml": clause("a", "version: 3"),
    "equipe/b.yaml": clause("b", "version: 2"),
    "equipe/anciennes/a@1.yaml": clause("a"),
    "equipe/anciennes/a@2.yaml": clause("a", "version: 2"),
    "equipe/anciennes/b@1.yaml": clause("b", texte="Ancien texte."),
    "livree/a.yaml": clause("a", "version: 4"),
    "livree/b.yaml": clause("b"),
    "livree/c.yaml": clause("c"),
    "livree/bibliotheque.yaml": "titre: Livrée\nlicence: CC0-1.0\nthemes:\n  perimetre: Le périmètre\n",
}


# --- Which libraries, and which one answers


def test_the_project_comes_first_and_the_shipped_library_last(write: Write) -> None:
    """The project's own clauses, then those of facture.toml in their order, then the one shipped with the program."""
    root = write(
        {
            "projet/facture.toml": '[bibliotheques]\nzeta = "../z"\nequipe = "../e"\n',
            "projet/clauses/a.yaml": clause("a"),
            "z/a.yaml": clause("a"),
            "e/a.yaml": clause("a"),
            "livree/bibliotheque.yaml": "titre: Livrée\nlicence: CC0-1.0\nthemes: {prix: Le prix}\n",
        }
    )
    fonds = open_fonds()
    assert [(library.nom, library.genre, library.racine) for library in fonds.bibliotheques] == [
        ("projet", "projet", root / "projet" / "clauses"),
        ("zeta", "dossier", root / "z"),
        ("equipe", "dossier", root / "e"),
        ("facture", "facture", root / "livree"),
    ]
    shipped = fonds.bibliotheques[-1]
    assert (shipped.titre, shipped.licence, shipped.themes) == ("Livrée", "CC0-1.0", {"prix": "Le prix"})
    assert fonds.constats == []


def test_a_lone_file_has_the_clauses_beside_it(write: Write) -> None:
    """Without facture.toml, the folder `clauses/` beside the document is still its library; it has no lock."""
    write({"projet/clauses/a.yaml": clause("a"), "projet/facture.lock": "abîmé"})
    fonds = open_fonds()
    assert find_clean(fonds, "a").bibliotheque == "projet"
    assert fonds.verrou is None


def test_a_project_without_clauses_has_the_shipped_ones(write: Write) -> None:
    """An absent `clauses/` is no mistake."""
    write({"livree/a.yaml": clause("a")})
    fonds = open_fonds()
    assert [library.nom for library in fonds.bibliotheques] == ["facture"]
    assert find_clean(fonds, "a").reference == "facture:a@1"


def test_one_folder_under_two_names_is_one_library(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run inside facture's own repository, `clauses/` is the shipped library: nothing masks itself."""
    root = write({"projet/facture.toml": "", "projet/clauses/a.yaml": clause("a")})
    monkeypatch.setattr(bibliotheques, "resource_dir", lambda name: root / "projet" / name)
    fonds = open_fonds()
    assert [library.nom for library in fonds.bibliotheques] == ["facture"]
    assert find_clean(fonds, "a").bibliotheque == "facture"
    assert find_clean(fonds, "projet:a").reference == "facture:a@1"
    assert lint(fonds, "projet", JOUR) == lint(fonds, "facture", JOUR)


@needs_links
def test_a_library_that_leads_outside_the_project_is_refused(write: Write) -> None:
    """A cloned project may carry a link: what would be read and written there is somebody else's."""
    root = write({"projet/facture.toml": "", "ailleurs/a.yaml": clause("a")})
    (root / "projet" / "clauses").symlink_to(root / "ailleurs")
    assert [(found.code, found.message) for found in open_fonds().constats] == [
        ("C503", "« clauses » est un lien vers un dossier hors du projet")
    ]


def test_a_library_that_is_no_folder_is_said(write: Write) -> None:
    """A file in the place of `clauses/` must not let the shipped text stand in for the project's own in silence."""
    write({"projet/facture.toml": "", "projet/clauses": "rien"})
    assert [found.code for found in open_fonds().constats] == ["C503"]


def test_a_folder_named_twice_stays_where_it_is_farthest(write: Write) -> None:
    """The shipped library, also named by facture.toml, does not pass before the one named after it."""
    write(
        {
            "projet/facture.toml": '[bibliotheques]\nx = "../livree"\nequipe = "../equipe"\n',
            "livree/a.yaml": clause("a"),
            "equipe/a.yaml": clause("a", "remplace: [facture:a]"),
        }
    )
    fonds = open_fonds()
    assert [library.nom for library in fonds.bibliotheques] == ["equipe", "facture"]
    assert find_clean(fonds, "a").bibliotheque == "equipe"
    assert find_clean(fonds, "x:a").bibliotheque == "facture"


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("b", "equipe:b@2"),
        ("c", "facture:c@1"),
        ("projet:a", "projet:a@1"),
        ("equipe:a", "equipe:a@3"),
        ("facture:a", "facture:a@4"),
        ("a@1", "projet:a@1"),
        ("a@2", "equipe:a@2"),
        ("a@3", "equipe:a@3"),
        ("a@4", "facture:a@4"),
        ("equipe:a@1", "equipe:a@1"),
        ("equipe:a@3", "equipe:a@3"),
        ("equipe:b@1", "equipe:b@1"),
    ],
)
def test_a_reference_leads_to_one_clause(write: Write, reference: str, found: str) -> None:
    """A bare name takes the nearest library that has it; a version, the nearest that has that version."""
    write(TROIS)
    read, findings = find(open_fonds(), reference)
    assert read is not None
    assert read.reference == found
    assert [code for code in list_codes(findings) if code != "C512"] == []


@pytest.mark.parametrize(
    ("reference", "code", "message", "advice"),
    [
        (
            "revision",
            "C502",
            "« revision » introuvable",
            "cherché dans : projet (clauses), equipe (../equipe), facture",
        ),
        ("equipe:c", "C502", "« equipe:c » introuvable", "cherché dans : equipe (../equipe)"),
        ("a@9", "C502", "« a@9 » introuvable : projet a la version 1", "facture clause list"),
        ("equipe:a@7", "C502", "« equipe:a@7 » introuvable : equipe a les versions 1, 2 et 3", "facture clause list"),
        (
            "equpie:a",
            "C503",
            "aucune bibliothèque ne se nomme « equpie » ; vouliez-vous « equipe » ?",
            "projet, equipe",
        ),
        ("autre:a", "C503", "aucune bibliothèque ne se nomme « autre »", "bibliothèques de ce projet : projet, equipe"),
    ],
)
def test_a_reference_to_nothing_says_where_it_was_looked_for(
    write: Write, reference: str, code: str, message: str, advice: str
) -> None:
    """What is missing is an error of a missing file (exit 3), at the reference, with where to look."""
    write(TROIS)
    read, (found,) = find(open_fonds(), reference)
    assert read is None
    assert (found.code, found.message, found.position, found.path) == (code, message, ICI, "clauses[0]")
    assert advice in found.advice
    assert found.exit_code == 3


def test_a_misspelt_clause_is_proposed(write: Write) -> None:
    """One letter wrong: the clause that was meant is named."""
    write({"livree/revisions-comprises.yaml": clause("revisions-comprises")})
    _, (found,) = find(open_fonds(), "revision-comprises")
    assert found.message == "« revision-comprises » introuvable ; vouliez-vous « revisions-comprises » ?"


@pytest.mark.parametrize(
    ("remplace", "said"),
    [
        ("remplace: []", "equipe, facture"),
        ("remplace: [facture:a]", "equipe"),
        ("remplace: [facture:b, equipe:b]", "equipe, facture"),
        ("remplace: [facture:a, equipe:a]", ""),
    ],
)
def test_a_hidden_clause_is_a_warning_unless_it_is_meant(write: Write, remplace: str, said: str) -> None:
    """The nearest clause hides its namesakes: said, but for those that it declares to replace."""
    write(TROIS | {"projet/clauses/a.yaml": clause("a", remplace)})
    read, findings = find(open_fonds(), "a")
    assert read is not None and read.bibliotheque == "projet"
    others = ", ".join(f"« {nom} »" for nom in said.split(", "))
    expected = [f"« a » est prise dans « projet », et masquée dans {others}"] if said else []
    assert [found.message for found in findings] == expected
    assert all(found.code == "C512" and not found.is_error and found.position == ICI for found in findings)


def test_an_exact_reference_hides_nothing(write: Write) -> None:
    """Whoever names the library, or the version, knows that there are others."""
    write(TROIS)
    fonds = open_fonds()
    for reference in ("projet:a", "a@1", "equipe:a@3"):
        find_clean(fonds, reference)


def test_an_old_version_prints_its_old_text(write: Write) -> None:
    """A text that changed is still there under its old version, for the documents that named it."""
    write(TROIS)
    fonds = open_fonds()
    assert find_clean(fonds, "equipe:b@1").clause.texte == "Ancien texte."
    assert find_clean(fonds, "equipe:b").clause.texte == "Le prix comprend deux corrections."
    assert fonds.list_versions("equipe", "b") == [1, 2]
    assert fonds.list_versions("equipe", "zzz") == fonds.list_versions("zzz", "b") == []
    old = fonds.read_version("equipe", "b", 1)
    assert old is not None and old.version == 1
    assert fonds.read_version("equipe", "b", 9) is fonds.read_version("zzz", "b", 1) is None


def test_a_withdrawn_clause_keeps_its_versions(write: Write) -> None:
    """A clause removed from a library is found no more by its name, and still by its old versions."""
    write({"livree/anciennes/a@1.yaml": clause("a")})
    fonds = open_fonds()
    assert find_clean(fonds, "a@1").version == 1
    assert list_codes(find(fonds, "a")[1]) == ["C502"]


# --- Files that cannot be printed


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("id: a\n\ttitre: A\n", "Y117", 2),
        ("id: a\ntitre: A\n", "C527", 1),
        ("id: autre\ntitre: A\ntexte: Du texte.\n", "C520", 1),
        ("id: a\ntitre: A\ntexte: Du <b>texte</b>.\n", "C518", 3),
        ("", "Y111", 1),
        ("x" * 200_000, "C532", 1),
        ("x" * 10_000_000, "C532", 1),
    ],
    ids=["YAML", "sans texte", "autre nom", "HTML", "vide", "200 ko", "10 Mo"],
)
def test_a_broken_clause_says_what_is_wrong_with_its_file(write: Write, text: str, code: str, line: int) -> None:
    """The finding is at the file to mend, and given to each document that wants the clause; the rest still works."""
    write({"livree/a.yaml": text, "livree/b.yaml": clause("b")})
    fonds = open_fonds()
    read, (found,) = find(fonds, "a")
    assert read is None
    assert (found.code, found.position.line, found.is_error) == (code, line, True)
    assert found.position.file.endswith("livree/a.yaml")
    assert find(fonds, "a") == (None, [found])
    assert find(fonds, "facture:a@3") == (None, [found])
    assert [one.id for one in fonds.iter_clauses()] == ["b"]
    assert [one.id for one in fonds.visible()] == ["b"]
    assert fonds.findings_of_files == [found]


def test_an_old_version_survives_a_broken_current_one(write: Write) -> None:
    """The current file is being rewritten and does not read: the frozen version still prints."""
    write({"livree/a.yaml": "id: [", "livree/anciennes/a@1.yaml": clause("a")})
    fonds = open_fonds()
    assert find_clean(fonds, "a@1").version == 1
    assert find(fonds, "a")[0] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [(clause("b"), "C520"), (clause("a", "version: 2"), "C519")],
    ids=["autre clause", "autre version"],
)
def test_a_frozen_file_holds_what_its_name_says(write: Write, text: str, code: str) -> None:
    """`anciennes/a@1.yaml` with another clause, or another version, is refused."""
    write({"livree/anciennes/a@1.yaml": text})
    read, findings = find(open_fonds(), "a@1")
    assert read is None
    assert list_codes(findings) == [code]


def test_one_broken_file_among_two_hundred_stops_only_itself(write: Write) -> None:
    """199 clauses are listed, one is said."""
    files = {f"livree/c{index}.yaml": clause(f"c{index}") for index in range(200)}
    write(files | {"livree/c77.yaml": "id: c77\n\ttitre: x\n"})
    fonds = open_fonds()
    assert len(list(fonds.iter_clauses())) == 199
    assert [found.position.file.rpartition("/")[2] for found in fonds.findings_of_files] == ["c77.yaml"]


def test_only_the_files_that_are_needed_are_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A devis of one clause parses one clause, once; `fichiers` says which, for whoever watches them."""
    write({f"livree/c{index}.yaml": clause(f"c{index}") for index in range(50)})
    parsed: list[str] = []
    parse = facture.clauses.parse
    monkeypatch.setattr(facture.clauses, "parse", lambda data, file: parsed.append(file) or parse(data, file))
    fonds = open_fonds()
    assert parsed == [] and fonds.fichiers == ()
    assert find_clean(fonds, "c7") is find_clean(fonds, "facture:c7@1")
    assert len(parsed) == 1
    assert [path.name for path in fonds.fichiers] == ["c7.yaml"]
    assert fonds.find_joining("prestation") == []
    assert len(parsed) == 1


@needs_links
def test_a_link_out_of_a_library_is_not_followed(write: Write) -> None:
    """A library of somebody else's cannot make us read another file of this machine; a link inside it is fine."""
    root = write({"secret.yaml": clause("a"), "livree/vrai.yaml": clause("dedans")})
    (root / "livree" / "a.yaml").symlink_to(root / "secret.yaml")
    (root / "livree" / "dedans.yaml").symlink_to(root / "livree" / "vrai.yaml")
    fonds = open_fonds()
    read, (found,) = find(fonds, "a")
    assert read is None
    assert (found.code, found.message) == ("F231", "ce lien mène hors de la bibliothèque")
    assert find_clean(fonds, "dedans").id == "dedans"


@needs_links
@pytest.mark.parametrize("folder", ["anciennes", "modeles"])
def test_a_linked_folder_out_of_a_library_is_not_listed(write: Write, folder: str) -> None:
    """Neither frozen versions nor presets come from elsewhere."""
    root = write({"ailleurs/a@1.yaml": clause("a"), "ailleurs/m.yaml": "titre: M\nclauses: [a]\n"})
    (root / "livree" / folder).symlink_to(root / "ailleurs")
    fonds = open_fonds()
    assert list_codes(find(fonds, "a@1")[1]) == ["C502"]
    assert fonds.modeles() == {}


@needs_links
def test_a_linked_manifest_or_preset_is_not_followed(write: Write) -> None:
    """The same holds for the two other kinds of files."""
    root = write({"secret.yaml": "titre: M\nclauses: [a]\n", "livree/modeles/bon.yaml": "titre: M\nclauses: [a]\n"})
    (root / "livree" / "bibliotheque.yaml").symlink_to(root / "secret.yaml")
    (root / "livree" / "modeles" / "m.yaml").symlink_to(root / "secret.yaml")
    fonds = open_fonds()
    assert list_codes(fonds.constats) == ["F231"]
    assert list_codes(fonds.find_modele("m", ICI, "")[1]) == ["F231"]
    assert list(fonds.modeles()) == ["bon"]


def test_a_broken_manifest_leaves_the_library_readable(write: Write) -> None:
    """An unknown key of bibliotheque.yaml is said once for the project; its clauses still print."""
    write({"livree/bibliotheque.yaml": "titre: Livrée\ntheme: {prix: Le prix}\n", "livree/a.yaml": clause("a")})
    fonds = open_fonds()
    (found,) = fonds.constats
    assert (found.code, found.position.line, found.path) == ("F203", 2, "theme")
    assert "vouliez-vous « themes »" in found.message
    assert find_clean(fonds, "a").id == "a"


# --- Libraries that are not there


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[bibliotheques]\nequipe = "../absente"\n', "dossier « ../absente » introuvable"),
        (
            '[bibliotheques.equipe]\npaquet = "clauses-equipe"\n',
            "aucun paquet installé n'a le point d'entrée « clauses-equipe » du groupe facture.clauses",
        ),
        ('[bibliotheques.equipe]\ngit = "../depot"\n', "« equipe » n'est pas encore dans facture.lock"),
        (
            f'[bibliotheques.equipe]\ngit = "../depot"\nref = "{"a" * 40}"\n',
            "« equipe » : le commit aaaaaaaaaaaa n'est pas sur cette machine",
        ),
    ],
    ids=["dossier", "paquet", "git jamais épinglé", "git jamais récupéré"],
)
def test_a_missing_library_is_said_at_its_line(write: Write, toml: str, message: str) -> None:
    """A library that is named and absent: exit 3 at facture.toml, and again at each reference to it."""
    write({"projet/facture.toml": f'emetteur = "moi"\n{toml}'})
    fonds = open_fonds()
    (found,) = fonds.constats
    line = 3 if toml.startswith("[bibliotheques]\n") else 2
    assert (found.code, found.message, found.position.line) == ("C503", message, line)
    assert (found.position.file, found.exit_code) == ("facture.toml", 3)
    _, (missing,) = find(fonds, "equipe:a")
    assert (missing.code, missing.message) == ("C503", "bibliothèque « equipe » absente")


def install(root: Path, monkeypatch: pytest.MonkeyPatch, module: str, *, files: dict[str, str]) -> None:
    """Put a package on the path, with an entry point that names one of its folders."""
    site = root / "site"
    info = site / "clauses_equipe-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clauses-equipe\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[facture.clauses]\nequipe = {module}\n")
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))


def test_a_package_gives_a_library_without_running(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package declares its folder; its code, which would fail here, is never imported."""
    root = write({"projet/facture.toml": '[bibliotheques.equipe]\npaquet = "equipe"\n'})
    boom = {"clauses_equipe/__init__.py": "raise SystemExit('importé')\n"}
    install(root, monkeypatch, "clauses_equipe.textes", files=boom | {"clauses_equipe/textes/a.yaml": clause("a")})
    fonds = open_fonds()
    assert fonds.constats == []
    assert find_clean(fonds, "equipe:a").reference == "equipe:a@1"
    assert fonds.bibliotheques[0].genre == "paquet"


def test_an_editable_package_is_found_where_its_sources_are(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The metadata stands in one folder and the sources in another, as after `pip install -e`."""
    root = write({"sources/clauses_equipe/__init__.py": "raise SystemExit('importé')\n"})
    install(root, monkeypatch, "clauses_equipe:biblio", files={})
    monkeypatch.syspath_prepend(str(root / "sources"))
    assert find_dossier_paquet("equipe") == root / "sources" / "clauses_equipe"
    assert find_dossier_paquet("autre") is None


@pytest.mark.parametrize("module", ["../../etc", "clauses_equipe.absent", "zzz_absent", "/etc"])
def test_an_entry_point_that_leads_nowhere_gives_nothing(
    write: Write, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """A path in place of a module, or a module that is not there."""
    root = write({})
    install(root, monkeypatch, module, files={"clauses_equipe/__init__.py": ""})
    assert find_dossier_paquet("equipe") is None


@pytest.fixture
def depot(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository `depot/`, and a project that names it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    write(
        {
            "projet/facture.toml": '[bibliotheques.equipe]\ngit = "../depot"\nref = "main"\nsous = "textes"\n',
            "depot/textes/a.yaml": clause("a"),
        }
    )
    run_git(tmp_path / "depot", "init", "--quiet", "--initial-branch=main")
    record(tmp_path / "depot")
    return tmp_path / "depot"


def run_git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=Essai", "-c", "user.email=essai@exemple.fr", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def record(folder: Path) -> str:
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--message", "étape")
    return run_git(folder, "rev-parse", "HEAD")


def fetch_and_pin(*references: str) -> Verrou:
    """What `library update` does: fetch, pin, write."""
    projet = find_projet(Path())
    (source,) = projet.bibliotheques
    commit = fetch_depot(projet, source)
    known = Verrou({"equipe": BibliothequeEpinglee("git", source.adresse, source.ref, commit)})
    verrou, findings = build_verrou(Fonds(projet, known), references, {"equipe": commit})
    assert findings == []
    write_verrou(projet, verrou)
    return verrou


@needs_git
def test_a_git_library_is_read_at_its_pinned_commit(depot: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pinned once, the text stays what it was whatever upstream becomes, without git and without network."""
    verrou = fetch_and_pin("a")
    pinned = run_git(depot, "rev-parse", "HEAD")
    assert verrou.bibliotheques["equipe"] == BibliothequeEpinglee("git", "../depot", "main", pinned)
    write({"depot/textes/a.yaml": clause("a", "version: 2", texte="Nouveau texte.")})
    record(depot)
    shutil.move(depot, depot.with_name("disparu"))
    monkeypatch.setenv("PATH", "")
    fonds = open_fonds()
    assert fonds.constats == []
    assert fonds.bibliotheques[0].commit == pinned
    assert find_clean(fonds, "a").clause.texte == "Le prix comprend deux corrections."
    assert verify(fonds) == []


@needs_git
@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('git = "../depot"\nref = "autre"', "a changé l'adresse ou la référence de « equipe » depuis facture.lock"),
        ('git = "../ailleurs"\nref = "main"', "a changé l'adresse ou la référence de « equipe » depuis facture.lock"),
        ('git = "../depot"\nref = "main"\nsous = "absent"', "n'a pas de dossier « absent » avec du YAML"),
    ],
    ids=["autre référence", "autre adresse", "autre dossier"],
)
def test_a_change_of_address_asks_for_a_new_lock(depot: Path, write: Write, toml: str, message: str) -> None:
    """facture.toml and facture.lock must speak of one thing: neither the old text nor a new one is taken in silence."""
    fetch_and_pin("a")
    write({"projet/facture.toml": f"[bibliotheques.equipe]\n{toml}\n"})
    fonds = open_fonds()
    (found,) = fonds.constats
    assert found.code == "C503" and message in found.message
    assert "C503" in list_codes(verify(fonds))


@needs_git
def test_a_lost_cache_is_said(depot: Path) -> None:
    """The lock is there, the commit is not on this machine: nothing is fetched while rendering."""
    fetch_and_pin("a")
    shutil.rmtree(depots.find_cache())
    fonds = open_fonds()
    (found,) = fonds.constats
    assert found.code == "C503" and found.message.endswith("n'est pas sur cette machine")
    assert found.advice == "récupérez-la : facture library sync"
    assert not depots.find_cache().exists()


@needs_git
def test_a_repository_out_of_reach_is_said_at_its_line(depot: Path, write: Write) -> None:
    """What a fetch refuses is a finding of facture.toml, with exit status 3; what it finds is the commit."""
    projet = find_projet(Path())
    (source,) = projet.bibliotheques
    commit = run_git(depot, "rev-parse", "HEAD")
    assert resolve_depot(projet, source) == fetch_depot(projet, source) == fetch_depot(projet, source, commit) == commit
    write({"projet/facture.toml": '\n[bibliotheques.equipe]\ngit = "../depot"\nref = "maim"\n'})
    projet = find_projet(Path())
    (source,) = projet.bibliotheques
    for call in (resolve_depot, fetch_depot):
        with pytest.raises(RefusError) as caught:
            call(projet, source)
        (found,) = caught.value.diagnostics
        assert (found.code, found.position, caught.value.exit_code) == ("C535", Position("facture.toml", 2, 2), 3)
        assert found.message == "../depot : « maim » introuvable ; vouliez-vous « main » ?"


# --- The lock


def test_a_pin_wins_over_the_nearest(write: Write) -> None:
    """Pinned in the team's library at version 3, the clause stays there when the project gets one of its own."""
    files = {name: text for name, text in TROIS.items() if not name.startswith("projet/clauses")}
    write(files)
    verrou = pin(open_fonds(), "a", "equipe:b@1", "c")
    assert [(key, one.bibliotheque, one.version) for key, one in verrou.clauses.items()] == [
        ("a", "equipe", 3),
        ("c", "facture", 1),
        ("equipe:b@1", "equipe", 1),
    ]
    write({"projet/clauses/a.yaml": clause("a", texte="Autre."), "projet/clauses/c.yaml": clause("c", texte="Autre.")})
    fonds = open_fonds()
    assert find_clean(fonds, "a").reference == "equipe:a@3"
    assert find_clean(fonds, "equipe:b@1").reference == "equipe:b@1"
    assert [one.reference for one in fonds.visible()] == ["equipe:a@3", "equipe:b@2", "facture:c@1"]
    assert find(fonds, "projet:a")[0] is not None


def test_a_pinned_version_outlives_the_current_one(write: Write) -> None:
    """Version 1 was pinned; the library goes on to version 2 and keeps the first one: the document does not move."""
    write({"projet/facture.toml": "", "livree/a.yaml": clause("a", texte="Ancien texte.")})
    pin(open_fonds(), "a")
    write(
        {
            "livree/a.yaml": clause("a", "version: 2", texte="Nouveau texte."),
            "livree/anciennes/a@1.yaml": clause("a", texte="Ancien texte."),
        }
    )
    assert find_clean(open_fonds(), "a").clause.texte == "Ancien texte."


def test_a_text_changed_under_its_pin_is_refused(write: Write) -> None:
    """The same version with another text is not printed in silence: exit 4, where it is cited and in `verify`."""
    write({"projet/facture.toml": "", "livree/a.yaml": clause("a"), "livree/b.yaml": clause("b")})
    pin(open_fonds(), "a", "b")
    assert verify(open_fonds()) == []
    write({"livree/a.yaml": clause("a", texte="Le prix comprend dix corrections.")})
    fonds = open_fonds()
    read, (found,) = find(fonds, "a")
    assert read is not None
    assert (found.code, found.exit_code, found.position) == ("C521", 4, ICI)
    assert found.message == "le texte de « facture:a@1 » n'est plus celui que facture.lock a épinglé"
    (found,) = verify(fonds)
    assert (found.code, found.path) == ("C521", "clauses.a")
    assert Path("facture.lock").read_text().splitlines()[found.position.line - 1].startswith("a = {")


def test_reviewing_a_clause_does_not_break_its_pin(write: Write) -> None:
    """A new date of review or a comment changes nothing of what a client reads."""
    write({"projet/facture.toml": "", "livree/a.yaml": clause("a")})
    pin(open_fonds(), "a")
    write({"livree/a.yaml": "# relue\n" + clause("a", "verifie_le: 2027-01-01", "note: Relue.")})
    assert verify(open_fonds()) == []


def test_what_was_pinned_and_is_gone_is_said(write: Write) -> None:
    """A pinned version that nobody kept, a library that left facture.toml."""
    write(TROIS)
    pin(open_fonds(), "equipe:a", "c")
    write({"livree/c.yaml": clause("c", "version: 2")})
    fonds = open_fonds()
    read, (found,) = find(fonds, "c")
    assert read is None
    assert (found.code, found.message) == ("C502", "« facture:c@1 » introuvable : facture a la version 2")
    write({"projet/facture.toml": ""})
    assert sorted(list_codes(verify(open_fonds()))) == ["C502", "C503", "C503"]


def test_a_lock_that_does_not_know_a_clause_warns(write: Write) -> None:
    """A lock is there and says nothing of this clause: its text could change unseen."""
    write(TROIS)
    pin(open_fonds(), "b")
    read, (found,) = find(open_fonds(), "c")
    assert read is not None
    assert (found.code, found.is_error, found.position) == ("C523", False, ICI)


def test_a_lock_pins_what_references_mean_now(write: Write) -> None:
    """What cannot be found is said and left out; the lock of the moment has no say in the next one."""
    write(TROIS)
    pin(open_fonds(), "b")
    write({"projet/clauses/b.yaml": clause("b", "version: 7")})
    verrou, findings = build_verrou(open_fonds(), ["b", "b", "zzz", "a b"], {})
    assert [(key, one.bibliotheque, one.version) for key, one in verrou.clauses.items()] == [("b", "projet", 7)]
    assert list_codes(findings) == ["C502", "C502"]
    assert verrou.bibliotheques == {"equipe": BibliothequeEpinglee("dossier", "../equipe")}


def test_a_library_that_was_never_fetched_is_not_pinned(write: Write) -> None:
    """The lock leaves it out rather than name a commit that nobody has; it reads back."""
    write({"projet/facture.toml": '[bibliotheques.equipe]\ngit = "../depot"\n', "livree/a.yaml": clause("a")})
    verrou = pin(open_fonds(), "a")
    assert verrou.bibliotheques == {}
    assert read_verrou(find_projet(Path())) == verrou
    given, _ = build_verrou(open_fonds(), ["a"], {"equipe": "c" * 40})
    assert given.bibliotheques["equipe"].commit == "c" * 40


def test_a_lock_reads_as_it_was_written(write: Write) -> None:
    """One line a clause, sorted, keys quoted when TOML asks; reading it gives the same lock."""
    write({"projet/facture.toml": ""})
    verrou = Verrou(
        {
            "equipe": BibliothequeEpinglee("git", 'C:\\x "y"', "main", "b" * 40),
            "a.b": BibliothequeEpinglee("dossier", "../é"),
        },
        {
            "equipe:z@1": Epingle("equipe:z@1", "equipe", 1, "0" * 64),
            "acompte": Epingle("acompte", "facture", 3, "f" * 64),
        },
    )
    text = dump_verrou(verrou)
    assert text == (
        "# Écrit par facture (facture library update) : à garder dans git, à côté de facture.toml.\n"
        "version = 1\n"
        "\n"
        '[bibliotheques."a.b"]\n'
        'genre = "dossier"\n'
        'adresse = "../é"\n'
        "\n"
        "[bibliotheques.equipe]\n"
        'genre = "git"\n'
        'adresse = "C:\\\\x \\"y\\""\n'
        'ref = "main"\n'
        f'commit = "{"b" * 40}"\n'
        "\n"
        "[clauses]\n"
        f'acompte = {{ bibliotheque = "facture", version = 3, sha256 = "{"f" * 64}" }}\n'
        f'"equipe:z@1" = {{ bibliotheque = "equipe", version = 1, sha256 = "{"0" * 64}" }}\n'
    )
    projet = find_projet(Path())
    write_verrou(projet, verrou)
    read = read_verrou(projet)
    assert read == verrou
    assert read is not None and read.positions["clauses.equipe:z@1"] == Position("facture.lock", 16, 1)


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_any_text_survives_toml(text: str) -> None:
    """Quotes, backslashes, controls and signs of any script read back as they were."""
    assert tomllib.loads(f"x = {dump_toml(text)}") == {"x": text}


EPINGLE = f'bibliotheque = "facture", version = 1, sha256 = "{"0" * 64}"'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("version = 1\n[clauses\n", 2, "TOML mal formé"),
        ("version = 1\n<<<<<<< HEAD\n", 2, "TOML mal formé"),
        ("version = 1\n[clauses]\na = {", 3, "TOML mal formé"),
        ("", 1, "« version » inconnue"),
        ("version = true\n", 1, "« version » inconnue"),
        ('version = "1"\n', 1, "« version » inconnue"),
        ("\nversion = 2\n", 2, "écrit par une version plus récente de facture"),
        ("version = 1\nautre = 1\n", 2, "clé inconnue"),
        ("version = 1\nclauses = 3\n", 2, "un groupe de clés est attendu"),
        ("version = 1\n[clauses]\na = 3\n", 3, "un groupe de clés est attendu"),
        (f"version = 1\n[clauses]\na = {{ {EPINGLE}, x = 1 }}\n", 3, "clé inconnue"),
        (f'version = 1\n[clauses]\n"A B" = {{ {EPINGLE} }}\n', 3, "« A B » n'est pas le nom d'une clause"),
        (f'version = 1\n[clauses]\n"a@2" = {{ {EPINGLE} }}\n', 3, "ne disent pas la même chose"),
        (f'version = 1\n[clauses]\n"equipe:a" = {{ {EPINGLE} }}\n', 3, "ne disent pas la même chose"),
        ('version = 1\n[clauses]\na = { bibliotheque = "facture", version = 1 }\n', 3, "« sha256 »"),
        (f"version = 1\n[clauses]\na = {{ {EPINGLE.replace('1', 'true')} }}\n", 3, "« version » : un entier"),
        (f"version = 1\n[clauses]\na = {{ {EPINGLE.replace('0', 'g')} }}\n", 3, "64 chiffres hexadécimaux"),
        ('version = 1\n[bibliotheques.x]\ngenre = "git"\nadresse = "d"\ncommit = "../.."\n', 5, "40 chiffres"),
        ('version = 1\n[bibliotheques.x]\ngenre = "git"\nadresse = "d"\n', 2, "« commit » : un texte est attendu"),
        ('version = 1\n[bibliotheques.x]\ngenre = "ftp"\nadresse = "d"\n', 3, "dossier, git ou paquet"),
        ('version = 1\n[bibliotheques.facture]\ngenre = "dossier"\nadresse = "d"\n', 2, "qui existe toujours"),
        ('version = 1\n[bibliotheques.x]\ngenre = "dossier"\nadresse = 1\n', 4, "« adresse » : un texte est attendu"),
        ("version = 1\nx = " + "[" * 5000 + "]" * 5000 + "\n", 1, "trop de niveaux imbriqués"),
    ],
)
def test_a_damaged_lock_stops_with_its_line(write: Write, text: str, line: int, message: str) -> None:
    """What we did not write is refused (exit 2), at its line; the libraries stay readable meanwhile."""
    write({"projet/facture.toml": "", "projet/facture.lock": text, "livree/a.yaml": clause("a")})
    with pytest.raises(ConfigurationError) as caught:
        read_verrou(find_projet(Path()))
    (found,) = caught.value.diagnostics
    assert (found.code, found.position.file, found.position.line, found.exit_code) == ("C522", "facture.lock", line, 2)
    assert message in found.message
    fonds = open_fonds()
    assert fonds.constats == [found]
    assert find_clean(fonds, "a").id == "a"
    assert verify(fonds) == [found]


def test_a_lock_needs_a_project(write: Write) -> None:
    """Without facture.toml there is nothing to lock."""
    write({})
    projet = find_projet(Path())
    assert read_verrou(projet) is None
    with pytest.raises(UsageError, match="facture init"):
        write_verrou(projet, Verrou())
    assert verify(Fonds(projet)) == []


def test_a_lock_that_is_not_text_is_said(write: Write) -> None:
    """A folder, or bytes that are no text, in place of the lock."""
    root = write({"projet/facture.toml": ""})
    (root / "projet" / "facture.lock").write_bytes(b"\xff\xfe")
    assert "UTF-8" in open_fonds().constats[0].message
    (root / "projet" / "facture.lock").unlink()
    (root / "projet" / "facture.lock").mkdir()
    assert list_codes(open_fonds().constats) == ["C522"]


# --- facture.toml


@pytest.mark.parametrize(
    ("toml", "sources"),
    [
        ("", []),
        ("bibliotheques = []", []),
        ('bibliotheques = ["../equipe", "textes/juridiques"]', [("equipe", "dossier"), ("juridiques", "dossier")]),
        ('[bibliotheques]\nb = "x"\na = "y"', [("b", "dossier"), ("a", "dossier")]),
        ('[bibliotheques.equipe]\ndossier = "x"', [("equipe", "dossier")]),
        ('[bibliotheques."mon.equipe"]\ngit = "x"', [("mon.equipe", "git")]),
        ('[bibliotheques]\nequipe = {git = "x", ref = "v1", sous = "a/b"}', [("equipe", "git")]),
        ('[bibliotheques.equipe]\npaquet = "x"', [("equipe", "paquet")]),
        ('bibliotheques.equipe = "x"', [("equipe", "dossier")]),
    ],
)
def test_libraries_are_written_in_three_ways(toml: str, sources: list[tuple[str, str]]) -> None:
    """A list of folders, a table of folders, a table a library: all in the order of the file."""
    projet = parse_configuration(toml + "\n", Path("/projets/ici/facture.toml"))
    assert [(source.nom, source.genre) for source in projet.bibliotheques] == sources


@pytest.mark.parametrize(
    ("toml", "code", "line", "path", "message"),
    [
        ('bibliotheques = "x"', "F292", 1, "bibliotheques", "une liste est attendu"),
        ("bibliotheques = [3]", "F292", 1, "bibliotheques[0]", "le chemin d'un dossier"),
        ('bibliotheques = ["../Équipe"]', "F292", 1, "bibliotheques[0]", "ne peut pas nommer"),
        ('bibliotheques = ["a/x", "b/x"]', "F292", 1, "bibliotheques[1]", "deux bibliothèques se nomment « x »"),
        ('bibliotheques = ["../facture"]', "F292", 1, "bibliotheques[0]", "qui existe toujours"),
        ('[bibliotheques]\nprojet = "x"', "F292", 2, "bibliotheques.projet", "qui existe toujours"),
        ('[bibliotheques]\n"A b" = "x"', "F292", 2, "bibliotheques.A b", "ne peut pas nommer"),
        ("[bibliotheques]\nequipe = 3", "F292", 2, "bibliotheques.equipe", "un dossier ou un groupe de clés"),
        ('[bibliotheques]\nequipe = " "', "F292", 2, "bibliotheques.equipe.dossier", "texte vide"),
        ('[bibliotheques.equipe]\nref = "x"', "F292", 2, "bibliotheques.equipe.ref", "ne va qu'avec « git »"),
        ("[bibliotheques.equipe]", "F292", 1, "bibliotheques.equipe", "il manque l'adresse"),
        ('[bibliotheques.equipe]\ngit = "x"\ndossier = "y"', "F292", 1, "bibliotheques.equipe", "une seule adresse"),
        ('[bibliotheques.equipe]\ngti = "x"', "F291", 2, "bibliotheques.equipe.gti", "vouliez-vous « git » ?"),
        ("[bibliotheques.equipe]\ngit = 3", "F292", 2, "bibliotheques.equipe.git", "un texte est attendu"),
        ('[bibliotheques.equipe]\ngit = "a\\u200bb"', "F292", 2, "bibliotheques.equipe.git", "invisible"),
        ('[bibliotheques.e]\ngit = "x"\nsous = "../y"', "F292", 3, "bibliotheques.e.sous", "sort du dépôt"),
        ('[bibliotheques.e]\ngit = "x"\nsous = "/y"', "F292", 3, "bibliotheques.e.sous", "sort du dépôt"),
        ('[bibliotheques.e]\ngit = "x"\nsous = "C:\\\\y"', "F292", 3, "bibliotheques.e.sous", "sort du dépôt"),
    ],
)
def test_a_library_written_wrong_has_its_line(toml: str, code: str, line: int, path: str, message: str) -> None:
    """Exit 2 before anything else, at the key to mend."""
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(toml + "\n", Path("facture.toml"))
    (found,) = caught.value.diagnostics
    assert (found.code, found.position.line, found.path, found.exit_code) == (code, line, path, 2)
    assert message in found.message


def test_the_folder_of_a_library_may_be_read_by_documents(write: Write) -> None:
    """Whatever the way it is written; the folder of a git library, which nobody edits, is not one of them."""
    root = write({"equipe/a.yaml": "", "autre/a.yaml": ""})
    for toml in ('bibliotheques = ["../equipe"]', '[bibliotheques.x]\ndossier = "../equipe"'):
        write({"projet/facture.toml": toml + "\n"})
        projet = find_projet(Path())
        assert projet.may_read(root / "equipe" / "a.yaml")
        assert not projet.may_read(root / "autre" / "a.yaml")
    write({"projet/facture.toml": '[bibliotheques.x]\ngit = "../equipe"\n'})
    assert not find_projet(Path()).may_read(root / "equipe" / "a.yaml")


AJOUT = SourceBibliotheque("equipe", "git", "git@exemple.fr:equipe/clauses.git", "main", "textes")
AJOUTE = '[bibliotheques.equipe]\ngit = "git@exemple.fr:equipe/clauses.git"\nref = "main"\nsous = "textes"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", AJOUTE),
        ('# à moi\nemetteur = "moi"  # toujours\n', f'# à moi\nemetteur = "moi"  # toujours\n\n{AJOUTE}'),
        ('emetteur = "moi"', f'emetteur = "moi"\n\n{AJOUTE}'),
        ('[bibliotheques]\nz = "../z" # proche\n', f'[bibliotheques]\nz = "../z" # proche\n\n{AJOUTE}'),
        ('[bibliotheques.z]\ngit = "../z"\n\n# fin\n', f'[bibliotheques.z]\ngit = "../z"\n\n# fin\n\n{AJOUTE}'),
        ('bibliotheques.z = "../z"\n', f'bibliotheques.z = "../z"\n\n{AJOUTE}'),
        ('emetteur = "moi"\r\n', ('emetteur = "moi"\r\n\r\n' + AJOUTE.replace("\n", "\r\n"))),
        ("\ufeff", "\ufeff" + AJOUTE),
    ],
    ids=["vide", "commentaires", "sans fin de ligne", "table", "une table chacune", "clé pointée", "CRLF", "BOM"],
)
def test_a_library_is_added_and_the_rest_is_kept(write: Write, before: str, after: str) -> None:
    """Comments, order and ends of lines stay; the new library is the farthest, and reads back as it was given."""
    root = write({})
    Path("facture.toml").write_bytes(before.encode())
    text = add_bibliotheque(find_projet(Path()), AJOUT)
    assert text == after
    (root / "projet" / "facture.toml").write_bytes(text.encode())
    assert find_projet(Path()).bibliotheques[-1] == AJOUT


def test_odd_addresses_are_escaped(write: Write) -> None:
    """Quotes, backslashes and accents of an address are written so that TOML gives them back."""
    write({"projet/facture.toml": ""})
    source = SourceBibliotheque("mon.equipe", "dossier", 'C:\\Été "2026"')
    Path("facture.toml").write_text(add_bibliotheque(find_projet(Path()), source), encoding="utf-8")
    assert find_projet(Path()).bibliotheques == (source,)


@pytest.mark.parametrize(
    ("toml", "source", "error", "message"),
    [
        ('[bibliotheques]\nequipe = "x"\n', AJOUT, UsageError, "deux bibliothèques se nomment « equipe »"),
        ("", SourceBibliotheque("facture", "git", "x"), UsageError, "qui existe toujours"),
        ("", SourceBibliotheque("../x", "git", "x"), UsageError, "ne peut pas nommer une bibliothèque"),
        ("", SourceBibliotheque("x", "git", "x", sous="../y"), UsageError, "sort du dépôt"),
        ("", SourceBibliotheque("x", "git", "a\nb"), UsageError, "invisible ou de contrôle"),
        ('bibliotheques = ["x"]\n', AJOUT, ConfigurationError, "est une liste de dossiers"),
        ('bibliotheques = {x = "y"}\n', AJOUT, ConfigurationError, "entre accolades"),
    ],
    ids=["prise", "réservée", "pas un nom", "sous-dossier dehors", "adresse sur deux lignes", "liste", "accolades"],
)
def test_a_library_that_cannot_be_added_says_why(
    write: Write, toml: str, source: SourceBibliotheque, error: type[Exception], message: str
) -> None:
    """A name that is taken, a file that TOML lets nobody add to: exit 2, and nothing is written."""
    write({"projet/facture.toml": toml})
    with pytest.raises(error, match=message):
        add_bibliotheque(find_projet(Path()), source)
    assert Path("facture.toml").read_text() == toml


def test_nothing_is_added_without_a_project(write: Write) -> None:
    """A library belongs to a project."""
    write({})
    with pytest.raises(UsageError, match="facture init"):
        add_bibliotheque(find_projet(Path()), AJOUT)


# --- Presets and themes


def test_the_nearest_preset_wins(write: Write) -> None:
    """A project's preset takes the place of the shipped one of the same name; values keep their places."""
    write(
        {
            "projet/clauses/modeles/web.yaml": "titre: Le mien\nclauses:\n  - a\n  - b: {series: 2}\n",
            "livree/modeles/web.yaml": "titre: Livré\nclauses: [a]\n",
            "livree/modeles/conseil.yaml": "titre: Conseil\naide: Pour le conseil.\nclauses: [a]\n",
        }
    )
    fonds = open_fonds()
    assert {nom: (one.titre, one.bibliotheque) for nom, one in fonds.modeles().items()} == {
        "conseil": ("Conseil", "facture"),
        "web": ("Le mien", "projet"),
    }
    modele, findings = fonds.find_modele("web", ICI, "modele")
    assert modele is not None and findings == []
    assert [(one.cle, one.valeurs) for one in modele.clauses] == [("a", ()), ("b", (("series", "2"),))]
    assert (modele.place(1).line, modele.place_value(1, "series").column) == (4, 17)
    assert modele.place_value(1, "series", at_key=True).column == 9


def test_an_unknown_preset_is_said_with_its_neighbours(write: Write) -> None:
    """Exit 3, what was probably meant, and what there is."""
    write({"livree/modeles/developpement-web.yaml": "titre: W\nclauses: [a]\n"})
    modele, (found,) = open_fonds().find_modele("developement-web", ICI, "modele")
    assert modele is None
    assert (found.code, found.exit_code, found.position, found.path) == ("C525", 3, ICI, "modele")
    assert found.message == "modèle « developement-web » introuvable ; vouliez-vous « developpement-web » ?"
    assert found.advice == "modèles : developpement-web"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("titre: W\nclauses: [\n", ["Y104"]),
        ("titre: W\n", ["C527"]),
        ("clauses: [a]\n", ["C527"]),
        ("titre: W\nclauses: [a, 'B c']\n", ["F209"]),
        ("titre: W\nclauses: [a]\ntheme: x\n", ["F203"]),
        ("titre: W\nclauses:\n  - a:\n", ["F210"]),
        ("titre: " + "x" * 100_000, ["C532"]),
    ],
)
def test_a_broken_preset_says_what_is_wrong(write: Write, text: str, codes: list[str]) -> None:
    """The findings of its file, and no preset."""
    write({"livree/modeles/web.yaml": text})
    fonds = open_fonds()
    modele, findings = fonds.find_modele("web", ICI, "modele")
    assert modele is None
    assert list_codes(findings) == codes
    assert fonds.modeles() == {}
    assert fonds.findings_of_files == findings


def test_a_clause_may_ask_to_join_a_preset(write: Write) -> None:
    """The visible clauses that name a preset in `modeles`, those of the project first in their place."""
    write(
        {
            "projet/clauses/b.yaml": clause("b"),
            "livree/a.yaml": clause("a", "modeles: [web]"),
            "livree/b.yaml": clause("b", "modeles: [web]"),
            "livree/c.yaml": clause("c", "modeles: [conseil]"),
            "livree/d.yaml": clause("d", texte="Les modeles restent au client."),
        }
    )
    assert [one.reference for one in open_fonds().find_joining("web")] == ["facture:a@1"]


def test_themes_come_in_the_order_of_the_chapters(write: Write) -> None:
    """The shipped order, then what others add, then what nobody declares; the nearest library gives the title."""
    write(
        {
            "projet/clauses/bibliotheque.yaml": "themes: {paiement: Payer, chantier: Le chantier}\n",
            "projet/clauses/z.yaml": clause("z", "themes: [zone-franche]"),
            "projet/clauses/a.yaml": clause("a", "themes: [apres-vente, prix]"),
            "livree/bibliotheque.yaml": "themes: {prix: Le prix, paiement: Le paiement}\n",
        }
    )
    fonds = open_fonds()
    declared = [("prix", "Le prix"), ("paiement", "Payer"), ("chantier", "Le chantier")]
    assert list(fonds.themes().items()) == declared
    find_clean(fonds, "z")
    find_clean(fonds, "a")
    met = [("apres-vente", "Apres vente"), ("zone-franche", "Zone franche")]
    assert list(fonds.themes().items()) == declared + met


# --- Review


BONNE = {
    "livree/bibliotheque.yaml": "titre: B\nthemes: {perimetre: Le périmètre}\n",
    "livree/a.yaml": clause("a", "version: 2", "requiert: [b]", texte="Voir l'article [[b]]."),
    "livree/anciennes/a@1.yaml": clause("a"),
    "livree/b.yaml": clause("b", "variables: {series: {type: entier, defaut: 2, max: 9}}", texte="{{ series }} fois."),
    "livree/pro.yaml": clause("pro", "famille: f", "position: preferee", "public: professionnel"),
    "livree/plancher.yaml": clause("plancher", "famille: f", "position: repli", "public: professionnel"),
    "livree/particulier.yaml": clause(
        "particulier", "famille: f", "position: preferee", "public: [particulier, public]"
    ),
    "livree/modeles/web.yaml": "titre: W\nclauses:\n  - a\n  - b: {series: 3}\n  - pro\n  - particulier\n",
}


def test_a_library_in_order_has_nothing_to_say(write: Write) -> None:
    """Versions that follow, references that lead somewhere, one preferred variant a public: no finding."""
    write(BONNE)
    assert lint(open_fonds(), "facture", JOUR) == []


def test_a_year_is_counted_to_the_day(write: Write) -> None:
    """Read a year ago to the day: not stale yet; the next day it is."""
    write({"livree/a.yaml": clause("a", "verifie_le: 2025-11-22")})
    assert lint(open_fonds(), "facture", JOUR) == []
    assert list_codes(lint(open_fonds(), "facture", JOUR + dt.timedelta(days=1))) == ["C513"]


@pytest.mark.parametrize(
    ("files", "code", "where", "message"),
    [
        ({"Ma clause.yaml": clause("a")}, "C520", "Ma clause.yaml:1", "n'est pas un nom que l'on puisse citer"),
        ({"x.yml": clause("x")}, "C520", "x.yml:1", "« x.yml »"),
        ({"anciennes/b-1.yaml": clause("b")}, "C520", "anciennes/b-1.yaml:1", "« b-1.yaml »"),
        ({"x.yaml": clause("y")}, "C520", "x.yaml:1", "s'appelle « x.yaml » et contient « y »"),
        ({"x.yaml": clause("x", "version: 4")}, "C519", "x.yaml:3", "versions 1, 2 et 3 absentes"),
        ({"a.yaml": clause("a", "version: 3")}, "C519", "a.yaml:3", "version 2 absente du dossier anciennes/"),
        ({"anciennes/b@1.yaml": clause("b")}, "C519", "anciennes/b@1.yaml:1", "la version courante est la 1"),
        ({"anciennes/x@2.yaml": clause("x", "version: 2")}, "C519", "anciennes/x@2.yaml:1", "version 1 absente"),
        ({"anciennes/a@1.yaml": "id: ["}, "Y104", "anciennes/a@1.yaml:1", ""),
        ({"x.yaml": clause("x", "requiert: [zzz]")}, "C509", "x.yaml:3", "« zzz » n'existe dans aucune"),
        ({"x.yaml": clause("x", "requiert: [b@2]")}, "C509", "x.yaml:3", "« b@2 » n'existe dans aucune"),
        ({"x.yaml": clause("x", "requiert: [equipe:b]")}, "C509", "x.yaml:3", "« equipe:b » n'existe dans aucune"),
        ({"x.yaml": clause("x", "requiert: [particulire]")}, "C509", "x.yaml:3", "vouliez-vous « particulier » ?"),
        ({"x.yaml": clause("x", "incompatible: [zzz]")}, "C502", "x.yaml:3", "« zzz » n'existe dans aucune"),
        ({"x.yaml": clause("x", "remplace: [b, zzz]")}, "C502", "x.yaml:3", "« zzz » n'existe dans aucune"),
        ({"x.yaml": clause("x", texte="Voir [[zzz]].")}, "C507", "x.yaml:6", "« [[zzz]] » ne renvoie à aucune clause"),
        ({"x.yaml": clause("x", "requiert: [pro]")}, "C509", "x.yaml:3", "pas écrite pour : particulier, public"),
        (
            {"x.yaml": clause("x", "requiert: [pro]"), "modeles/m.yaml": "titre: M\nclauses: [x]\n"},
            "C509", "x.yaml:3", "pas écrite pour : particulier, public",
        ),
        (
            {"x.yaml": clause("x", "incompatible: [b]", "modeles: [m]"),
             "modeles/m.yaml": "titre: M\nclauses: [b, x]\n"},
            "C510", "modeles/m.yaml:2", "« x » et « b » ne vont pas ensemble",
        ),
        ({"x.yaml": clause("x", "requiert: [x]")}, "C508", "x.yaml:3", "x → x"),
        ({"particulier.yaml": clause("particulier", "requiert: [x]"), "x.yaml": clause("x", "requiert: [particulier]")},
         "C508", "particulier.yaml:3", "particulier → x → particulier"),
        ({"x.yaml": clause("x", "themes: [perimtre]")}, "C526", "x.yaml:3", "vouliez-vous « perimetre » ?"),
        ({"x.yaml": clause("x", "verifie_le: 2025-11-21")}, "C513", "x.yaml:3", "relue pour la dernière fois"),
        ({"x.yaml": clause("x").replace("verifie_le: 2026-11-22\n", "")}, "C513", "x.yaml:1", "personne ne dit"),
        (
            {"x.yaml": clause("x", "famille: f", "position: preferee", "public: public")},
            "C533", "x.yaml:4", "« particulier » est aussi la préférée de « f » pour : public",
        ),
        (
            {"x.yaml": clause("x", "famille: g", "position: repli", "public: public")},
            "C533", "x.yaml:3", "la famille « g » n'a pas de variante préférée pour : public",
        ),
        ({"modeles/m.yaml": "titre: M\nclauses: [zzz]\n"}, "C502", "modeles/m.yaml:2", "« zzz » introuvable"),
        ({"modeles/m.yaml": "titre: M\nclauses: [b, b]\n"}, "C524", "modeles/m.yaml:2", "« b » est déjà nommée"),
        ({"modeles/m.yaml": "titre: M\nclauses: [b: {serie: 2}]\n"}, "C504", "modeles/m.yaml:2", "« series » ?"),
        ({"modeles/m.yaml": "titre: M\nclauses: [b: {series: 12}]\n"}, "C506", "modeles/m.yaml:2", "au plus 9"),
        (
            {"modeles/m.yaml": "titre: M\nclauses:\n  - pro\n  - plancher\n"},
            "C533", "modeles/m.yaml:4", "« pro » et « plancher » sont deux variantes de « f », pour : professionnel",
        ),
        ({"modeles/m.yaml": "titre: 'M\n"}, "Y104", "modeles/m.yaml:1", ""),
        ({"bibliotheque.yaml": "themes: {perimetre: P}\nnom: x\n"}, "F203", "bibliotheque.yaml:2", "clé inconnue"),
    ],
)  # fmt: skip
def test_a_review_finds(write: Write, files: dict[str, str], code: str, where: str, message: str) -> None:
    """Each mistake of a library alone: its code, its line, its words, and nothing else."""
    write(BONNE | {f"livree/{name}": text for name, text in files.items()})
    (found,) = lint(open_fonds(), "facture", JOUR)
    assert (found.code, f"{found.position.file}:{found.position.line}") == (code, f"../livree/{where}")
    assert message in found.message


WARNINGS = ("C513", "C526", "C533")


@pytest.mark.parametrize("code", WARNINGS)
def test_a_review_warns_of_what_may_be_meant(write: Write, code: str) -> None:
    """A stale clause, a theme without title, a family without preference are warnings: the library still serves."""
    write(
        BONNE
        | {"livree/x.yaml": clause("x", "famille: g", "themes: [autre]", "verifie_le: 2020-01-01", "position: repli")}
    )
    findings = lint(open_fonds(), "facture", JOUR)
    assert sorted(list_codes(findings)) == sorted(WARNINGS)
    assert not any(found.is_error for found in findings if found.code == code)


def test_two_variants_in_a_preset_are_an_error_unless_conditions_part_them(write: Write) -> None:
    """Two variants, each with its condition, may well exclude each other: a review cannot tell, and says nothing."""
    quand = 'quand: paiement.penalites_base == "{}"'
    lines = ("famille: g", "public: professionnel")
    write(
        BONNE
        | {
            "livree/x.yaml": clause("x", *lines, "position: preferee", quand.format("bce")),
            "livree/y.yaml": clause("y", *lines, "position: preferee", quand.format("legal")),
            "livree/modeles/m.yaml": "titre: M\nclauses: [x, y]\n",
        }
    )
    assert lint(open_fonds(), "facture", JOUR) == []
    write({"livree/y.yaml": clause("y", *lines, "position: repli")})
    (found,) = lint(open_fonds(), "facture", JOUR)
    assert (found.code, found.is_error) == ("C533", True)


def test_a_preset_is_judged_with_what_joins_it_and_what_is_required(write: Write) -> None:
    """The clauses that join a preset, and those that others require, are part of what it prints."""
    write(
        BONNE
        | {
            "livree/x.yaml": clause("x", "modeles: [web]", "incompatible: [b]"),
            "livree/y.yaml": clause("y", "public: professionnel", "requiert: [plancher]"),
            "livree/modeles/m.yaml": "titre: M\nclauses: [pro, y]\n",
        }
    )
    findings = [(found.code, found.position.file, found.message) for found in lint(open_fonds(), "facture", JOUR)]
    assert findings == [
        (
            "C533",
            "../livree/modeles/m.yaml",
            "« pro » et « plancher » sont deux variantes de « f », pour : professionnel",
        ),
        (
            "C510",
            "../livree/modeles/web.yaml",
            "« x » et « b » ne vont pas ensemble, pour : professionnel, particulier, public",
        ),
    ]


def test_a_preset_that_borrows_is_told_what_does_not_suit_it(write: Write) -> None:
    """A preset of the project names a shipped clause, whose required clause is not for the same public."""
    write(
        {
            "livree/a.yaml": clause("a", "requiert: [b]"),
            "livree/b.yaml": clause("b", "public: professionnel"),
            "projet/clauses/modeles/m.yaml": "titre: M\nclauses: [a]\n",
        }
    )
    (found,) = lint(open_fonds(), "projet", JOUR)
    assert (found.code, found.position.file) == ("C509", "clauses/modeles/m.yaml")
    assert found.message == "« a » requiert « b », qui manque, pour : particulier, public"


def test_a_review_speaks_of_one_library(write: Write) -> None:
    """What is wrong in another library is for its own review; its clauses count as existing."""
    write(
        {
            "projet/clauses/a.yaml": clause("a", "requiert: [b]", "remplace: [facture:b]"),
            "livree/b.yaml": clause("b", "requiert: [zzz]", "version: 5"),
            "livree/c.yaml": "id: [",
        }
    )
    assert lint(open_fonds(), "projet", JOUR) == []
    (found,) = lint(open_fonds(), "zzz", JOUR)
    assert found.code == "C503"


def test_each_circle_is_said_once_and_whole(write: Write) -> None:
    """Two circles that share a clause are two findings, each from the clause that comes first."""
    write(
        {
            "livree/a.yaml": clause("a", "requiert: [b, d]"),
            "livree/b.yaml": clause("b", "requiert: [c]"),
            "livree/c.yaml": clause("c", "requiert: [a]"),
            "livree/d.yaml": clause("d", "requiert: [a]"),
        }
    )
    findings = lint(open_fonds(), "facture", JOUR)
    assert sorted((found.code, found.message) for found in findings) == [
        ("C508", "chaque clause attend la suivante : a → b → c → a"),
        ("C508", "chaque clause attend la suivante : a → d → a"),
    ]


def test_a_long_chain_is_no_circle(write: Write) -> None:
    """Two thousand clauses that each require the next: no recursion, and nothing to say."""
    last = 2000
    write(
        {f"livree/c{index}.yaml": clause(f"c{index}", f"requiert: [c{index + 1}]") for index in range(last)}
        | {f"livree/c{last}.yaml": clause(f"c{last}")}
    )
    assert lint(open_fonds(), "facture", JOUR) == []


def test_versions_that_require_each_other_end(write: Write) -> None:
    """Clauses that want other versions of one another do not keep a review going for ever."""
    write(
        {
            "livree/a.yaml": clause("a", "version: 2", "requiert: [b@1]"),
            "livree/b.yaml": clause("b", "version: 2", "requiert: [a@1]"),
            "livree/anciennes/a@1.yaml": clause("a"),
            "livree/anciennes/b@1.yaml": clause("b"),
            "livree/modeles/m.yaml": "titre: M\nclauses: [a, b]\n",
        }
    )
    assert lint(open_fonds(), "facture", JOUR) == []


def test_every_code_said_here_is_known() -> None:
    """Each code that these modules write exists in the table, with words for whoever asks."""
    folder = Path(facture.bibliotheques.__file__).parent
    texts = [(folder / f"{name}.py").read_text(encoding="utf-8") for name in ("bibliotheques", "verrou", "relecture")]
    said = set(re.findall(r'"([CF]\d{3})"', "".join(texts)))
    assert said >= {"C502", "C503", "C521", "C522", "C523"}
    assert said <= set(CODES)


def test_the_lone_folder_of_a_project_is_a_projet() -> None:
    """A `Projet` made by hand has no library of its own and no lock."""
    assert Projet(Path("/nulle/part")).bibliotheques == ()
