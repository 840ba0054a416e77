"""What a person reads when something is wrong: one folder a case, its exact text, and how findings are counted.

`tests/diagnostics/<CODE>-<what>/doc.yaml`, with the files it refers to, must give `sortie.txt` and nothing else. Where
no document shows the mistake, `commande` holds lines to type in that folder, and `sortie.txt` what the last one says on
stderr. The cases of the clauses bring clauses of their own: those shipped with the program may change their words. An
expected text is read aloud before it is kept: it is true, it is French, it is calm, it points at the place to mend.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import facture
from facture import __version__
from facture.cli import cli
from facture.codes import CODES, Code, Famille, Severity
from facture.console import run
from facture.dossier import build_dossier
from facture.errors import (
    ConfigurationError,
    Diagnostic,
    FactureError,
    Position,
    RefusError,
    RessourceError,
    UsageError,
    compute_exit_code,
    format_path,
    sort_diagnostics,
)
from facture.lecture import Lecteur
from facture.source import finding

DOSSIER = Path(__file__).resolve().parent / "diagnostics"
CAS = sorted(path.name for path in DOSSIER.iterdir())
JOUR = dt.date(2026, 11, 22)
MOTEUR = {code for code in CODES if code.startswith("R6") and code != "R608"}
MOTEUR |= {"X731", "X734", "X735", "X744", "X745"}
"""Codes that come from laying out the page, or from a PDF, which git does not hold: tests of the engines give them."""
RETIRES = {entry.code for entry in CODES.values() if entry.titre.endswith("(code retiré)")}
"""Codes of the past: listed for ever, given no more."""
COMMANDES = [name for name in CAS if (DOSSIER / name / "commande").is_file()]
FICHIERS = {
    "avoirs", "bilans", "catalogue", "clauses", "clients", "commande", "conditions.yaml", "courriers", "doc.yaml",
    "emetteurs", "equipe", "facture.lock", "facture.toml", "facture.txt", "facture.xml", "factures", "modeles",
    "nord.yaml", "relances", "sortie.txt", "suite", "taux.yaml",
}  # fmt: skip
"""What a case may hold; `equipe` and `suite` are a shared library, and what it becomes."""
GIT = shutil.which("git")
CONSTAT = re.compile(r"^(\S+?):(\d+):(\d+): (erreur|avertissement) ([A-Z]\d{3}): ", re.MULTILINE)


def judge() -> list[Diagnostic]:
    """Return every finding of `doc.yaml` in the current folder, or of the `facture.toml` beside it."""
    try:
        return list(build_dossier(Lecteur().read("doc.yaml"), JOUR).constats)
    except ConfigurationError as error:
        return error.diagnostics


def expect(name: str) -> str:
    """Return the text that a case must give."""
    return (DOSSIER / name / "sortie.txt").read_text(encoding="utf-8")


# --- The cases


@pytest.mark.parametrize("name", [name for name in CAS if name not in COMMANDES])
def test_a_mistake_gives_its_exact_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right place, the right words, and no other finding that would only follow from this one."""
    monkeypatch.chdir(DOSSIER / name)
    assert "".join(f"{found.to_text()}\n" for found in judge()) == expect(name)


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that knows nobody, on a day that does not change: the same files make the same commit, on every machine."""
    for variable in ("GIT_DEFAULT_HASH", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Essai")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "essai@exemple.fr")
        monkeypatch.setenv(f"GIT_{role}_DATE", f"{JOUR.isoformat()}T12:00:00+0000")


@pytest.mark.usefixtures("git", "sans_juges")
@pytest.mark.parametrize("name", COMMANDES)
def test_a_command_says_its_exact_text(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line typed says this on stderr and ends with the status of its findings; those before go well."""
    monkeypatch.chdir(shutil.copytree(DOSSIER / name, tmp_path / name))
    *before, last = Path("commande").read_text(encoding="utf-8").splitlines()
    if GIT is None and any(line.startswith("git ") for line in before):
        pytest.skip("git n'est pas installé")

    def type_line(line: str) -> int:
        program, *arguments = shlex.split(line)
        if program == "git":
            return subprocess.run([program, *arguments], check=False, capture_output=True).returncode
        monkeypatch.setattr(sys, "argv", [program, *arguments])
        return run(cli, __version__)

    assert [type_line(line) for line in before] == [0] * len(before)
    capsys.readouterr()
    status = type_line(last)
    assert capsys.readouterr().err == expect(name)
    found = [
        Diagnostic(code, "m", Position(file), severity=Severity(word))
        for file, _, _, word, code in CONSTAT.findall(expect(name))
    ]
    assert status == compute_exit_code(found, strict="--strict" in last)


