"""The command `promises` as a person and a script meet it: what is printed, written, and the status."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from facture import __version__, source
from facture.cli import cli
from facture.console import run
from facture.errors import RessourceError

LIGNES = "tva: 20\nlignes:\n  - {designation: Maquettes, prix_unitaire: 450}\n"
PROJET = {
    "facture.toml": 'emetteur = "moi"\n',
    "emetteurs/moi.yaml": (
        "nom: Atelier Nord\nforme_juridique: EI\nsiren: 008356024\n"
        "adresse: {rue: 14 rue des Tanneurs, code_postal: 59000, ville: Lille}\n"
    ),
    "clients/valbrun.yaml": (
        "nom: Menuiserie Valbrun\nqualite: professionnel\n"
        "adresse: {rue: 4 avenue Haute, code_postal: 59000, ville: Lille}\n"
    ),
    "clients/ostrea.yaml": (
        "nom: Galerie Ostréa\nqualite: professionnel\nadresse: {rue: 9 quai Bas, code_postal: 59000, ville: Lille}\n"
    ),
    "devis/valbrun.yaml": (
        "# Le site de la menuiserie\ntype: devis\nnumero: D2026-014\ndate: 2026-11-22\nvalidite: 30 jours\n"
        "client: valbrun\n" + LIGNES + "promesses:\n"
        "  - {quoi: Maquettes livrées, pour: 2026-12-15}  # à l'heure\n"
        "  - quoi: Mise en ligne\n    pour: 2027-01-29\n"
    ),
    "devis/ostrea.yaml": (
        "type: devis\nnumero: D2026-020\ndate: 2026-11-25\nvalidite: 30 jours\nclient: ostrea\n"
        + LIGNES
        + "promesses:\n"
        "  - {quoi: Affiche imprimée, pour: 2026-12-10}\n"
        "  - {quoi: Carton relu, pour: 2026-12-01, statut: tenue}\n"
    ),
    "factures/valbrun.yaml": (
        "type: facture\nnumero: F2026-030\ndate: 2026-12-01\nclient: valbrun\ndevis: D2026-014\n"
        "paiement: {echeance: 30 jours}\n" + LIGNES + "promesses:\n"
        "  - {quoi: Mise en ligne, pour: 2027-01-29}\n"
    ),
}
RENEGOCIER = (
    "promises",
    "renegotiate",
    "devis/valbrun.yaml",
    "maquettes",
    "--pour",
    "2027-01-08",
    "--motif",
    "Les textes sont arrivés le 9 décembre",
    "--en-attendant",
    "La page d'accueil est en ligne",
)


@dataclass
class Result:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        """The code of every finding said on stderr."""
        return re.findall(r": (?:erreur|avertissement) ([A-Z]\d{3}): ", self.err)


Facture = Callable[..., Result]


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def tree() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


@pytest.fixture
def facture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Facture:
    """Run the command in a project of its own."""
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "projet").mkdir()
    monkeypatch.chdir(tmp_path / "projet")
    for name, text in PROJET.items():
        write(name, text)

    def call(*arguments: str, date: str = "2026-12-12") -> Result:
        line = ["facture", *arguments, *(["--date", date] if date else [])]
        monkeypatch.setattr(sys, "argv", line)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        code = run(cli, __version__)
        captured = capsysbinary.readouterr()
        return Result(code, captured.out, captured.err.decode())

    return call


# --- Statuses ---------------------------------------------------------------------------------------------------------

R = "promises renegotiate devis/valbrun.yaml maquettes"
STATUTS: list[tuple[str, int, str]] = [
    ("promises absent.yaml", 3, "absent.yaml"),
    ("promises absent/", 3, "absent"),
    ("promises -", 2, "nommez-le"),
    ("promises --format xml", 2, "--format"),
    ("promises --client personne", 0, "Aucune promesse"),
    ("promises kepp devis/valbrun.yaml", 2, "keep"),
    ("promises keep", 2, "FICHIER"),
    ("promises keep absent.yaml", 3, "absent.yaml"),
    ("promises keep clients/valbrun.yaml", 2, "un fichier « client » ne fait pas de promesse"),
    ("promises keep devis/valbrun.yaml", 2, "2 promesses en cours ; dites laquelle"),
    ("promises keep devis/valbrun.yaml autre", 2, "  2. Mise en ligne, pour le 29 janvier 2027"),
    ("promises keep devis/ostrea.yaml carton", 2, "déjà tenue"),
    ("promises keep -", 2, "nommez-le"),
    (R, 2, "donnez --pour, --motif et --en-attendant"),
    (f"{R} --pour 2027-01-08", 2, "donnez --motif et --en-attendant"),
    (f"{R} --pour 2027-01-08 --motif Textes", 2, "donnez --en-attendant"),
    (f"{R} --motif Textes --en-attendant Rien", 2, "donnez --pour"),
    (f"{R} --pour 2026-12-12 --motif A --en-attendant B", 2, "vient après le 12 décembre 2026"),
    (f"{R} --pour 2026-12-15 --motif A --en-attendant B", 2, "c'est la date déjà promise"),
    (f"{R} --pour demain --motif A --en-attendant B", 2, "n'est pas une date"),
    ("promises renegotiate absent.yaml --pour 2027-01-08 --motif A --en-attendant B", 3, "absent.yaml"),
]


@pytest.mark.parametrize(("line", "code", "words"), STATUTS, ids=[row[0] for row in STATUTS])
def test_each_ending_has_its_status_and_its_words(facture: Facture, line: str, code: int, words: str) -> None:
    """0 fine, 2 usage, 3 missing; what is said goes to stderr, in French, and a refusal writes nothing."""
    before = tree()
    result = facture(*line.split(" "))
    assert result.code == code, result.err
    assert words in result.err
    assert "Traceback" not in result.err and "interne" not in result.err
    assert tree() == before


# --- The list ---------------------------------------------------------------------------------------------------------


def rows(result: Result) -> list[tuple[str, str, bool, int]]:
    return [(row["fichier"], row["quoi"], row["en_retard"], row["jours"]) for row in result.data["promesses"]]


EN_COURS = [
    # 10 to 12 December: two days.
    ("devis/ostrea.yaml", "Affiche imprimée", True, 2),
    ("devis/valbrun.yaml", "Maquettes livrées", False, 0),
    # Said again on the invoice of the same devis: one promise.
    ("devis/valbrun.yaml", "Mise en ligne", False, 0),
]


def test_what_is_owed_by_date(facture: Facture) -> None:
    """Open promises of the whole project, each once, the kept one left out."""
    result = facture("promises", "--format", "json")
    assert (result.code, result.err) == (0, "")
    assert rows(result) == EN_COURS
    assert (result.data["date"], result.data["total"], result.data["en_retard"]) == ("2026-12-12", 3, 1)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--late",), EN_COURS[:1]),
        (("--client", "ostrea"), EN_COURS[:1]),
        (("--client", "menuiserie"), EN_COURS[1:]),
        (("--client", "menuiserie", "--late"), []),
        (("--all",), [("devis/ostrea.yaml", "Carton relu", False, 0), *EN_COURS]),
        (("--all", "--late"), EN_COURS[:1]),
        (("devis/ostrea.yaml",), EN_COURS[:1]),
        (("factures",), [("factures/valbrun.yaml", "Mise en ligne", False, 0)]),
        (
            ("factures", "devis/ostrea.yaml", "devis/ostrea.yaml"),
            [EN_COURS[0], ("factures/valbrun.yaml", "Mise en ligne", False, 0)],
        ),
        (("list", "devis/ostrea.yaml"), EN_COURS[:1]),
    ],
    ids=["late", "fiche", "nom", "nom-late", "all", "all-late", "fichier", "dossier", "deux-chemins", "list"],
)
def test_the_list_can_be_narrowed(
    facture: Facture, arguments: tuple[str, ...], expected: list[tuple[str, str, bool, int]]
) -> None:
    """By path, by client, by what is late; the name of the list itself may be typed."""
    assert rows(facture("promises", *arguments, "--format", "json")) == expected


def test_the_table_says_how_late(facture: Facture) -> None:
    """Late ones first, in words, with the file that the other commands want."""
    result = facture("promises", "--all")
    assert result.code == 0
    lines = [re.sub(r" {2,}", " | ", line.strip()) for line in result.text.splitlines() if "/202" in line]
    assert lines == [
        "10/12/2026 | en retard de 2 jours | Galerie Ostréa | Affiche imprimée | devis/ostrea.yaml",
        "15/12/2026 | dans 3 jours | Menuiserie Valbrun | Maquettes livrées | devis/valbrun.yaml",
        "29/01/2027 | dans 48 jours | Menuiserie Valbrun | Mise en ligne | devis/valbrun.yaml",
        "01/12/2026 | tenue | Galerie Ostréa | Carton relu | devis/ostrea.yaml",
    ]
    assert "dont 1 en retard, la plus ancienne de 2 jours" in result.err


def test_the_list_is_what_the_group_does(facture: Facture, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder of it, with nothing but an option, the whole project is read; the help says it all."""
    monkeypatch.chdir("clients")
    assert [row[1:] for row in rows(facture("promises", "--format", "json"))] == [row[1:] for row in EN_COURS]
    help_text = facture("promises", "--help", date="").text
    for word in ("--late", "--client", "--format", "--all", "keep", "renegotiate", "[CHEMIN…]", "ics"):
        assert word in help_text
    assert "  list " not in help_text


