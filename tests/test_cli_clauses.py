"""The commands of the clause libraries as a person and a script meet them: what is printed, written, and the status."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from facture import __version__, bibliotheques
from facture.clauses import read_clause_file
from facture.cli import cli
from facture.console import run

ROOT = Path(__file__).resolve().parent.parent
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git n'est pas installé")

DEVIS = """\
type: devis
numero: {numero}
date: 2026-11-22
validite: 30 jours
emetteur: moi
client: valbrun
tva: 20
lignes:
  - {{designation: Maquettes, quantite: 4, prix_unitaire: 450}}
"""
PROJET = {
    "facture.toml": "# Mon activité\n",
    "emetteurs/moi.yaml": (
        "nom: Atelier Nord\nforme_juridique: EI\nsiren: 008356024\n"
        "adresse: {rue: 14 rue des Tanneurs, code_postal: 59000, ville: Lille}\n"
    ),
    "clients/valbrun.yaml": (
        "nom: Menuiserie Valbrun\nqualite: professionnel\ncontact: Odile Carmin\n"
        "adresse: {rue: 4 avenue Haute, code_postal: 59000, ville: Lille}\n"
    ),
    "clauses/relecture.yaml": """\
id: relecture
titre: Relecture des épreuves
version: 1
themes: [perimetre]
famille: relectures
position: preferee
variables:
  tours: {type: entier, defaut: 2, aide: Tours de relecture}
texte: |
  Le prix comprend {{ tours }} tours de relecture.
licence: CC0-1.0
verifie_le: 2026-11-22
""",
    "clauses/relecture-libre.yaml": """\
id: relecture-libre
titre: Relecture sans limite
version: 1
themes: [perimetre]
famille: relectures
position: plancher
texte: |
  Le client relit autant qu'il veut pendant dix jours ouvrés.
licence: CC0-1.0
verifie_le: 2026-11-22
""",
    "clauses/parking.yaml": """\
id: parking
titre: Stationnement
version: 1
themes: [delais]
texte: |
  Le client réserve une place à l'artisan.
verifie_le: 2026-11-22
""",
    "clauses/modeles/edition.yaml": (
        "titre: Conditions d'édition\naide: Pour les livres\nclauses: [relecture, parking]\n"
    ),
    "conditions/edition.yaml": (
        "type: conditions\nversion: 3\ndate: 2026-11-22\npublic: professionnel\nemetteur: moi\nmodele: edition\n"
        "paiement: {echeance: 45 jours}\n"
    ),
    "devis/catalogue.yaml": DEVIS.format(numero="D2026-014") + "conditions: edition\n",
    "devis/affiche.yaml": DEVIS.format(numero="D2026-015") + "clauses:\n  - relecture: {tours: 5}\n",
    "contrats/cadre.yaml": (
        "type: contrat\nnumero: C2026-001\ndate: 2026-11-22\ndevis: catalogue\nobjet: Un livre\nclauses: [parking]\n"
    ),
}
"""A project that `check` finds nothing to say about."""


@dataclass
class Result:
    code: int
    text: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def data(self) -> Any:
        return json.loads(self.text)

    @property
    def codes(self) -> list[str]:
        """The code of every finding said on stderr."""
        return re.findall(r": (?:erreur|avertissement) ([A-Z]\d{3}): ", self.err)


Facture = Callable[..., Result]
_LIVREES: dict[tuple[Path, str], Any] = {}


def read_once(path: Path, label: str, bibliotheque: str = "") -> Any:
    """Read a clause as the program does; a shipped one, which no test changes, once for all of them."""
    if not path.is_relative_to(ROOT):
        return read_clause_file(path, label, bibliotheque)
    if (path, label) not in _LIVREES:
        _LIVREES[path, label] = read_clause_file(path, label, bibliotheque)
    clause, findings = _LIVREES[path, label]
    return clause, list(findings)


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def tree(folder: str = ".") -> dict[str, bytes]:
    """Return every file below a folder, with its bytes; what git keeps for itself apart."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


class Terminal(io.TextIOWrapper):
    """A standard input that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def facture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Facture:
    """Run the command in a project of its own, with a cache of its own."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(bibliotheques, "read_clause_file", read_once)
    for command in ("EDITOR", "VISUAL"):
        monkeypatch.setenv(command, "true")
    (tmp_path / "projet").mkdir()
    monkeypatch.chdir(tmp_path / "projet")
    for name, text in PROJET.items():
        write(name, text)

    def call(*arguments: str, stdin: str = "", terminal: bool = False) -> Result:
        stream = io.BytesIO(stdin.encode())
        monkeypatch.setattr(sys, "argv", ["facture", *arguments])
        monkeypatch.setattr(sys, "stdin", (Terminal if terminal else io.TextIOWrapper)(stream, encoding="utf-8"))
        code = run(cli, __version__)
        captured = capsysbinary.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    return call