@pytest.mark.parametrize("code", sorted(set(CODES) - MOTEUR - RETIRES))
def test_every_code_has_a_case(code: str) -> None:
    """A code that no document gives is a promise nobody keeps; one without a case may say anything."""
    texts = [expect(name) for name in CAS if name.startswith(f"{code}-")]
    assert texts
    for text in texts:
        assert code in {said for *_, said in CONSTAT.findall(text)}


def test_a_retired_code_is_given_nowhere() -> None:
    """It stays explained for whoever meets it in an old log, and no line of the program can give it again."""
    sources = [path for path in Path(facture.__file__).parent.rglob("*.py") if path.name != "codes.py"]
    assert {"C501", "F202"} <= RETIRES
    for path in sources:
        assert not RETIRES & set(re.findall(r"\b[A-Z]\d{3}\b", path.read_text(encoding="utf-8"))), path


def test_no_case_is_an_orphan() -> None:
    """Each folder is named after a code that may be given, and holds a document or a command, and their text."""
    for name in CAS:
        assert re.fullmatch(r"[A-Z]\d{3}-[a-z0-9-]+", name)
        assert name[:4] in set(CODES) - RETIRES
        files = {path.name for path in (DOSSIER / name).iterdir()}
        assert "sortie.txt" in files
        assert files & {"commande", "doc.yaml"}
        assert files <= FICHIERS


@pytest.mark.parametrize("name", CAS)
def test_expected_texts_are_well_written(name: str) -> None:
    """Guillemets in pairs with their spaces, no full stop at the end, no English, no exclamation."""
    text = expect(name)
    assert text.endswith("\n")
    assert text.count("« ") == text.count(" »") == text.count("«") == text.count("»")
    for line in text.splitlines():
        assert not line.endswith((".", " "))
        assert not re.search(
            r"!(?!important|=)|\b(error|warning|expected|found|invalid|missing|None|True|False)\b", line
        )


def test_a_finding_stands_inside_its_file() -> None:
    """The line exists in the file that is named, and the column on that line."""
    for name in CAS:
        for line in expect(name).splitlines():
            place = CONSTAT.match(line)
            if place is None:
                assert line.startswith(("    conseil : ", "    loi : "))
                continue
            if place[1] == "saisie":
                # What was typed on the command line has no file.
                continue
            rows = (DOSSIER / name / place[1]).read_bytes().decode("utf-8", "replace").split("\n")
            assert 1 <= int(place[2]) <= len(rows)
            assert 1 <= int(place[3]) <= len(rows[int(place[2]) - 1]) + 1


# --- Silence


CLEAN = b"""type: facture
numero: F2026-001
date: 2026-11-22
nature: service
emetteur:
  nom: Atelier Nord
  forme_juridique: EI
  siren: "002718286"
  tva_intra: FR80002718286
  regime_tva: reel
  adresse: {rue: 14 rue des Tanneurs, code_postal: 59000, ville: Lille}
client:
  nom: Dupont et Fils
  siren: "003141595"
  adresse: {rue: 4 avenue de la Republique, code_postal: 59000, ville: Lille}
tva: 20
lignes:
  - designation: Conseil
    prix_unitaire: 450
paiement: {echeance: 30 jours}
"""


def test_a_sound_document_is_met_with_silence() -> None:
    """The facture that most cases start from has nothing to say: each case shows its own mistake."""
    assert build_dossier(Lecteur().read("-", CLEAN), JOUR).constats == ()


def test_one_wrong_digit_is_one_finding() -> None:
    """A SIREN with one wrong digit does not also spoil the SIRET and the VAT number made of it."""
    data = CLEAN.replace(
        b'siren: "003141595"', b'siren: "003141596"\n  siret: "00314159500011"\n  tva_intra: FR83003141595'
    )
    found = build_dossier(Lecteur().read("-", data), JOUR).constats
    assert [item.code for item in found if item.is_error] == ["L420"]