def test_the_day_of_the_promise_is_not_late(facture: Facture) -> None:
    """Late from the day after."""
    assert facture("promises", "--late", "--format", "json", date="2026-12-10").data["total"] == 0
    assert facture("promises", "--late", "--format", "json", date="2026-12-11").data["promesses"][0]["jours"] == 1


def test_a_week_too_full_is_a_warning(facture: Facture) -> None:
    """Above the number of facture.toml, three by default; the status stays 0."""
    assert facture("promises").codes == []
    write("facture.toml", 'emetteur = "moi"\n[relances]\npromesses_par_semaine = 1\n')
    more = PROJET["devis/ostrea.yaml"].replace("2026-12-10}", "2026-12-18}")
    write("devis/ostrea.yaml", more)
    result = facture("promises")
    assert (result.code, result.codes) == (0, ["L470"])
    assert "semaine 51, du 14 au 20 décembre 2026 : 2 promesses ouvertes, pour 1 au plus" in result.err
    assert "devis/ostrea.yaml:10:5" in result.err
    assert facture("promises", "--client", "valbrun").codes == ["L470"]
    assert facture("promises", "--late").codes == []


def test_errors_of_documents_are_said_and_the_others_listed(facture: Facture) -> None:
    """One broken file hides no promise; the status says that something is to be mended."""
    write("devis/casse.yaml", "type: devis\nlignes: [\n")
    write("devis/vague.yaml", PROJET["devis/ostrea.yaml"].replace(", pour: 2026-12-10", "").replace("020", "021"))
    result = facture("promises", "--format", "json")
    assert result.code == 1
    assert sorted(result.codes) == ["F217", "Y104"]
    assert rows(result) == [*EN_COURS, ("devis/vague.yaml", "Affiche imprimée", False, 0)]