def git(folder: str, *arguments: str) -> str:
    settings = ("-c", "user.name=Essai", "-c", "user.email=essai@exemple.fr", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    return done.stdout.strip()


def commit(folder: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "étape")
    return git(folder, "rev-parse", "HEAD")


def articles(facture: Facture, name: str) -> dict[str, str]:
    """Return « id@version » of each article of a document, and the library it comes from."""
    rows = facture("clause", "list", "--pour", name, "--format", "json").data
    return {f"{row['id']}@{row['version']}": row["bibliotheque"] for row in rows if row["retenue"]}


def text_of(facture: Facture, name: str) -> dict[str, str]:
    """Return the printed text of each article of conditions or of a contract, by id."""
    result = facture("show", name, "--format", "json")
    assert result.code == 0, result.err
    return {row["id"]: row["texte"].replace("\u00a0", " ") for row in result.data["articles"]}


def test_the_project_of_these_tests_is_sound(facture: Facture) -> None:
    """Nothing to say of its documents nor of its clauses: whatever a test finds is its own doing."""
    result = facture("check", "--strict")
    assert (result.code, result.codes) == (0, [])
    assert facture("clause", "lint", "projet", "--strict", "--date", "2026-11-22").codes == []


# --- Exit statuses ----------------------------------------------------------------------------------------------------

STATUTS: list[tuple[str, int, str]] = [
    ("clause list", 0, ""),
    ("clause list --theme inconnu", 0, ""),
    ("clause list --public martien", 2, "--public"),
    ("clause list --pour absent.yaml", 3, "absent.yaml"),
    ("clause show relecture", 0, ""),
    ("clause show relecture@7", 3, "projet a la version 1"),
    ("clause show relectur", 3, "vouliez-vous « relecture » ?"),
    ("clause show Relecture!", 2, "n'est pas le nom d'une clause"),
    ("clause show equipe:relecture", 3, "« equipe »"),
    ("clause search relecture", 0, ""),
    ("clause search xylophone", 1, "Aucune clause"),
    ("clause search relecture --limit 0", 2, "--limit"),
    ("clause search", 2, "MOTS"),
    ("clause new relecture", 2, "existe déjà"),
    ("clause new Mauvais_Nom", 1, "minuscules"),
    ("clause new ../evasion", 1, "minuscules"),
    ("clause revise absente", 3, "introuvable"),
    ("clause revise relecture --texte absent.md", 3, "absent.md"),
    ("clause lint", 0, ""),
    ("clause lint equipe", 2, "inconnue"),
    ("clause diff relecture", 2, "--contre"),
    ("clause diff relecture parking --contre projet", 2, "--contre"),
    ("clause diff relecture relecture", 0, "même chose"),
    ("clause diff relecture parking", 1, ""),
    ("clause diff relecture absente", 3, "introuvable"),
    ("clause diff devis/affiche.yaml --contre absente", 2, "inconnue"),
    ("clause diff absent.yaml --contre projet", 3, "absent.yaml"),
    ("clause uses relecture", 0, ""),
    ("clause uses absente", 0, "Aucun document"),
    ("clause log", 0, "facture bilan"),
    ("clause share relecture", 2, "--vers"),
    ("clause share absente --vers ../equipe", 3, "introuvable"),
    ("clause share parking --vers ../equipe", 1, "C527"),
    ("clause effacer", 2, "n'existe pas"),
    ("library list", 0, ""),
    ("library sync", 0, "telles qu'épinglées"),
    ("library verify", 2, "facture.lock"),
    ("library update inconnue", 2, "inconnue"),
    ("library add projet ../equipe", 2, "existe toujours"),
    ("library add equipe ../absente", 2, "introuvable"),
    ("library add equipe absent --paquet", 2, "aucun paquet"),
    ("library add Équipe ../absente --dossier", 2, "minuscules"),
    ("library add equipe ../absente.git", 3, "absente.git"),
    ("bilan", 2, "nommez le document"),
    ("bilan devis/affiche.yaml", 2, "--souci et --cout"),
    ("bilan devis/affiche.yaml --souci Retard", 2, "donnez --cout"),
    ("bilan devis/affiche.yaml --cout 12h", 2, "donnez --souci"),
    ("bilan devis/affiche.yaml --souci Retard --cout beaucoup", 2, "12 h, 1,5 jour ou 450 €"),
    ("bilan devis/affiche.yaml --souci Retard --cout 12h --amende relecture --nouvelle autre", 2, "une leçon"),
    ("bilan devis/affiche.yaml --souci Retard --cout 12h --amende absente", 3, "introuvable"),
    ("bilan devis/affiche.yaml --souci Retard --cout 12h --nouvelle relecture", 2, "existe déjà"),
    ("bilan devis/affiche.yaml --souci Retard --cout 12h --cause lune", 2, "--cause"),
    ("bilan absent.yaml --souci Retard --cout 12h", 3, "absent.yaml"),
    ("bilan devis/affiche.yaml --depuis absent.yaml", 3, "absent.yaml"),
    ("bilan --all", 0, "Aucun bilan"),
]


@pytest.mark.parametrize(("line", "code", "words"), STATUTS, ids=[row[0] for row in STATUTS])
def test_each_ending_has_its_status_and_its_words(facture: Facture, line: str, code: int, words: str) -> None:
    """0 fine, 1 findings, 2 usage, 3 missing; what is said goes to stderr, in French, and a refusal writes nothing."""
    before = tree("..")
    result = facture(*line.split(" "))
    assert result.code == code, result.err
    assert words in result.err
    assert "Traceback" not in result.err
    assert "interne" not in result.err
    assert tree("..") == before


LONGUES = {
    "souci": ["--souci", "x" * 5000, "--cout", "12h"],
    "souci vide": ["--souci", "", "--cout", "12h"],
    "theme": ["--souci", "Retard", "--cout", "12h", "--theme", "x" * 300],
    "cout": ["--souci", "Retard", "--cout", "9" * 50 + " h"],
    "controle": ["--souci", "Retard\x07", "--cout", "12h"],
}


@pytest.mark.parametrize("arguments", LONGUES.values(), ids=LONGUES)
def test_a_trouble_that_cannot_be_noted_is_refused_calmly(facture: Facture, arguments: list[str]) -> None:
    """Too long, empty, unprintable: a message and nothing written, never a bug of ours (70)."""
    before = tree()
    result = facture("bilan", "devis/affiche.yaml", *arguments)
    assert result.code in (1, 2), result.err
    assert result.err.strip()
    assert tree() == before


ESSAIS = [
    "clause new visio --titre Visioconférence --theme delais --modele edition",
    "clause new visio --edit",
    "clause revise relecture --motif Oubli --edit",
    "clause revise revisions-comprises --mission D2026-014",
    "clause share relecture --vers ../equipe",
    "library add voisine ../voisine",
    "library update",
    "bilan devis/catalogue.yaml --souci Retard --cout 12h",
    "bilan devis/catalogue.yaml --souci Retard --cout 12h --amende relecture",
    "bilan devis/catalogue.yaml --souci Retard --cout 12h --amende revisions-comprises",
    "bilan devis/catalogue.yaml --souci Retard --cout 12h --nouvelle visio",
]


@pytest.mark.parametrize("line", ESSAIS)
def test_a_dry_run_says_what_it_would_write_and_writes_nothing(facture: Facture, line: str) -> None:
    """Not a byte changes, here or beside, and stdout says what would."""
    write("../voisine/accueil.yaml", "id: accueil\ntitre: Accueil\ntexte: Bonjour.\nverifie_le: 2026-11-22\n")
    before = tree("..")
    dry = facture(*line.split(" "), "--dry-run")
    assert dry.code == 0, dry.err
    assert dry.text.strip() or line == "library update"
    assert tree("..") == before
    real = facture(*line.split(" "))
    assert real.code == 0, real.err
    after = tree("..")
    assert after != before
    if line.startswith(("clause", "bilan")):
        # The same paths, whether they are written or only announced.
        assert [entry for entry in dry.lines if entry.endswith(".yaml")] == [
            entry for entry in real.lines if entry.endswith(".yaml")
        ]


# --- list, show, search, diff, uses, log ------------------------------------------------------------------------------


def test_list_shows_every_clause_with_its_library(facture: Facture) -> None:
    """Those of the project first; filters by theme, public and library; JSON has the whole identity."""
    every = facture("clause", "list", "--format", "json").data
    assert [row["id"] for row in every if row["bibliotheque"] == "projet"] == [
        "parking",
        "relecture",
        "relecture-libre",
    ]
    assert {row["bibliotheque"] for row in every} == {"projet", "facture"}
    assert list(every[0]) == [
        "id", "version", "bibliotheque", "titre", "themes", "emplacement", "public", "famille", "position", "sha256",
        "masquee",
    ]  # fmt: skip
    own = facture("clause", "list", "--bibliotheque", "projet", "--theme", "perimetre", "--format", "json").data
    assert [row["id"] for row in own] == ["relecture", "relecture-libre"]
    consumers = facture("clause", "list", "--public", "particulier", "--format", "json").data
    assert all("particulier" in row["public"] for row in consumers)
    text = facture("clause", "list", "--bibliotheque", "projet")
    assert "relecture-libre" in text.text
    assert "Relecture sans limite" in text.text


def test_list_marks_a_hidden_clause(facture: Facture) -> None:
    """A project's clause that bears the name of a shipped one hides it, and the list shows both."""
    write(
        "clauses/force-majeure.yaml",
        "id: force-majeure\ntitre: A nous\ntexte: Texte.\nremplace: [facture:force-majeure]\nverifie_le: 2026-11-22\n",
    )
    rows = facture("clause", "list", "--format", "json").data
    found = {row["bibliotheque"]: row["masquee"] for row in rows if row["id"] == "force-majeure"}
    assert found == {"projet": False, "facture": True}
    assert "force-majeure (masquée)" in facture("clause", "list").text


def test_list_of_presets(facture: Facture) -> None:
    """Those of the project and the shipped ones, with what they are for."""
    rows = facture("clause", "list", "--modeles", "--format", "json").data
    assert {
        "modele": "edition",
        "bibliotheque": "projet",
        "titre": "Conditions d'édition",
        "aide": "Pour les livres",
    } in rows
    assert {"formation", "artisan"} <= {row["modele"] for row in rows}
    assert "Pour les livres" in facture("clause", "list", "--modeles").text


def test_list_for_a_document_says_why(facture: Facture) -> None:
    """What it carries, where, with which values, and what it leaves out: each with its reason."""
    write("devis/mixte.yaml", DEVIS.format(numero="D2026-016") + "modele: edition\navec:\n  - relecture-libre\n")
    rows = {row["id"]: row for row in facture("clause", "list", "--pour", "devis/mixte.yaml", "--format", "json").data}
    assert rows["relecture-libre"]["retenue"]
    assert (rows["relecture-libre"]["ou"], rows["relecture-libre"]["article"]) == ("document", "1")
    assert rows["relecture-libre"]["raison"] == "nommée sur le document"
    assert rows["parking"]["raison"] == "modèle edition"
    assert (rows["parking"]["ou"], rows["parking"]["article"]) == ("conditions", "1")
    assert not rows["relecture"]["retenue"]
    assert rows["relecture"]["raison"] == "variante : relecture-libre est retenue"
    named = facture("clause", "list", "--pour", "devis/affiche.yaml", "--format", "json").data
    assert named[0]["valeurs"] == {"tours": "5"}
    over = facture(
        "clause", "list", "--pour", "devis/affiche.yaml", "--format", "json",
        "--set", "clauses=[relecture: {tours: 7}]",
    )  # fmt: skip
    assert over.data[0]["valeurs"] == {"tours": "7"}


def test_show_gives_all_that_a_clause_is(facture: Facture) -> None:
    """The text as written, its variables, its versions; in JSON every key, and where its file is."""
    text = facture("clause", "show", "relecture").text
    for words in (
        "Relecture des épreuves", "(projet:relecture@1)", "famille relectures, position preferee",
        "Le prix comprend {{ tours }} tours de relecture.", "tours (entier, sinon 2) : Tours de relecture",
        "versions : 1 ; licence : CC0-1.0",
    ):  # fmt: skip
        assert words in text
    shown = facture("clause", "show", "relecture", "--format", "json").data
    expected = {"type": "entier", "defaut": "2", "aide": "Tours de relecture"}
    assert {key: value for key, value in shown["variables"]["tours"].items() if value} == expected
    assert shown["versions"] == [1]
    assert shown["fichier"] == "clauses/relecture.yaml"
    shipped = facture("clause", "show", "facture:penalites-de-retard").text
    assert "droit : C. com. art. L441-10" in shipped


def test_search_speaks_everyday_words(facture: Facture) -> None:
    """« le client relit les épreuves » finds the clause, and says which word was found where."""
    result = facture("clause", "search", "le", "client", "relit", "les", "épreuves", "--format", "json")
    best = result.data[0]
    assert best["id"] == "relecture"
    assert {"mot", "champ", "points"} == set(best["raisons"][0])
    scores = [float(row["score"]) for row in result.data]
    assert scores == sorted(scores, reverse=True)
    assert len(facture("clause", "search", "client", "--limit", "3", "--format", "json").data) == 3
    assert "dans titre" in facture("clause", "search", "épreuves").text


def test_diff_shows_what_changed_between_two_versions(facture: Facture) -> None:
    """Exit 1 and the lines that changed, like `diff`; the same in JSON."""
    write("nouveau.md", "Le prix comprend {{ tours }} tours de relecture, sous dix jours.\n")
    assert facture("clause", "revise", "relecture", "--texte", "nouveau.md").code == 0
    result = facture("clause", "diff", "relecture@1", "relecture")
    assert result.code == 1
    assert "-Le prix comprend {{ tours }} tours de relecture." in result.lines
    assert "+Le prix comprend {{ tours }} tours de relecture, sous dix jours." in result.lines
    shown = facture("clause", "diff", "relecture@1", "relecture", "--format", "json").data
    assert (shown["avant"], shown["apres"]) == ("projet:relecture@1", "projet:relecture@2")
    assert shown["diff"] == result.lines


POSITIONS = [
    # clauses of the devis -> exit status, position, below the floor
    ("[relecture, parking]", 0, None, None),
    ("[relecture-libre, parking]", 0, "plancher", False),
    ("[parking]", 1, "", True),
]


@pytest.mark.parametrize(("clauses", "code", "position", "below"), POSITIONS)
def test_diff_measures_a_document_against_a_library(
    facture: Facture, clauses: str, code: int, position: str | None, below: bool | None
) -> None:
    """At the preferred position nothing to say; a fallback is said; below the floor the status is 1."""
    write("devis/ecart.yaml", DEVIS.format(numero="D2026-017") + f"clauses: {clauses}\n")
    result = facture("clause", "diff", "devis/ecart.yaml", "--contre", "projet", "--format", "json")
    assert result.code == code, result.err
    if position is None:
        assert result.data == []
        assert "suit les positions préférées" in result.err
    else:
        (row,) = result.data
        assert (row["famille"], row["preferee"]) == ("relectures", "relecture")
        assert (row["position"], row["sous_plancher"]) == (position, below)
        text = facture("clause", "diff", "devis/ecart.yaml", "--contre", "projet")
        assert text.codes == (["C541"] if below else [])
        assert ("relectures : plancher, au lieu de preferee" in text.text) != below


def test_uses_names_every_document_and_the_version(facture: Facture) -> None:
    """Each document that prints the clause, where, and in which version; folders may be named."""
    rows = facture("clause", "uses", "relecture", "--format", "json").data
    found = {(row["fichier"], row["numero"], row["article"], row["clause"]) for row in rows}
    assert found == {
        ("conditions/edition.yaml", "", "1", "projet:relecture@1"),
        ("devis/affiche.yaml", "D2026-015", "1", "projet:relecture@1"),
        ("devis/catalogue.yaml", "D2026-014", "1", "projet:relecture@1"),
    }
    assert len(facture("clause", "uses", "projet:relecture@1", "conditions", "--format", "json").data) == 1
    assert "D2026-015" in facture("clause", "uses", "relecture").text
    assert facture("clause", "uses", "absente", "--format", "json").data == []


# --- lint -------------------------------------------------------------------------------------------------------------

FAUTES = [
    ("texte: Bonjour {{ nom }}.\n", "C528"),
    ("texte: Bonjour {{ 9 ** 9 }}.\n", "C517"),
    ("texte: Bonjour <b>vous</b>.\n", "C518"),
    ("texte: '[à rédiger]'\n", "C536"),
    ("texte: Bonjour.\nrequiert: [absente]\n", "C509"),
    ("texte: Voir [[absente]].\n", "C507"),
    ("texte: Bonjour.\ninconnue: 1\n", "F203"),
]


@pytest.mark.parametrize(("body", "code"), FAUTES, ids=[row[1] for row in FAUTES])
def test_lint_finds_what_no_document_should_meet(facture: Facture, body: str, code: str) -> None:
    """Exit 1, the finding in the clause's own file; the same from `check`, in JSON and for a pull request."""
    write("clauses/fautive.yaml", f"id: fautive\ntitre: Fautive\nverifie_le: 2026-11-22\n{body}")
    result = facture("clause", "lint", "projet")
    assert result.code == 1
    assert code in result.codes
    assert "clauses/fautive.yaml:" in result.err
    found = facture("clause", "lint", "projet", "--format", "json").data
    assert code in [item["code"] for item in found]
    assert f"title={code}" in facture("clause", "lint", "projet", "--format", "github").text
    assert code in facture("check", "clauses").codes


def test_lint_of_stale_clauses_is_a_warning(facture: Facture) -> None:
    """A year and a day later each is to be read again: 0, and 1 with --strict; --quiet hides them."""
    result = facture("clause", "lint", "projet", "--date", "2027-11-23")
    assert (result.code, set(result.codes)) == (0, {"C513"})
    assert facture("clause", "lint", "projet", "--date", "2027-11-23", "--strict").code == 1
    assert facture("clause", "lint", "projet", "--date", "2027-11-23", "--quiet").err == ""
    assert facture("clause", "lint", "projet", "--date", "2027-11-22").codes == []


def test_the_shipped_library_has_nothing_to_mend(facture: Facture) -> None:
    """Every shipped clause and preset passes the strictest review, on the day it was read."""
    result = facture("clause", "lint", "facture", "--strict", "--date", "2026-11-22")
    assert (result.code, result.codes) == (0, [])


# --- new and revise ---------------------------------------------------------------------------------------------------


def test_a_new_clause_waits_for_its_text(facture: Facture) -> None:
    """The skeleton is refused by lint until its text is written, then it joins the preset that it names."""
    result = facture(
        "clause", "new", "visio", "--titre", "Réunions : à distance", "--theme", "delais", "--modele", "edition"
    )
    assert (result.code, result.lines) == (0, ["clauses/visio.yaml"])
    waiting = facture("clause", "lint", "projet")
    assert (waiting.code, "C536" in waiting.codes) == (1, True)
    path = Path("clauses/visio.yaml")
    text = path.read_text(encoding="utf-8")
    assert "Réunions : à distance" in text
    path.write_text(text.replace("[à rédiger]", "Les réunions se tiennent à distance."), encoding="utf-8")
    assert "visio@1" in articles(facture, "devis/catalogue.yaml")
    assert text_of(facture, "conditions/edition.yaml")["visio"] == "Les réunions se tiennent à distance."


@pytest.mark.filterwarnings("error")
def test_revise_freezes_the_former_version(facture: Facture) -> None:
    """Version 2 in place, version 1 byte for byte in `anciennes`; `relecture@1` still prints the old text."""
    former = Path("clauses/relecture.yaml").read_bytes()
    result = facture(
        "clause", "revise", "relecture", "--texte", "-", "--motif", "Trop de tours", "--mission", "D2026-014",
        "--date", "2026-12-20", stdin="Le prix comprend {{ tours }} tours, pas un de plus.\n",
    )  # fmt: skip
    assert result.lines == ["clauses/anciennes/relecture@1.yaml", "clauses/relecture.yaml"]
    assert Path("clauses/anciennes/relecture@1.yaml").read_bytes() == former
    write(
        "conditions/ancienne.yaml",
        Path("conditions/edition.yaml").read_text().replace("modele: edition", "clauses: [relecture@1]"),
    )
    assert text_of(facture, "conditions/ancienne.yaml")["relecture"] == "Le prix comprend 2 tours de relecture."
    assert text_of(facture, "conditions/edition.yaml")["relecture"] == "Le prix comprend 2 tours, pas un de plus."
    write("devis/ancien.yaml", DEVIS.format(numero="D2026-001") + "clauses: [relecture@1]\n")
    page = facture("render", "devis/ancien.yaml", "--html", "-o", "-").text
    assert "tours de relecture." in page.replace("\u00a0", " ")
    assert "pas un de plus" not in page
    shown = facture("clause", "show", "relecture", "--format", "json").data
    assert shown["versions"] == [1, 2]
    assert shown["origine"] == [{"mission": "D2026-014", "date": "2026-12-20", "motif": "Trop de tours"}]
    assert shown["verifie_le"] == "2026-12-20"
    assert facture("check", "--strict", "--date", "2026-12-20").code == 0
    (lesson,) = facture("clause", "log", "--format", "json").data
    assert (lesson["clause"], lesson["motif"]) == ("projet:relecture@2", "Trop de tours")
    assert "Trop de tours" in facture("clause", "log", "relecture").text
    assert facture("clause", "log", "parking", "--format", "json").data == []


def test_revising_a_shipped_clause_brings_it_home(facture: Facture) -> None:
    """A copy in the project, its history with it, takes the place of the shipped one without a word of warning."""
    write("devis/livree.yaml", DEVIS.format(numero="D2026-018") + "clauses: [cadeaux-offerts]\n")
    write("texte.md", "Ce qui est offert ne se paie jamais.\n")
    assert facture("clause", "revise", "cadeaux-offerts", "--texte", "texte.md").code == 0
    assert articles(facture, "devis/livree.yaml") == {"cadeaux-offerts@2": "projet"}
    assert facture("check", "devis/livree.yaml", "--strict").codes == []
    assert facture("clause", "show", "facture:cadeaux-offerts@1").code == 0
    assert facture("clause", "diff", "facture:cadeaux-offerts", "cadeaux-offerts").code == 1


REFUSES = [
    ("Le client Valbrun relit.", "C540"),
    ("Bonjour {{ inconnu }}.", "C528"),
    ("# Un titre", "C518"),
    ("   \n", "F210"),
]


@pytest.mark.parametrize(("texte", "code"), REFUSES, ids=[row[1] for row in REFUSES])
@pytest.mark.parametrize("command", ["revise", "amende", "nouvelle"])
def test_a_text_that_would_be_refused_is_not_written(facture: Facture, command: str, texte: str, code: str) -> None:
    """A client's name, an unknown value, a heading, nothing at all: said, and not a file changes."""
    write("texte.md", texte)
    before = tree()
    line = {
        "revise": ["clause", "revise", "relecture"],
        "amende": ["bilan", "devis/affiche.yaml", "--souci", "Retard", "--cout", "12h", "--amende", "relecture"],
        "nouvelle": ["bilan", "devis/affiche.yaml", "--souci", "Retard", "--cout", "12h", "--nouvelle", "visio"],
    }[command]
    result = facture(*line, "--texte", "texte.md")
    assert result.code == 1, result.err
    assert code in result.codes
    assert tree() == before


# --- Two projects and one library -------------------------------------------------------------------------------------


def _make_depot() -> str:
    """Make a repository beside the project, with one clause and one preset."""
    write(
        "../depot/accueil.yaml",
        "id: accueil\ntitre: Accueil\nlicence: CC0-1.0\nverifie_le: 2026-11-22\ntexte: Bonjour.\n",
    )
    write("../depot/bibliotheque.yaml", "titre: Équipe\nlicence: CC0-1.0\n")
    git("../depot", "init", "--quiet", "--initial-branch=main")
    return commit("../depot")


@needs_git
def test_two_projects_share_a_library(facture: Facture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added and pinned here, changed there: nothing moves until it is accepted, on this machine or on another."""
    first = _make_depot()
    write(
        "conditions/accueil.yaml",
        Path("conditions/edition.yaml").read_text().replace("modele: edition", "clauses: [accueil]"),
    )
    added = facture("library", "add", "equipe", "../depot", "--ref", "main")
    assert added.code == 0, added.err
    assert added.lines == ["facture.toml", "facture.lock"]
    toml = Path("facture.toml").read_text(encoding="utf-8")
    assert toml.startswith("# Mon activité\n")
    assert 'git = "../depot"' in toml
    lock = Path("facture.lock").read_text(encoding="utf-8")
    assert first in lock
    assert "accueil" in lock
    listed = {row["nom"]: row for row in facture("library", "list", "--format", "json").data}
    assert list(listed) == ["projet", "equipe", "facture"]
    assert (listed["equipe"]["genre"], listed["equipe"]["clauses"], listed["equipe"]["commit"]) == ("git", 1, first)
    assert "../depot" in facture("library", "list").text
    assert facture("library", "verify").code == 0
    assert facture("library", "sync").code == 0
    assert facture("check", "--strict").codes == []

    # Another project of the same team: its own lock, the same text.
    shutil.copytree(".", "../second", ignore=shutil.ignore_patterns("sortie"))

    write(
        "../depot/accueil.yaml", Path("../depot/accueil.yaml").read_text().replace("Bonjour.", "Bonsoir.\nversion: 2")
    )
    write(
        "../depot/anciennes/accueil@1.yaml",
        Path("../depot/accueil.yaml").read_text().replace("Bonsoir.\nversion: 2", "Bonjour."),
    )
    second = commit("../depot")
    assert text_of(facture, "conditions/accueil.yaml")["accueil"] == "Bonjour."
    moved = facture("library", "sync")
    assert (moved.code, moved.codes) == (4, ["C534"])
    assert "equipe@1 → equipe@2" in moved.err
    assert Path("facture.lock").read_text(encoding="utf-8") == lock
    assert text_of(facture, "conditions/accueil.yaml")["accueil"] == "Bonjour."

    tried = facture("library", "update", "--dry-run")
    assert tried.code == 0
    assert f"equipe : {first[:10]} → {second[:10]}" in tried.err
    assert Path("facture.lock").read_text(encoding="utf-8") == lock
    updated = facture("library", "update", "equipe")
    assert (updated.code, updated.lines) == (0, ["facture.lock"])
    assert text_of(facture, "conditions/accueil.yaml")["accueil"] == "Bonsoir."
    assert facture("library", "sync").code == 0
    assert facture("library", "verify").code == 0
    assert "Rien n'a changé" in facture("library", "update").err
    write(
        "conditions/avant.yaml",
        Path("conditions/accueil.yaml").read_text().replace("[accueil]", '["equipe:accueil@1"]'),
    )
    assert text_of(facture, "conditions/avant.yaml")["accueil"] == "Bonjour."

    # The other project has accepted nothing: it prints what it pinned.
    monkeypatch.chdir("../second")
    assert text_of(facture, "conditions/accueil.yaml")["accueil"] == "Bonjour."


@needs_git
def test_a_new_machine_fetches_what_is_pinned(facture: Facture, tmp_path: Path) -> None:
    """Without its cache nothing is rendered and nobody goes to the network; `sync` brings the pinned commit back."""
    _make_depot()
    write(
        "conditions/accueil.yaml",
        Path("conditions/edition.yaml").read_text().replace("modele: edition", "clauses: [accueil]"),
    )
    assert facture("library", "add", "equipe", "../depot").code == 0
    write("../depot/accueil.yaml", Path("../depot/accueil.yaml").read_text().replace("Bonjour.", "Bonsoir."))
    commit("../depot")
    shutil.rmtree(tmp_path / "cache")
    missing = facture("check", "conditions/accueil.yaml")
    assert missing.code == 3
    assert "C503" in missing.codes
    assert "facture library sync" in missing.err
    assert not (tmp_path / "cache").exists()
    assert facture("library", "sync").code == 4
    assert text_of(facture, "conditions/accueil.yaml")["accueil"] == "Bonjour."


def test_a_text_changed_under_its_pin_is_refused(facture: Facture) -> None:
    """A clause rewritten in place, same version, is not printed (exit 4) until it is accepted."""
    assert facture("library", "update").code == 0
    write("clauses/relecture.yaml", PROJET["clauses/relecture.yaml"].replace("tours de relecture.", "tours en tout."))
    changed = facture("library", "verify")
    assert (changed.code, changed.codes) == (4, ["C521"])
    assert "facture.lock:" in changed.err
    assert facture("check", "devis/affiche.yaml").code == 4
    assert facture("library", "sync").code == 4
    assert facture("library", "update").code == 0
    assert facture("check", "--strict").codes == []


def test_a_clause_that_nobody_pinned_is_a_warning(facture: Facture) -> None:
    """With a lock, a clause named since is said (C523) until the next update."""
    assert facture("library", "update").code == 0
    write("devis/nouveau.yaml", DEVIS.format(numero="D2026-019") + "clauses: [relecture-libre]\n")
    assert facture("check", "devis/nouveau.yaml").codes == ["C523"]
    assert facture("library", "update").code == 0
    assert facture("check", "--strict").codes == []


def test_a_revision_keeps_the_lock_true(facture: Facture) -> None:
    """`revise` pins what it has just written, since its writer accepts it."""
    assert facture("library", "update").code == 0
    write("texte.md", "Le prix comprend {{ tours }} tours.\n")
    assert facture("clause", "revise", "relecture", "--texte", "texte.md").code == 0
    assert facture("library", "verify").code == 0
    assert facture("check", "--strict").codes == []


def test_a_neighbouring_folder_is_a_library(facture: Facture) -> None:
    """`library add NAME FOLDER` needs no git; `commune:accueil` and `accueil` are then the same clause."""
    write("../commune/accueil.yaml", "id: accueil\ntitre: Accueil\ntexte: Bonjour.\nverifie_le: 2026-11-22\n")
    assert facture("library", "add", "commune", "../commune").code == 0
    assert facture("library", "add", "commune", "../commune").code == 2
    for name in ("accueil", "commune:accueil"):
        assert facture("clause", "show", name, "--format", "json").data["bibliotheque"] == "commune"


# --- bilan ------------------------------------------------------------------------------------------------------------


def test_a_trouble_becomes_the_next_version(facture: Facture) -> None:
    """From a devis to its bilan, to version 2 of the clause that it carried, to the next devis of that kind."""
    assert articles(facture, "devis/catalogue.yaml") == {"parking@1": "projet", "relecture@1": "projet"}
    write("texte.md", "Le prix comprend {{ tours }} tours de relecture ; les suivants sont au devis.\n")
    result = facture(
        "bilan", "devis/catalogue.yaml", "--souci", "Neuf relectures des épreuves", "--cout", "12h",
        "--cause", "client", "--amende", "relecture", "--texte", "texte.md", "--date", "2026-12-20",
    )  # fmt: skip
    assert result.code == 0, result.err
    written = ["clauses/anciennes/relecture@1.yaml", "clauses/relecture.yaml", "bilans/D2026-014.yaml"]
    assert [line for line in result.lines if line.endswith(".yaml")] == written
    assert "projet:relecture@1  Relecture des épreuves : le document la portait (version 1)" in result.text
    write("devis/suivant.yaml", DEVIS.format(numero="D2026-020") + "conditions: edition\n")
    assert "relecture@2" in articles(facture, "devis/suivant.yaml")
    assert "les suivants sont au devis" in text_of(facture, "conditions/edition.yaml")["relecture"]
    (lesson,) = facture("clause", "log", "--format", "json").data
    assert lesson == {
        "date": "2026-12-20",
        "mission": "D2026-014",
        "clause": "projet:relecture@2",
        "motif": "Neuf relectures des épreuves",
        "cout": "12 h",
    }
    (row,) = facture("bilan", "--all", "--format", "json").data
    assert (row["souci"], row["nombre"], row["heures"], row["euros"]) == (
        "Neuf relectures des épreuves",
        1,
        "12",
        "0.00",
    )
    assert (row["couvert"], row["clauses"]) == (True, ["relecture@2"])
    assert facture("check", "--strict", "--date", "2026-12-20").codes == []


def test_a_trouble_becomes_a_new_clause_of_the_preset(facture: Facture) -> None:
    """A new clause joins the preset of the conditions that the devis annexes: the next devis carries it."""
    write("texte.md", "Le client fournit un plan d'accès.\n\nSans plan, l'attente est due.\n")
    result = facture(
        "bilan", "devis/catalogue.yaml", "--souci", "Livreur perdu deux heures", "--cout", "150 €", "--theme", "delais",
        "--nouvelle", "plan-d-acces", "--titre", "Plan d'accès", "--texte", "texte.md", "--date", "2026-12-20",
    )  # fmt: skip
    assert result.code == 0, result.err
    shown = facture("clause", "show", "plan-d-acces", "--format", "json").data
    assert shown["texte"].strip() == "Le client fournit un plan d'accès.\n\nSans plan, l'attente est due."
    assert shown["origine"] == [
        {"mission": "D2026-014", "date": "2026-12-20", "motif": "Livreur perdu deux heures", "cout": "150 €"}
    ]
    write("devis/suivant.yaml", DEVIS.format(numero="D2026-020") + "conditions: edition\n")
    assert "plan-d-acces@1" in articles(facture, "devis/suivant.yaml")
    (row,) = facture("bilan", "--all", "--format", "json").data
    assert (row["euros"], row["couvert"], row["clauses"]) == ("150.00", True, ["plan-d-acces@1"])


def test_all_ranks_what_costs_most(facture: Facture) -> None:
    """Troubles of every engagement, the dearest first, gathered when they say the same; what covers each."""
    noted = [
        ("devis/affiche.yaml", "Trois retouches de couleur", "2 h"),
        ("devis/catalogue.yaml", "Fichier perdu", "900 €"),
        ("devis/catalogue.yaml", "Cinq retouches de couleur", "3 h"),
    ]
    for name, souci, cout in noted:
        assert facture("bilan", name, "--souci", souci, "--cout", cout).code == 0
    rows = facture("bilan", "--all", "--format", "json").data
    assert [(row["souci"], row["nombre"], row["heures"], row["euros"]) for row in rows] == [
        ("Fichier perdu", 1, "0", "900.00"),
        ("Cinq retouches de couleur", 2, "5", "0.00"),
    ]
    assert not any(row["couvert"] for row in rows)
    assert rows[1]["documents"] == ["D2026-014", "D2026-015"]
    text = facture("bilan", "--all").text
    assert "pas encore" in text
    assert "900,00" in text
    write("bilans/casse.yaml", "type: bilan\ndocument: D2026-099\ndate: 2026-12-20\nsoucis:\n  - cout: beaucoup\n")
    broken = facture("bilan", "--all")
    assert (broken.code, set(broken.codes)) == (1, {"C542"})
    assert "Fichier perdu" in broken.text


def test_a_bilan_in_json(facture: Facture) -> None:
    """What was looked for and found is all of stdout, which a script can read; what is written is said elsewhere."""
    line = ["bilan", "devis/catalogue.yaml", "--souci", "Trop de relectures", "--cout", "1,5 jour", "--format", "json"]
    found = facture(*line, "--amende", "relecture").data
    assert (found["souci"], found["cout"]) == ("Trop de relectures", "1,5 jour")
    best = found["clauses"][0]
    assert (best["clause"], best["portee"], best["version_portee"]) == ("projet:relecture@1", True, 1)


def test_a_bilan_from_a_file_in_json(facture: Facture) -> None:
    """Several troubles are one list."""
    write(
        "retour.yaml",
        "type: bilan\ndocument: D2026-014\ndate: 2026-12-20\n"
        "soucis:\n  - souci: Relectures\n  - souci: Stationnement\n",
    )
    found = facture("bilan", "devis/catalogue.yaml", "--depuis", "retour.yaml", "--format", "json").data
    assert [row["souci"] for row in found] == ["Relectures", "Stationnement"]


def test_a_bilan_from_a_file(facture: Facture) -> None:
    """Troubles noted elsewhere are read, looked up and noted, and nothing is decided for the user."""
    write(
        "retour.yaml",
        "type: bilan\ndocument: D2026-014\ndate: 2026-12-20\nsoucis:\n"
        "  - {souci: Neuf relectures des épreuves, cout: 12 h}\n"
        "  - {souci: Fichier perdu, cout: 900 €, cause: tiers}\n",
    )
    result = facture("bilan", "devis/catalogue.yaml", "--depuis", "retour.yaml", "--date", "2026-12-20")
    assert result.code == 0, result.err
    rows = facture("bilan", "--all", "--format", "json").data
    assert [row["souci"] for row in rows] == ["Fichier perdu", "Neuf relectures des épreuves"]
    assert not Path("clauses/anciennes").exists()
    write("mauvais.yaml", "type: bilan\nsoucis:\n  - {souci: Retard, cout: beaucoup}\n")
    refused = facture("bilan", "devis/catalogue.yaml", "--depuis", "mauvais.yaml")
    assert (refused.code, set(refused.codes)) == (1, {"C542"})


ENTRETIENS = [
    ("Neuf relectures\n12 h\nclient\n\n", "rien", ""),
    ("Neuf relectures\n12 h\nclient\n1\n", "amende", "relecture@2"),
    ("Neuf relectures\n12 h\nclient\nn\nplan-d-acces\n", "nouvelle", "plan-d-acces@1"),
]


@pytest.mark.parametrize(("answers", "reponse", "clause"), ENTRETIENS, ids=[row[1] for row in ENTRETIENS])
def test_a_bilan_asks_on_a_terminal(facture: Facture, answers: str, reponse: str, clause: str) -> None:
    """What happened, what it cost, from whom, then what to do of it; the answer is noted in the bilan."""
    result = facture("bilan", "devis/catalogue.yaml", stdin=answers, terminal=True)
    assert result.code == 0, result.err
    noted = Path("bilans/D2026-014.yaml").read_text(encoding="utf-8")
    assert f"reponse: {reponse}" in noted
    assert "cause: client" in noted
    assert (f"clause: {clause}" in noted) == bool(clause)
    assert "cout: 12 h" in noted


def test_a_bilan_never_names_the_client_in_a_clause(facture: Facture) -> None:
    """The reason of a clause may travel: a client's name in it is refused, and nothing is written."""
    before = tree()
    for answer in (["--amende", "relecture"], ["--nouvelle", "visio"]):
        result = facture(
            "bilan", "devis/catalogue.yaml", "--souci", "Valbrun a relu neuf fois", "--cout", "12h", *answer
        )
        assert (result.code, result.codes[:1]) == (1, ["C540"])
    assert tree() == before


# --- share ------------------------------------------------------------------------------------------------------------


def test_share_copies_without_naming_anyone(facture: Facture) -> None:
    """A clause goes with its versions and its licence; the engagement becomes a month."""
    write("texte.md", "Le prix comprend {{ tours }} tours, pas un de plus.\n")
    facture(
        "clause", "revise", "relecture", "--texte", "texte.md", "--motif", "Trop de tours", "--mission", "D2026-014",
        "--date", "2026-12-20",
    )  # fmt: skip
    result = facture("clause", "share", "relecture", "parking", "--vers", "../equipe", "--licence", "CC0-1.0")
    assert result.code == 0, result.err
    shared = tree("../equipe")
    assert sorted(shared) == ["anciennes/relecture@1.yaml", "parking.yaml", "relecture.yaml"]
    text = shared["relecture.yaml"].decode()
    assert "D2026-014" not in text
    assert "2026-12-20" not in text.partition("verifie_le")[0]
    assert "mission: 2026-12" in text
    assert b"licence: CC0-1.0" in shared["parking.yaml"]
    assert "git -C ../equipe add" in result.err
    assert facture("library", "add", "equipe", "../equipe", "--dossier").code == 0
    assert facture("clause", "show", "equipe:relecture@1").code == 0


@pytest.mark.parametrize("name", ["Valbrun", "valbrun", "VALBRUN", "Odile Carmin", "Carmin"])
def test_share_refuses_a_client_s_name(facture: Facture, name: str) -> None:
    """A client or a contact named anywhere in the file, comment included: refused with its line, nothing is copied."""
    path = Path("clauses/relecture.yaml")
    path.write_text(f"{PROJET['clauses/relecture.yaml']}# Depuis {name}\n", encoding="utf-8")
    result = facture("clause", "share", "relecture", "--vers", "../equipe")
    assert (result.code, set(result.codes)) == (1, {"C540"})
    line = len(PROJET["clauses/relecture.yaml"].splitlines()) + 1
    assert f"clauses/relecture.yaml:{line}:" in result.err
    assert not Path("../equipe").exists()


# --- Conditions and contracts on the command line ---------------------------------------------------------------------


def test_show_prints_the_articles(facture: Facture) -> None:
    """Conditions and contracts have articles, not sums; JSON gives their identity and their fingerprint."""
    shown = facture("show", "conditions/edition.yaml", "--format", "json").data
    assert (shown["type"], shown["titre"], shown["version"]) == ("conditions", "Conditions d'édition", 3)
    assert (shown["date"], shown["public"]) == ("2026-11-22", "professionnel")
    assert re.fullmatch("[0-9a-f]{64}", shown["sha256"])
    assert [row["id"] for row in shown["articles"]] == ["relecture", "parking"]
    text = facture("show", "conditions/edition.yaml").text
    assert "1. Relecture des épreuves" in text
    assert "Le prix comprend 2 tours de relecture." in text.replace("\u00a0", " ")
    contrat = facture("show", "contrats/cadre.yaml", "--format", "json").data
    assert (contrat["type"], contrat["numero"]) == ("contrat", "C2026-001")
    assert [row["numero"] for row in contrat["articles"]] == ["2"]


def test_render_annexes_the_conditions(facture: Facture) -> None:
    """The page of the devis says which conditions are accepted, then prints them; the conditions alone match."""
    page = facture("render", "devis/catalogue.yaml", "--html", "-o", "-")
    assert page.code == 0, page.err
    text = page.text.replace("\u00a0", " ").replace("\u202f", " ")
    mark = facture("show", "conditions/edition.yaml", "--format", "json").data["sha256"][:8]
    assert f"(empreinte {mark})" in text
    assert "Relecture des épreuves" in text
    assert "Stationnement" in text
    assert "45 jours" in text
    alone = facture("render", "conditions/edition.yaml", "contrats/cadre.yaml", "--html", "--output-dir", "../rendus")
    assert alone.code == 0, alone.err
    assert len(list(Path("../rendus").iterdir())) == 2


@pytest.mark.parametrize("genre", ["conditions", "contrat"])
def test_a_new_document_is_only_to_be_completed(facture: Facture, genre: str) -> None:
    """`facture new` writes a draft that `check` finds no error in."""
    result = facture("new", genre, "--client", "valbrun", "--date", "2026-11-22")
    assert result.code == 0, result.err
    (name,) = [line for line in result.lines if not line.startswith("schemas")]
    checked = facture("check", name, "--date", "2026-11-22")
    assert checked.code == 0, checked.err


@pytest.mark.parametrize("genre", ["clause", "conditions", "contrat"])
def test_schemas_are_json(facture: Facture, genre: str) -> None:
    """Editors read the same grammar."""
    schema = facture("schema", genre).data
    assert schema["title"] == f"facture : {genre}"
    assert "texte" in schema["properties"] or "clauses" in schema["properties"]


@pytest.mark.parametrize("group", ["clause", "library", "bilan"])
def test_help_is_french(facture: Facture, group: str) -> None:
    """Every command of a group is listed with a sentence, in French."""
    result = facture(group, "--help")
    assert result.code == 0
    assert "Utilisation :" in result.text
    assert not re.search(r"\b(Usage|Options:|Commands|Show this)\b", result.text)


def test_a_trouble_noted_twice_is_counted_once(facture: Facture) -> None:
    """First noted, answered another day: one trouble, with its answer."""
    noted = ("bilan", "devis/catalogue.yaml", "--souci", "Douze relectures", "--cout", "12 h", "--date", "2026-12-20")
    assert facture(*noted).code == 0
    assert facture(*noted, "--amende", "relecture").code == 0
    (row,) = facture("bilan", "--all", "--format", "json").data
    assert (row["nombre"], row["heures"], row["clauses"]) == (1, "12", ["relecture@2"])