def test_while_the_text_is_wrong_nothing_is_said_to_be_missing() -> None:
    """A key may be missing only for being misspelt: absence is judged once the text is clean."""
    data = CLEAN.replace(b"echeance:", b"echance:").replace(b"  nom: Dupont et Fils\n", b"").replace(b"tva: 20\n", b"")
    assert [item.code for item in build_dossier(Lecteur().read("-", data), JOUR).constats] == ["F203"]


# --- How a finding is said


FAUTE = Diagnostic(
    "F205",
    "« 1 500 » : pas d'espace",
    Position("d.yaml", 14, 7),
    "lignes[0].prix_unitaire",
    advice="écrivez 1500",
    law="art. 1",
)


def test_text_says_place_severity_code_path_and_message() -> None:
    """File, line and column first, so that an editor opens the place; advice and law follow, indented."""
    assert FAUTE.to_text() == (
        "d.yaml:14:7: erreur F205: lignes[0].prix_unitaire : « 1 500 » : pas d'espace\n"
        "    conseil : écrivez 1500\n"
        "    loi : art. 1"
    )
    bare = Diagnostic("L414", "sans validité", Position("-"), severity=Severity.AVERTISSEMENT)
    assert bare.to_text() == "-:1:1: avertissement L414: sans validité"


def test_json_keys_have_one_order() -> None:
    """All the keys, always, in the order that is documented."""
    assert list(FAUTE.to_dict().items()) == [
        ("code", "F205"),
        ("severity", "erreur"),
        ("file", "d.yaml"),
        ("line", 14),
        ("column", 7),
        ("path", "lignes[0].prix_unitaire"),
        ("message", "« 1 500 » : pas d'espace"),
        ("advice", "écrivez 1500"),
        ("law", "art. 1"),
    ]
    assert json.loads(json.dumps(FAUTE.as_warning().to_dict()))["severity"] == "avertissement"


def test_github_annotations_are_escaped() -> None:
    """A percent sign, a comma or a line break of a message cannot end the command or start another."""
    hostile = Diagnostic("F207", "100 %\r\n::error::x, y: z", Position("a,b:c%.yaml", 3, 2), "remise", advice="10 %")
    assert hostile.to_github() == (
        "::error file=a%2Cb%3Ac%25.yaml,line=3,col=2,title=F207::remise : 100 %25%0D%0A::error::x, y: z 10 %25"
    )
    assert FAUTE.as_warning().to_github() == (
        "::warning file=d.yaml,line=14,col=7,title=F205::"
        "lignes[0].prix_unitaire : « 1 500 » : pas d'espace écrivez 1500"
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("tva",), "tva"),
        (("lignes", 0, "quantite"), "lignes[0].quantite"),
        (("lignes", 1, "lignes", 12), "lignes[1].lignes[12]"),
        ((0, "a"), "[0].a"),
    ],
)
def test_a_path_counts_from_zero(path: tuple[str | int, ...], text: str) -> None:
    """Dots between keys, brackets around indices."""
    assert format_path(path) == text


def test_findings_come_sorted_and_each_once() -> None:
    """By file, line, column, then code; the same mistake met forty times is one, and an error outweighs a warning."""

    def make(file: str, line: int, column: int, code: str, message: str = "m") -> Diagnostic:
        return Diagnostic(code, message, Position(file, line, column))

    expected = [
        make("a.yaml", 2, 9, "F203"),
        make("a.yaml", 10, 1, "F203"),
        make("a.yaml", 10, 1, "F205"),
        make("a.yaml", 10, 1, "F205", "n"),
        make("a.yaml", 10, 3, "F203"),
        make("b.yaml", 1, 1, "F203"),
    ]
    for seed in range(5):
        mixed = expected * 3 + [item.as_warning() for item in expected]
        random.Random(seed).shuffle(mixed)
        assert sort_diagnostics(mixed) == expected


# --- Exit status