def test_the_calendar_goes_to_stdout_as_it_is(facture: Facture) -> None:
    """Line ends of the format, one event a promise, and the same bytes the next day."""
    result = facture("promises", "--format", "ics")
    assert result.code == 0
    assert result.out.startswith(b"BEGIN:VCALENDAR\r\n") and result.out.endswith(b"END:VCALENDAR\r\n")
    assert result.out.count(b"\n") == result.out.count(b"\r\n")
    assert result.out.count(b"BEGIN:VEVENT\r\n") == 3
    assert facture("promises", "--format", "ics", date="2026-12-14").out == result.out


def test_outside_a_project_the_folder_is_read(
    facture: Facture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lone file with everything in place is enough."""
    (tmp_path / "seul").mkdir()
    monkeypatch.chdir(tmp_path / "seul")
    text = "type: devis\nemetteur: {nom: Atelier}\nclient: {nom: Ostréa}\n" + LIGNES
    write("devis.yaml", text + "promesses: [{quoi: Site, pour: 2026-12-01}]\n")
    assert rows(facture("promises", "--format", "json")) == [("devis.yaml", "Site", True, 11)]


# --- keep -------------------------------------------------------------------------------------------------------------


def test_a_promise_is_kept(facture: Facture) -> None:
    """The document says it, with the day; the list owes it no more, even where an invoice still repeats it."""
    result = facture("promises", "keep", "devis/valbrun.yaml", "mise", date="2027-01-28")
    assert (result.code, result.text) == (0, "devis/valbrun.yaml\n")
    assert "Mise en ligne : tenue à temps." in result.err
    added = "    statut: tenue\n    historique:\n      - {pour: 2027-01-29, le: 2027-01-28, motif: tenue}\n"
    assert Path("devis/valbrun.yaml").read_text(encoding="utf-8") == PROJET["devis/valbrun.yaml"] + added
    assert rows(facture("promises", "--format", "json")) == EN_COURS[:2]


def test_a_promise_kept_late_says_so(facture: Facture) -> None:
    """10 to 13 December is three days; the only open promise needs no name."""
    result = facture("promises", "keep", "devis/ostrea.yaml", date="2026-12-13")
    assert "Affiche imprimée : tenue avec 3 jours de retard." in result.err
    assert "tenue avec 3 jours de retard}" in Path("devis/ostrea.yaml").read_text(encoding="utf-8")


def test_an_invoice_may_be_kept_on_too(facture: Facture) -> None:
    """The life of a promise is not the invoice: a number does not freeze it, and `check` finds nothing new."""
    before = facture("check", "factures").codes
    assert facture("promises", "keep", "factures/valbrun.yaml").code == 0
    assert "statut: tenue" in Path("factures/valbrun.yaml").read_text(encoding="utf-8")
    assert facture("check", "factures").codes == before


def test_a_file_that_cannot_be_edited_is_left_alone(facture: Facture) -> None:
    """A root on one line is refused, with what to do."""
    text = "{type: devis, emetteur: {nom: A}, client: {nom: B}, promesses: [{quoi: C, pour: 2027-01-01}]}\n"
    write("devis/ligne.yaml", text)
    result = facture("promises", "keep", "devis/ligne.yaml")
    assert result.code == 2 and "mettez une clé par ligne" in result.err
    assert Path("devis/ligne.yaml").read_text(encoding="utf-8") == text


# --- renegotiate ------------------------------------------------------------------------------------------------------

LETTRE = "courriers/2026-12-12-report-menuiserie-valbrun.yaml"


def test_a_renegotiation_writes_the_letter_and_keeps_both_dates(facture: Facture) -> None:
    """The letter, the document, then the PDF of the letter; the list shows the new date."""
    result = facture(*RENEGOCIER)
    assert result.code == 0, result.err
    pdf = "sortie/2026-12-12-report-menuiserie-valbrun.pdf"
    assert result.text.splitlines() == [LETTRE, "devis/valbrun.yaml", pdf]
    assert result.codes == []
    assert Path(pdf).read_bytes().startswith(b"%PDF-")
    assert yaml.load(Path(LETTRE).read_bytes(), yaml.BaseLoader) == {
        "type": "courrier",
        "modele": "report-delai",
        "date": "2026-12-12",
        "client": "valbrun",
        "devis": "D2026-014",
        "promesse": {"quoi": "Maquettes livrées", "pour": "2026-12-15"},
        "cause": "Les textes sont arrivés le 9 décembre",
        "nouvelle_date": "2027-01-08",
        "en_attendant": "La page d'accueil est en ligne",
    }
    assert Path("devis/valbrun.yaml").read_text(encoding="utf-8") == PROJET["devis/valbrun.yaml"].replace(
        "pour: 2026-12-15}",
        "pour: 2027-01-08, statut: renegociee, "
        "historique: [{pour: 2026-12-15, le: 2026-12-12, motif: Les textes sont arrivés le 9 décembre}]}",
    )
    (moved,) = [row for row in facture("promises", "--format", "json").data["promesses"] if row["historique"]]
    assert (moved["pour"], moved["statut"]) == ("2027-01-08", "renegociee")
    assert facture("check", "courriers", "--strict").code == 0


def test_a_late_renegotiation_says_it_once(facture: Facture) -> None:
    """Three days late: a warning, the letter all the same, status 0."""
    result = facture(*RENEGOCIER, date="2026-12-18")
    assert result.code == 0, result.err
    assert result.codes == ["L471"]
    assert "cette promesse est échue depuis 3 jours" in result.err


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(facture: Facture) -> None:
    """Not a byte changes, and stdout says what would."""
    before = tree()
    result = facture(*RENEGOCIER, "--dry-run")
    assert (result.code, result.text.splitlines()) == (0, [LETTRE, "devis/valbrun.yaml"])
    assert "--dry-run" in result.err
    kept = facture("promises", "keep", "devis/ostrea.yaml", "--dry-run")
    assert (kept.code, kept.text) == (0, "devis/ostrea.yaml\n")
    assert tree() == before


def test_stopped_between_the_two_the_client_can_still_be_told(
    facture: Facture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter comes first: should the document not be written, its date is the former one, and one can go again."""
    real = source.write_atomic

    def stop(path: Path, data: bytes) -> None:
        if path.name == "valbrun.yaml":
            raise RessourceError("devis/valbrun.yaml : écriture impossible (disque plein)")
        real(path, data)

    monkeypatch.setattr(source, "write_atomic", stop)
    result = facture(*RENEGOCIER)
    assert (result.code, result.text) == (3, f"{LETTRE}\n")
    assert Path("devis/valbrun.yaml").read_text(encoding="utf-8") == PROJET["devis/valbrun.yaml"]
    monkeypatch.setattr(source, "write_atomic", real)
    again = facture(*RENEGOCIER)
    assert again.code == 0
    assert again.text.splitlines()[0] == LETTRE.replace(".yaml", "-2.yaml")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("client: valbrun", "client: absent", 3),
        ("prix_unitaire", "prix_unitare", 1),
        ("adresse", "adrese", 1),
    ],
    ids=["client-introuvable", "cle-inconnue", "fiche-en-faute"],
)
def test_nothing_is_written_when_the_letter_would_be_wrong(facture: Facture, old: str, new: str, code: int) -> None:
    """What is wrong in the document or in the client's file is said, and every file stays as it was."""
    for name in ("devis/valbrun.yaml", "clients/valbrun.yaml"):
        write(name, PROJET[name].replace(old, new))
    before = tree()
    result = facture(*RENEGOCIER)
    assert result.code == code and result.codes, result.err
    assert tree() == before


def test_in_english_and_without_a_project(facture: Facture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a lone file: its parties as they stand, its language, and the letter in it."""
    (tmp_path / "seul").mkdir()
    monkeypatch.chdir(tmp_path / "seul")
    text = PROJET["devis/valbrun.yaml"].replace("client: valbrun\n", "langue: en\nemetteur:\n  ")
    emetteur = PROJET["emetteurs/moi.yaml"].rstrip().replace("\n", "\n  ")
    client = PROJET["clients/valbrun.yaml"].rstrip().replace("\n", "\n  ")
    text = text.replace("emetteur:\n  ", f"emetteur:\n  {emetteur}\nclient:\n  {client}\n")
    write("devis.yaml", text)
    line = [part.replace("devis/valbrun.yaml", "devis.yaml") for part in RENEGOCIER]
    result = facture(*line)
    assert result.code == 0, result.err
    stem = "2026-12-12-report-menuiserie-valbrun"
    assert result.text.splitlines() == [f"{stem}.yaml", "devis.yaml", f"{stem}.pdf"]
    letter = yaml.load(Path(f"{stem}.yaml").read_bytes(), yaml.BaseLoader)
    assert (letter["langue"], letter["client"]["adresse"]["ville"]) == ("en", "Lille")