EXIT = [
    ([], 0),
    (["F203"], 1),
    (["F203", "L412", "M304"], 1),
    (["F230"], 3),
    (["F230", "F230"], 3),
    (["F230", "F203"], 1),
    (["X905"], 5),
    (["X905", "X905"], 5),
    (["X905", "F230"], 1),
    (["X905", "F203"], 1),
    (["X904"], 4),
    (["X904", "F203"], 1),
    (["F291"], 2),
    (["F291", "F203", "F230", "X905"], 2),
    (["X970"], 70),
    (["X970", "F291", "F203"], 70),
]


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> None:
    for status in (4, 5, 70):
        code = f"X9{status:02}"
        monkeypatch.setitem(CODES, code, Code(code, "essai", "Essai.", exit_code=status))


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize(("listed", "expected"), EXIT)
def test_the_exit_status_says_what_kind_of_trouble(listed: list[str], expected: int) -> None:
    """3, 4 and 5 when every error is of that kind, 1 when they are mixed; 2 and 70 stop everything, in any order."""
    found = [Diagnostic(code, "m", Position("a.yaml")) for code in listed]
    warning = Diagnostic("L414", "m", Position("a.yaml"), severity=Severity.AVERTISSEMENT)
    for order in itertools.permutations(found):
        assert compute_exit_code(order) == expected
        assert compute_exit_code([*order, warning]) == expected
        assert compute_exit_code(order, strict=True) == expected


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize(
    ("listed", "strict", "expected"),
    [
        *(([], False, 0), (["F230"], False, 3), (["F291"], False, 2), (["X970"], False, 70)),
        *(([], True, 1), (["F230"], True, 1), (["F291"], True, 2), (["X970"], True, 70)),
    ],
)
def test_a_warning_counts_under_strict(listed: list[str], strict: bool, expected: int) -> None:
    """Warnings alone end well, or with 1 under `--strict`, whatever status their code would ask for as an error."""
    found = [Diagnostic(code, "m", Position("a.yaml")) for code in listed]
    found.append(Diagnostic("F230", "m", Position("b.yaml")).as_warning())
    assert compute_exit_code(found, strict=strict) == expected


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FactureError("x"), 70),
        (UsageError("x"), 2),
        (RessourceError("x"), 3),
        (ConfigurationError([finding("F291", "x", Position("facture.toml"))]), 2),
        (RefusError([finding("F203", "x", Position("a.yaml"))]), 1),
        (RefusError([finding("F230", "x", Position("a.yaml"))]), 3),
        (RefusError([finding("F230", "x", Position("a.yaml")), finding("M304", "x", Position("a.yaml"))]), 1),
    ],
)
def test_an_exception_carries_its_status(error: FactureError, status: int) -> None:
    """One place maps errors to exit status: the class, or the findings it holds."""
    assert error.exit_code == status
    assert isinstance(error, FactureError)


def test_a_refusal_keeps_every_finding() -> None:
    """Warnings too: they are shown with the rest."""
    items = [finding("L414", "b", Position("a.yaml", 2)), finding("F203", "a", Position("a.yaml", 1))]
    assert RefusError(items).diagnostics == items[::-1]


# --- The table of codes


@pytest.mark.parametrize("entry", CODES.values(), ids=lambda entry: entry.code)
def test_a_code_is_explained(entry: Code) -> None:
    """A title, an explanation in sentences, an advice that follows « conseil : », a family."""
    assert CODES[entry.code] is entry
    assert re.fullmatch(r"[A-Z]\d{3}", entry.code)
    assert entry.code[0] in Famille.__members__
    assert entry.titre
    assert not entry.titre.endswith(".")
    assert entry.explication.endswith((".", "…"))
    assert not entry.advice.endswith(".")
    for text in (entry.titre, entry.explication, entry.advice):
        assert text.count("«") == text.count("« ") == text.count(" »") == text.count("»")
        assert "  " not in text
    assert entry.exit_code in {1, 2, 3, 4, 5}


def test_a_finding_takes_the_advice_and_the_law_of_its_code() -> None:
    """Unless it has a better advice of its own."""
    found = finding("F242", "aucun taux", Position("a.yaml"), "lignes[0]")
    assert (found.advice, found.law) == (CODES["F242"].advice, "CGI ann. II art. 242 nonies A, I-8°")
    assert finding("F242", "aucun taux", Position("a.yaml"), advice="le mien").advice == "le mien"
    assert finding("L414", "x", Position("a.yaml")).severity is Severity.AVERTISSEMENT
