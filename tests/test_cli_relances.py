"""`penalties`, `remind` and `rates` as a person and a script meet them: what is printed, written, and the status.

The default invoice asks for 1 200.00 on 15 June 2026; on 10 July it comes to 10.07 of interest and 40 euros: 1 250.07.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import yaml
from fixtures_relances import (
    COURS,
    EMETTEUR,
    Commande,
    dump,
    make_avoir,
    make_facture,
    make_projet,
    make_relance,
    make_seule,
    tree,
    write,
)
from test_render import read_page, squeeze

from facture import lot

JOUR = ("--date", "2026-07-10")


@pytest.fixture
def facture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Commande:
    """Run the command in a project with one unpaid invoice."""
    projet = make_projet(tmp_path / "projet")
    write(projet / "factures" / "mai.yaml", make_facture())
    monkeypatch.chdir(projet)
    return Commande(monkeypatch, capsysbinary)


@pytest.fixture
def sans_moteur(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the engine away: a page is composed, judged and named, and its bytes are a stand-in."""
    monkeypatch.setattr(lot, "press", lambda *arguments, **named: b"%PDF-essai")
    monkeypatch.setattr(lot, "warm_up", lambda: None)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


# --- penalties -------------------------------------------------------------------------------------------------------

DESIGN = {
    "principal": "1200.00",
    "echeance": "2026-06-15",
    "arrete_au": "2026-07-10",
    "jours": 25,
    "taux": "bce+10",
    "tranches": [
        {
            "du": "2026-06-16",
            "au": "2026-06-30",
            "jours": 15,
            "taux": "12.15",
            "base": "1200.00",
            "interets": "5.99",
        },
        {
            "du": "2026-07-01",
            "au": "2026-07-10",
            "jours": 10,
            "taux": "12.40",
            "base": "1200.00",
            "interets": "4.08",
        },
    ],
    "interets": "10.07",
    "indemnite": "40.00",
    "total": "1250.07",
}


@pytest.mark.parametrize("name", ["factures/mai.yaml", "F2026-019", "-"])
def test_penalties_of_an_invoice_by_file_number_or_stdin(facture: Commande, name: str) -> None:
    """The same object comes first, in the same order, however the invoice is named; stderr stays silent."""
    stdin = Path("factures/mai.yaml").read_bytes() if name == "-" else b""
    result = facture("penalties", name, *JOUR, "--format", "json", stdin=stdin)
    assert (result.code, result.err) == (0, "")
    assert list(result.data)[: len(DESIGN)] == list(DESIGN)
    assert {key: result.data[key] for key in DESIGN} == DESIGN
    assert result.data["numero"] == "F2026-019"


def test_penalties_read_from_stdin_take_the_credit_notes_of_the_project(facture: Commande) -> None:
    """What is piped in is followed like a file of the folder: 1200 - 600, and 5.83 of interest."""
    write(Path("avoirs/a.yaml"), make_avoir("2026-06-20", "500"))
    result = facture("penalties", "-", *JOUR, "--format", "json", stdin=Path("factures/mai.yaml").read_bytes())
    assert (result.data["avoirs"], result.data["total"]) == ("600.00", "645.83")


def test_penalties_as_text_re_add(facture: Commande) -> None:
    """Rows of days sum to the interest, rows of the account to what is left, and a day more has its price."""
    write(
        Path("factures/mai.yaml"),
        make_facture(reglements=[{"date": "2026-06-30", "montant": "200"}]),
    )
    result = facture("penalties", "F2026-019", *JOUR)
    text = plain(result.text)
    assert result.code == 0
    assert "16/06/2026   30/06/2026      15   12,15 %    1 200,00       5,99" in text
    assert "01/07/2026   10/07/2026      10   12,40 %    1 005,99       3,42" in text
    lines = [re.split(r" {2,}", line.strip()) for line in text.splitlines() if re.match(r"  [A-ZÉ]", line)]
    amounts = {
        label: Decimal(re.sub("[ €]", "", rest[0]).replace(",", ".").replace("−", "-"))
        for label, *rest in lines
        if label != "Du"
    }
    assert amounts == {
        "Facture": Decimal("1200.00"),
        "Paiement du 30/06/2026": Decimal("-200.00"),
        "Intérêts": Decimal("9.41"),
        "Indemnité de recouvrement": Decimal("40.00"),
        "Reste dû": Decimal("1049.41"),
    }
    assert "Après le 10 juillet 2026, chaque jour ajoute 0,34 €." in text


def test_penalties_as_csv_re_add(facture: Commande) -> None:
    """One row a movement, CRLF as spreadsheets want, and a last column that sums to what is owed."""
    write(Path("avoirs/a.yaml"), make_avoir("2026-06-20", "500"))
    result = facture("penalties", "F2026-019", *JOUR, "--format", "csv")
    assert result.text.count("\r\n") == result.text.count("\n")
    rows = list(csv.DictReader(io.StringIO(result.text)))
    assert [row["poste"] for row in rows] == ["principal", "avoir", "interets", "interets", "interets", "indemnite"]
    assert sum(Decimal(row["montant"]) for row in rows) == Decimal("645.83")


@pytest.mark.parametrize("numero", ["+1+1", "-1+2", "-2", "+33612", "-A1", "+"])
def test_no_number_becomes_a_formula(facture: Commande, numero: str) -> None:
    """A number may come from anybody: opened in a spreadsheet, it is a text or a plain number, never a sum."""
    write(Path("factures/mai.yaml"), make_facture(numero))
    result = facture("penalties", "factures/mai.yaml", *JOUR, "--format", "csv")
    cells = {row["facture"] for row in csv.DictReader(io.StringIO(result.text))}
    assert cells == {numero if numero == "-2" else f"'{numero}"}


@pytest.mark.parametrize(
    ("date", "total", "said"),
    [
        ("2026-06-15", "1200.00", "F2026-019 : à payer le 15 juin 2026, pas en retard ce jour-là.\n"),
        ("2026-06-16", "1240.40", ""),
    ],
)
def test_penalties_depend_on_the_day(facture: Commande, date: str, total: str, said: str) -> None:
    """`--date` is the last day that counts; an invoice that is not late says so, without an error."""
    result = facture("penalties", "F2026-019", "--date", date, "--format", "json")
    assert (result.code, result.data["total"], plain(result.err)) == (0, total, said)
    assert facture("penalties", "F2026-019", "--date", date, "--quiet").err == ""


NOTES: dict[str, tuple[dict[str, Any], str]] = {
    "particulier": (
        {"client": "paul"},
        "F2026-019 : un particulier ne doit d'intérêts qu'à partir d'une mise en demeure (C. civ. art. 1231-6).",
    ),
    "dollars": (
        {"devise": "USD", "cours_eur": COURS},
        "F2026-019 : l'indemnité de recouvrement, 40,00 €, due en euros, s'ajoute au total.",
    ),
    "half-year-under-the-floor": (
        {"date": "2024-02-15", "date_prestation": "2024-02-15", "paiement": {"echeance": "30 jours"}},
        "F2026-019 : bce+10 est alors sous trois fois le taux légal, 1er semestre 2024 (15,21 %), "
        "2e semestre 2024 (14,76 %) : la loi",
    ),
}


@pytest.mark.parametrize(("keys", "wanted"), NOTES.values(), ids=NOTES)
def test_penalties_say_what_figures_do_not(facture: Commande, keys: dict[str, Any], wanted: str) -> None:
    """Why there is nothing, or what the law leaves to choose, on stderr."""
    write(Path("factures/mai.yaml"), make_facture(**keys))
    result = facture("penalties", "F2026-019", *JOUR, "--format", "json")
    assert result.code == 0
    assert wanted in plain(result.err)


def test_penalties_of_a_notice(facture: Commande) -> None:
    """A notice gives each of its invoices, then their sums, on its own day whatever the day of the command."""
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "600", date="2026-06-09"))
    write(Path("relances/r.yaml"), make_relance(2, "F2026-019", "F2026-020"))
    result = facture("penalties", "relances/r.yaml", "--date", "2026-11-22", "--format", "json")
    assert result.code == 0
    assert [item["numero"] for item in result.data["factures"]] == ["F2026-019", "F2026-020"]
    assert (result.data["arrete_au"], result.data["total"]) == ("2026-07-10", "2010.31")
    text = plain(facture("penalties", "relances/r.yaml", "--date", "2026-11-22").text)
    assert text.rstrip().endswith("En tout : 2 010,31 €")
    rows = csv.DictReader(io.StringIO(facture("penalties", "relances/r.yaml", "--format", "csv").text))
    assert sum(Decimal(row["montant"]) for row in rows) == Decimal("2010.31")


REFUS: dict[str, tuple[str, dict[str, str], int, str]] = {
    "unknown-number": ("F2026-999", {}, 3, "ni un fichier, ni le numéro d'une facture"),
    "unknown-number-with-a-slash": ("2026/999", {}, 3, "ni un fichier, ni le numéro d'une facture"),
    "missing-file": ("absente.yaml", {}, 3, "absente.yaml : introuvable"),
    "a-folder": ("factures", {}, 3, "factures : est un dossier"),
    "ambiguous-number": (
        "F2026-030",
        {"factures/a.yaml": make_facture("F2026-030"), "factures/b.yaml": make_facture("F2026-030")},
        2,
        "« F2026-030 » : factures/a.yaml, factures/b.yaml",
    ),
    "a-devis": (
        "devis/d.yaml",
        {
            "devis/d.yaml": make_facture(
                "D2026-001", type="devis", validite="30 jours", date_prestation=None, nature=None
            )
        },
        2,
        "un document « devis » n'a pas d'échéance ; nommez une facture",
    ),
    "a-credit-note": (
        "avoirs/a.yaml",
        {"avoirs/a.yaml": make_avoir("2026-06-20", "10")},
        2,
        "un document « avoir » n'a pas d'échéance",
    ),
    "a-client": ("clients/paul.yaml", {}, 2, "un document « client » n'a pas d'échéance"),
    "an-invoice-with-errors": (
        "factures/a.yaml",
        {"factures/a.yaml": make_facture("F2026-030", "mille", client="inconnu")},
        1,
        "« mille » n'est pas un nombre",
    ),
    "a-missing-reference-alone": (
        "factures/a.yaml",
        {"factures/a.yaml": make_facture("F2026-030", client="inconnu")},
        3,
        "« inconnu » introuvable",
    ),
    "a-file-of-something-else": ("autre.yaml", {"autre.yaml": "a: 1\n"}, 1, "clé « type » manquante"),
    "an-empty-file": ("vide.yaml", {"vide.yaml": ""}, 1, "fichier vide"),
    "a-notice-that-is-refused": (
        "relances/r.yaml",
        {"relances/r.yaml": make_relance(1, "F2026-019", date="2026-06-15")},
        1,
        "relances/r.yaml:5:3: erreur L459: factures[0] : facture F2026-019",
    ),
}


@pytest.mark.parametrize(("name", "files", "code", "wanted"), REFUS.values(), ids=REFUS)
@pytest.mark.parametrize("style", ["text", "json", "csv"])
def test_penalties_that_cannot_be_told(
    facture: Commande, name: str, files: dict[str, str], code: int, wanted: str, style: str
) -> None:
    """The status says of which kind the trouble is, stderr says what to do, and stdout holds no figure."""
    for path, text in files.items():
        write(Path(path), text)
    result = facture("penalties", name, *JOUR, "--format", style)
    assert (result.code, result.text) == (code, "")
    assert wanted in plain(result.err)


def test_penalties_of_a_draft(facture: Commande) -> None:
    """A draft is computed, its number is null, and its warnings are said."""
    write(Path("brouillon.yaml"), make_facture(None, paiement={"echeance": "30 jours", "penalites": "1 %"}))
    result = facture("penalties", "brouillon.yaml", *JOUR, "--format", "json")
    assert (result.code, result.data["numero"], result.codes) == (0, None, ["L454"])
    assert facture("penalties", "brouillon.yaml", *JOUR, "--quiet").err == ""


def test_penalties_beside_a_lone_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Without a project, a number is found in the current folder, and a credit note beside the invoice counts."""
    folder = tmp_path / "mes factures d'été"
    write(folder / "facture n° 1.yaml", make_seule())
    monkeypatch.chdir(folder)
    facture = Commande(monkeypatch, capsysbinary)
    assert facture("penalties", "F2026-019", *JOUR, "--format", "json").data["total"] == "1250.07"
    client = yaml.safe_load(make_seule())["client"]
    write(folder / "avoir.yaml", make_avoir("2026-06-20", "500", emetteur=EMETTEUR, client=client))
    assert facture("penalties", "F2026-019", *JOUR, "--format", "json").data["total"] == "645.83"
    result = facture("penalties", "F2026-020", *JOUR)
    assert (result.code, "le numéro d'une facture de ce dossier" in result.err) == (3, True)


def test_beyond_the_table(facture: Commande) -> None:
    """Exit 5, nothing on stdout, the exact line to add; that line, completed, makes it work."""
    result = facture("penalties", "F2026-019", "--date", "2027-03-01", "--format", "json")
    assert (result.code, result.text, result.codes) == (5, "", ["L441"])
    (line,) = re.findall(r"conseil : ajoutez à taux\.yaml : (.*)", result.err)
    assert line == "bce 2027-01-01: {valeur: …, source: …, verifie_le: …}"
    for value in ("2.65", "https://www.ecb.europa.eu", "2027-01-04"):
        line = line.replace("…", value, 1)
    write(Path("taux.yaml"), f"{line}\n")
    result = facture("penalties", "F2026-019", "--date", "2027-03-01", "--format", "json")
    assert (result.code, result.data["interets"]) == (0, "105.96")


TABLES: dict[str, tuple[str, list[str]]] = {
    "every-fault-at-its-line": (
        "bce 2027-01-02: {valeur: 2.65, source: BCE, verifie_le: 2027-01-04}\n"
        "bc 2027-01-01: {valeur: 2.65, source: BCE, verifie_le: 2027-01-04}\n"
        "legal 2027-01-01: {valeur: 2.65}\n"
        "legal 2027-07-01: 3\n"
        "bce 2027-07-01: {valeur: 265, source: BCE, verifie_le: 2027-13-04}\n",
        ["1:1 L443", "2:1 L442", "3:1 L444", "4:19 F204", "5:26 F207", "5:56 F208"],
    ),
    "the-line-not-completed": ("bce 2027-01-01: {valeur: …, source: …, verifie_le: …}\n", ["1:26 F205", "1:52 F208"]),
    "a-list": ("- bce\n", ["1:1 Y116"]),
    "deep": ("[" * 500, ["1:41 Y109"]),
    "a-number-without-end": (
        f"bce 2027-01-01: {{valeur: {'9' * 400}, source: BCE, verifie_le: 2027-01-04}}\n",
        ["1:26 F206"],
    ),
    "aliases": ("a: &a {valeur: 1}\n" + "b: *a\n" * 1, ["1:1 L442", "1:1 L444", "2:1 L442", "2:1 L444"]),
}


@pytest.mark.parametrize(("text", "wanted"), TABLES.values(), ids=TABLES)
def test_a_wrong_table_refuses_every_account(facture: Commande, text: str, wanted: list[str]) -> None:
    """A table that cannot be trusted computes nothing, even for a day it would not be used for."""
    write(Path("taux.yaml"), text)
    for arguments in (("penalties", "F2026-019"), ("remind", "F2026-019", "--dry-run"), ("check", "taux.yaml")):
        result = facture(*arguments, *JOUR)
        assert (result.code, result.text) == (1, ""), arguments
        assert result.places[: len(wanted)] == wanted


def test_a_huge_table_is_refused(facture: Commande) -> None:
    """More than the size of any honest file: exit 3, without reading on."""
    write(Path("taux.yaml"), "#" * 9_000_000)
    result = facture("penalties", "F2026-019", *JOUR)
    assert (result.code, "fichier refusé" in result.err) == (3, True)


# --- remind: which level ---------------------------------------------------------------------------------------------


def test_levels_follow_one_another(facture: Commande, sans_moteur: None) -> None:
    """From the first day of the ladder to the last: each notice comes once, on its day, and recalls those before."""
    seen = []
    for date in ("2026-06-19", "2026-06-20", "2026-06-21", "2026-06-30", "2026-07-15", "2026-07-29", "2026-07-30"):
        result = facture("remind", "F2026-019", "--date", date)
        assert result.code == 0
        seen += [f"{date} {line}" for line in result.lines if line.endswith(".yaml")]
    assert seen == [
        "2026-06-20 relances/2026-06-20-F2026-019-rappel.yaml",
        "2026-06-30 relances/2026-06-30-F2026-019-relance.yaml",
        "2026-07-15 relances/2026-07-15-F2026-019-suspension.yaml",
        "2026-07-30 relances/2026-07-30-F2026-019-mise-en-demeure.yaml",
    ]
    last = yaml.load(Path(seen[-1].partition(" ")[2]).read_text(encoding="utf-8"), yaml.BaseLoader)
    assert last["precedentes"] == [
        {"niveau": "1", "date": "2026-06-20"},
        {"niveau": "2", "date": "2026-06-30"},
        {"niveau": "3", "date": "2026-07-15"},
    ]
    for date in ("2026-07-31", "2026-12-01"):
        result = facture("remind", "F2026-019", "--date", date)
        assert (result.code, result.text) == (0, "")
        assert re.match(r"F2026-019 : rien à envoyer, la mise en demeure est déjà partie.*--level 4", result.err)
    assert facture("check", ".", "--date", "2026-08-01").err.endswith(" : rien à signaler.\n")


def test_waiting_is_said_with_its_day(facture: Commande) -> None:
    """Before its day, nothing is written: the day is given, and how to send it all the same."""
    before = tree()
    result = facture("remind", "F2026-019", "--date", "2026-06-19")
    assert (result.code, result.text) == (0, "")
    assert result.err == (
        "F2026-019 : rien à envoyer avant le 20 juin 2026 (niveau 1, rappel : première relance) ; "
        "--level 1 pour l'envoyer déjà.\n"
    )
    assert tree() == before


def test_a_notice_leaves_the_time_it_gave(facture: Commande, sans_moteur: None) -> None:
    """Asked again the same day, or before the delay of the letter has passed, nothing firmer is written."""
    facture("remind", "F2026-019", *JOUR)
    before = tree()
    for date in ("2026-07-10", "2026-07-18"):
        result = facture("remind", "F2026-019", "--date", date)
        assert (result.code, result.text) == (0, "")
        assert result.err.startswith("F2026-019 : rien à envoyer avant le 19 juillet 2026 (niveau 2, ")
    assert tree() == before
    assert facture("remind", "F2026-019", "--date", "2026-07-19").lines[0].endswith("-relance.yaml")


def test_a_formal_notice_noted_on_the_invoice_ends_the_ladder(facture: Commande) -> None:
    """`mise_en_demeure` counts as level 4."""
    write(Path("factures/mai.yaml"), make_facture(mise_en_demeure="2026-07-01"))
    result = facture("remind", "F2026-019", *JOUR)
    assert (result.code, result.text) == (0, "")
    assert result.err.startswith("F2026-019 : rien à envoyer, la mise en demeure est déjà partie")


def test_after_a_formal_notice_its_day_is_to_be_noted(facture: Commande, sans_moteur: None) -> None:
    """The line to add to the invoice is given."""
    result = facture("remind", "F2026-019", *JOUR, "--level", "4")
    assert "Une fois envoyée, notez sur la facture : mise_en_demeure: 2026-07-10\n" in result.err


@pytest.mark.parametrize(
    ("configuration", "date", "wanted"),
    [
        ("rappel = 1\n", "2026-06-16", "rappel"),
        ("rappel = 10\n", "2026-06-24", None),
        ("rappel = 10\n", "2026-06-25", "rappel"),
    ],
)
def test_the_ladder_is_configured(
    facture: Commande, sans_moteur: None, configuration: str, date: str, wanted: str | None
) -> None:
    """`[relances]` of facture.toml says from which day each level is sent."""
    write(Path("facture.toml"), f'emetteur = "moi"\n[relances]\n{configuration}')
    result = facture("remind", "F2026-019", "--date", date)
    assert result.code == 0
    assert result.lines[:1] == ([f"relances/{date}-F2026-019-{wanted}.yaml"] if wanted else [])


CONFIGURATIONS = {
    "not-growing": ("relance = 5\n", ["3:1 F292"]),
    "equal-to-a-default": ("suspension = 45\n", ["3:1 F292"]),
    "not-a-number": ('rappel = "5"\n', ["3:1 F292"]),
    "not-whole": ("rappel = 5.5\n", ["3:1 F292"]),
    "a-boolean": ("rappel = true\n", ["3:1 F292"]),
    "zero": ("rappel = 0\n", ["3:1 F292"]),
    "too-much": ("mise_en_demeure = 366\n", ["3:1 F292"]),
    "unknown-key": ("relanse = 15\n", ["3:1 F291"]),
    "two-faults": ("rapel = 5\ndelai = -1\n", ["3:1 F291", "4:1 F292"]),
}


@pytest.mark.parametrize(("configuration", "wanted"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_wrong_ladder_stops_everything(facture: Commande, configuration: str, wanted: list[str]) -> None:
    """Exit 2, at the line of facture.toml, before anything is written."""
    write(Path("facture.toml"), f'emetteur = "moi"\n[relances]\n{configuration}')
    before = tree()
    result = facture("remind", "F2026-019", *JOUR)
    assert (result.code, result.text, result.places) == (2, "", wanted)
    assert tree() == before


def test_relances_that_is_no_group(facture: Commande) -> None:
    """`relances = 5` is said for what it is."""
    write(Path("facture.toml"), 'emetteur = "moi"\nrelances = 5\n')
    result = facture("remind", "F2026-019", *JOUR)
    assert (result.code, result.places) == (2, ["2:1 F292"])


# --- remind: what is written -----------------------------------------------------------------------------------------

NIVEAUX = {1: "rappel", 2: "relance", 3: "suspension", 4: "mise-en-demeure"}


@pytest.mark.parametrize("niveau", NIVEAUX)
def test_each_level_writes_its_text_and_its_page(facture: Commande, sans_moteur: None, niveau: int) -> None:
    """One YAML in relances/, one PDF in sortie/, both printed; and nothing else."""
    before = tree()
    result = facture("remind", "F2026-019", *JOUR, "--level", str(niveau))
    stem = f"2026-07-10-F2026-019-{NIVEAUX[niveau]}"
    assert (result.code, len(result.lines)) == (0, 2)
    assert result.lines[0] == f"relances/{stem}.yaml"
    assert re.fullmatch(r"sortie/\S+\.pdf", result.lines[1])
    assert set(tree()) - set(before) == set(result.lines)
    assert {name: tree()[name] for name in before} == before


@pytest.mark.parametrize("niveau", [2, 3])
def test_the_page_is_the_account(facture: Commande, niveau: int) -> None:
    """With the real engine: the PDF holds the sum, the working, the law and the reference.

    Rendered again on another day, it keeps its bytes.
    """
    write(
        Path("factures/mai.yaml"),
        make_facture(
            lignes=[
                {"designation": "Maquettes", "prix_unitaire": "1000"},
                {"designation": "Formation", "prix_unitaire": "225", "offert": "oui"},
            ]
        ),
    )
    result = facture("remind", "F2026-019", *JOUR, "--level", str(niveau))
    assert result.code == 0, result.err
    with pikepdf.open(result.lines[1]) as pdf:
        text = squeeze("".join(run for page in pdf.pages for run in read_page(page)))
    for wanted in ("1 250,07 €", "5,99", "4,08", "10,07", "12,15 %", "F2026-019 R", "L. 441-10", "225,00"):
        assert squeeze(wanted) in text
    before = tree("sortie")
    again = facture("render", result.lines[0], "--date", "2030-01-01")
    assert again.code == 0
    assert tree("sortie") == before


def test_what_is_written_asks_for_the_same_again(facture: Commande, sans_moteur: None) -> None:
    """The text re-reads, on any later day, as the account it was made from."""
    (name, _) = facture("remind", "F2026-019", *JOUR, "--level", "2").lines
    result = facture("penalties", name, "--date", "2026-12-01", "--format", "json")
    assert (result.code, result.err, result.data["total"]) == (0, "", "1250.07")


def test_nothing_is_ever_overwritten(facture: Commande, sans_moteur: None) -> None:
    """The same text is used again; a text that somebody has touched is left alone, and the next takes another name."""
    first = facture("remind", "F2026-019", *JOUR, "--level", "2").lines
    assert facture("remind", "F2026-019", *JOUR, "--level", "2").lines == first
    touched = Path(first[0]).read_text(encoding="utf-8") + "notes: [Appelé le 9 juillet.]\n"
    write(Path(first[0]), touched)
    second = facture("remind", "F2026-019", *JOUR, "--level", "2").lines
    assert second[0] == "relances/2026-07-10-F2026-019-relance-2.yaml"
    assert Path(first[0]).read_text(encoding="utf-8") == touched


def test_a_file_to_write_must_be_free(facture: Commande, sans_moteur: None) -> None:
    """`-o` names the text; over an existing file, exit 4 and nothing touched, dry run or not."""
    result = facture("remind", "F2026-019", *JOUR, "-o", "relances/2026/à envoyer.yaml")
    assert (result.code, result.lines[0]) == (0, "relances/2026/à envoyer.yaml")
    before = tree()
    for more in ((), ("--dry-run",)):
        again = facture("remind", "F2026-019", *JOUR, "--level", "1", "-o", "relances/2026/à envoyer.yaml", *more)
        assert (again.code, again.text) == (4, "")
        assert "existe déjà : rien n'est écrasé" in again.err
    result = facture("remind", "F2026-019", *JOUR, "--level", "1", "-o", "factures/mai.yaml")
    assert result.code == 4
    assert tree() == before


@pytest.mark.parametrize("target", ["-", "relance.pdf", "relances", "relances/", "sans-extension"])
def test_a_file_to_write_is_a_yaml(facture: Commande, target: str) -> None:
    """Exit 2: a text named `relance.pdf` would stand where its page goes."""
    before = tree()
    result = facture("remind", "F2026-019", *JOUR, "-o", target)
    assert (result.code, result.text) == (2, "")
    assert "un fichier .yaml" in result.err
    assert tree() == before


def test_a_dry_run_writes_nothing(facture: Commande) -> None:
    """Everything is judged and named, nothing is there afterwards."""
    before = tree()
    result = facture("remind", "F2026-019", *JOUR, "--level", "4", "--dry-run")
    assert (result.code, result.lines) == (0, ["relances/2026-07-10-F2026-019-mise-en-demeure.yaml"])
    assert "rien n'est écrit : --dry-run" in result.err
    assert tree() == before


REFUSEES: dict[str, tuple[tuple[str, ...], int, list[str]]] = {
    "not-late": (("F2026-019", "--date", "2026-06-15"), 1, ["L459"]),
    "not-late-yet-forced": (("F2026-019", "--date", "2026-06-15", "--level", "4"), 1, ["L459"]),
    "a-draft": (("factures/brouillon.yaml", *JOUR), 1, ["L457"]),
    "two-clients": (("F2026-019", "F2026-031", *JOUR), 1, ["L458"]),
    "paid": (("F2026-032", *JOUR, "--level", "1"), 1, ["L459"]),
    "with-an-error": (("F2026-033", *JOUR), 1, ["F205"]),
    "twice": (("F2026-019", "factures/mai.yaml", *JOUR), 1, ["F240"]),
    "beyond-the-table": (("F2026-019", "--date", "2027-03-01"), 5, ["L441"]),
    "a-suspension-within-the-delay": (
        ("F2026-019", *JOUR, "--level", "3", "--suspension-le", "2026-07-18"),
        1,
        ["L461"],
    ),
    "a-suspension-in-the-past": (("F2026-019", *JOUR, "--level", "3", "--suspension-le", "2026-07-01"), 1, ["L461"]),
}


@pytest.mark.parametrize(("arguments", "code", "codes"), REFUSEES.values(), ids=REFUSEES)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["", "dry-run"])
def test_nothing_is_written_when_the_notice_would_be_refused(
    facture: Commande, arguments: tuple[str, ...], code: int, codes: list[str], dry: tuple[str, ...]
) -> None:
    """Neither text nor page is left behind, and stdout stays empty."""
    write(Path("factures/brouillon.yaml"), make_facture(None))
    write(Path("factures/paul.yaml"), make_facture("F2026-031", client="paul"))
    write(
        Path("factures/payee.yaml"), make_facture("F2026-032", reglements=[{"date": "2026-06-15", "montant": "1200"}])
    )
    write(Path("factures/fausse.yaml"), make_facture("F2026-033", "mille"))
    before = tree()
    result = facture("remind", *arguments, *dry)
    assert (result.code, result.text, list(dict.fromkeys(result.codes))) == (code, "", codes)
    assert tree() == before


USAGES: dict[str, tuple[tuple[str, ...], int, str]] = {
    "nothing-named": ((), 2, "nommez des factures, ou un client avec --client"),
    "invoices-and-a-client": (("F2026-019", "--client", "dupont"), 2, "nommez des factures, ou un client"),
    "stdin": (("-",), 2, "une relance nomme le fichier de sa facture"),
    "no-such-level": (("F2026-019", "--level", "5"), 2, "--level"),
    "a-date-that-is-none": (("F2026-019", "--level", "3", "--suspension-le", "2026-7-8"), 2, "n'est pas une date"),
    "a-date-without-dashes": (("F2026-019", "--level", "3", "--suspension-le", "20260808"), 2, "n'est pas une date"),
    "a-service-at-another-level": (("F2026-019", "--level", "2", "--prestation", "site"), 2, "avec --level 3"),
    # The history says level 1: the service would be left out in silence.
    "a-service-when-it-is-not-its-turn": (("F2026-019", "--prestation", "site"), 2, "c'est le tour du 1"),
    "a-day-when-it-is-not-its-turn": (("F2026-019", "--suspension-le", "2026-08-08"), 2, "c'est le tour du 1"),
    "unknown-number": (("F2026-999",), 3, "ni un fichier, ni le numéro d'une facture"),
    "a-client": (("clients/paul.yaml",), 2, "un document « client » ne se relance pas"),
    "a-notice": (("relances/r.yaml",), 2, "un document « relance » ne se relance pas"),
    "a-client-who-owes-nothing": (("--client", "mairie"), 3, "aucune facture ouverte au nom de « mairie »"),
    "a-client-nobody-knows": (("--client", "zzz"), 3, "aucune facture ouverte au nom de « zzz »"),
}


@pytest.mark.parametrize(("arguments", "code", "wanted"), USAGES.values(), ids=USAGES)
def test_remind_called_wrongly(facture: Commande, arguments: tuple[str, ...], code: int, wanted: str) -> None:
    """A calm sentence, the right status, nothing written."""
    write(Path("relances/r.yaml"), make_relance(2, "F2026-019", date="2026-07-20"))
    before = tree()
    result = facture("remind", *arguments, *JOUR)
    assert (result.code, result.text) == (code, "")
    assert wanted in result.err
    assert tree() == before


def test_a_suspension_says_what_and_when(facture: Commande, sans_moteur: None) -> None:
    """`--suspension-le` and each `--prestation` are in the text as typed, whatever their signs."""
    stops = ["Hébergement : « le site » #3", '- "maintenance"', "0123", "oui"]
    arguments = [part for stop in stops for part in ("--prestation", stop)]
    result = facture("remind", "F2026-019", *JOUR, "--level", "3", "--suspension-le", "2026-09-01", *arguments)
    assert result.code == 0, result.err
    data = yaml.load(Path(result.lines[0]).read_text(encoding="utf-8"), yaml.BaseLoader)
    assert (data["suspension"]["a_compter_du"], data["suspension"]["prestations"]) == ("2026-09-01", stops)


def test_a_suspension_may_come_in_its_turn(facture: Commande, sans_moteur: None) -> None:
    """Without `--level`, its options are taken when the history says level 3."""
    write(Path("relances/r.yaml"), make_relance(2, "F2026-019", date="2026-07-01"))
    result = facture("remind", "F2026-019", "--date", "2026-07-20", "--prestation", "hébergement")
    assert (result.code, result.lines[0].endswith("-suspension.yaml")) == (0, True)


def read_yaml(name: str) -> Any:
    return yaml.load(Path(name).read_text(encoding="utf-8"), yaml.BaseLoader)


def test_several_invoices_in_one_notice(facture: Commande, sans_moteur: None) -> None:
    """At the level given, one text for all of them, named after the client; what was sent for all is recalled."""
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "600", date="2026-06-01"))
    write(Path("relances/r.yaml"), make_relance(1, "F2026-019", "F2026-020", date="2026-07-02"))
    result = facture("remind", "F2026-019", "F2026-020", *JOUR, "--level", "2")
    assert (result.code, len(result.lines)) == (0, 2)
    assert result.lines[0] == "relances/2026-07-10-dupont-et-fils-relance.yaml"
    data = read_yaml(result.lines[0])
    assert data["factures"] == ["F2026-019", "F2026-020"]
    assert data["precedentes"] == [{"niveau": "1", "date": "2026-07-02"}]


def test_invoices_at_several_levels_have_their_own_notices(facture: Commande, sans_moteur: None) -> None:
    """Without a level, each invoice has the letter whose turn it is, and none is threatened for another's sake."""
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "600", date="2026-06-01"))
    write(Path("factures/juin-2.yaml"), make_facture("F2026-021", "600", date="2026-06-02"))
    write(Path("relances/r.yaml"), make_relance(1, "F2026-019", date="2026-06-22"))
    before = tree()
    result = facture("remind", "--client", "dupont", *JOUR)
    assert result.code == 0, result.err
    written = {line: read_yaml(line)["factures"] for line in result.lines if line.endswith(".yaml")}
    assert {name.rpartition("-")[2]: factures for name, factures in written.items()} == {
        "relance.yaml": ["F2026-019"],
        "rappel.yaml": ["F2026-020", "F2026-021"],
    }
    assert set(tree()) - set(before) == set(result.lines)


def test_one_file_cannot_hold_two_notices(facture: Commande) -> None:
    """`-o` with invoices at several levels: exit 2, and nothing written."""
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "600", date="2026-06-01"))
    write(Path("relances/r.yaml"), make_relance(1, "F2026-019", date="2026-06-22"))
    before = tree()
    result = facture("remind", "F2026-019", "F2026-020", *JOUR, "-o", "relances/x.yaml")
    assert (result.code, result.text, "--level" in result.err) == (2, "", True)
    assert tree() == before


def test_one_wrong_notice_stops_them_all(facture: Commande) -> None:
    """Every notice is judged before the first is written: no half of a run is left behind."""
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "600", date="2026-06-01"))
    write(Path("relances/r.yaml"), make_relance(1, "F2026-019", date="2026-06-22"))
    write(Path("modeles/relance-2.yaml"), "fr:\n  texte: Cher {{ clinet }}\n")
    before = tree()
    result = facture("remind", "F2026-019", "F2026-020", *JOUR)
    assert (result.code, result.text, result.codes) == (1, "", ["F246"])
    assert tree() == before


def test_what_was_paid_late_is_not_asked_for_unless_said(facture: Commande, sans_moteur: None) -> None:
    """The invoice is paid: the cents that ran are claimed by who wants them, not by the next letter."""
    write(Path("factures/mai.yaml"), make_facture(reglements=[{"date": "2026-07-01", "montant": "1200"}]))
    result = facture("remind", "F2026-019", *JOUR)
    assert (result.code, result.text, "--level 2" in result.err) == (0, "", True)
    assert facture("remind", "F2026-019", *JOUR, "--level", "2").code == 0


def test_all_that_a_client_owes(facture: Commande, sans_moteur: None) -> None:
    """`--client` gathers its late invoices by due date; those to come, paid, of others and drafts are left out."""
    write(Path("factures/avril.yaml"), make_facture("F2026-012", date="2026-04-01"))
    write(Path("factures/a-venir.yaml"), make_facture("F2026-022", date="2026-06-20"))
    write(
        Path("factures/payee.yaml"), make_facture("F2026-023", reglements=[{"date": "2026-06-01", "montant": "1200"}])
    )
    write(Path("factures/paul.yaml"), make_facture("F2026-024", client="paul"))
    write(Path("factures/brouillon.yaml"), make_facture(None))
    os.chdir("clients")
    result = facture("remind", "--client", "DUPONT", *JOUR)
    os.chdir("..")
    assert result.code == 0, result.err
    data = yaml.load(Path("clients", result.lines[0]).read_text(encoding="utf-8"), yaml.BaseLoader)
    assert data["factures"] == ["F2026-012", "F2026-019"]


def test_an_invoice_that_cannot_be_read_stops_the_letter(facture: Commande) -> None:
    """Left out, it would look paid: `--client` writes nothing until it is mended."""
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "mille"))
    before = tree()
    result = facture("remind", "--client", "dupont", *JOUR)
    assert (result.code, result.text, result.codes) == (1, "", ["F205"])
    assert tree() == before


def test_from_another_folder(facture: Commande, sans_moteur: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text and its page go into the project of the invoice, wherever the command is run."""
    elsewhere = Path.cwd().parent / "ailleurs"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    result = facture("remind", "../projet/factures/mai.yaml", *JOUR)
    assert result.code == 0, result.err
    assert result.lines[0] == "../projet/relances/2026-07-10-F2026-019-rappel.yaml"
    assert result.lines[1].startswith("../projet/sortie/")
    assert all(Path(line).is_file() for line in result.lines)
    assert tree() == {}


def test_without_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], sans_moteur: None
) -> None:
    """Beside the invoice, whose name and folder may have spaces and accents; levels follow one another there too."""
    folder = tmp_path / "mes factures d'été"
    write(folder / "facture n° 1.yaml", make_seule())
    monkeypatch.chdir(folder)
    facture = Commande(monkeypatch, capsysbinary)
    first = facture("remind", "facture n° 1.yaml", *JOUR)
    assert (first.code, first.lines[0]) == (0, "F2026-019-rappel.yaml")
    second = facture("remind", "F2026-019", "--date", "2026-07-20")
    assert (second.code, second.lines[0]) == (0, "F2026-019-relance.yaml")
    assert set(tree()) == {"facture n° 1.yaml", *first.lines, *second.lines}


def test_quiet_prints_paths_alone(facture: Commande, sans_moteur: None) -> None:
    """A script reads two paths and nothing on stderr."""
    result = facture("remind", "F2026-019", *JOUR, "--quiet")
    assert (result.code, len(result.lines), result.err) == (0, 2, "")


# --- rates -----------------------------------------------------------------------------------------------------------


def test_rates_of_a_day(facture: Commande) -> None:
    """Each rate of its half-year, with what the law makes of it."""
    rows = {row["nom"]: row for row in facture("rates", "--date", "2026-07-10", "--format", "json").data}
    assert rows["bce"]["valeur"] == "2.40"
    assert rows["bce"]["majore"] == {"bce+10": "12.40", "bce+8": "10.40"}
    assert rows["legal"]["majore"] == {"legal x 3": "8.25"}
    assert facture("rates", "--date", "20260710").code == 2


def test_rates_that_no_table_gives(facture: Commande) -> None:
    """Exit 5 with the line to add; a project's own line is shown with the file it comes from."""
    result = facture("rates", "--date", "2027-03-01", "--format", "json")
    assert (result.code, result.data) == (5, [])
    assert "ajoutez à taux.yaml : bce 2027-01-01: {" in result.err
    write(Path("taux.yaml"), "bce 2027-01-01: {valeur: 2.65, source: BCE, verifie_le: 2027-01-04}\n")
    result = facture("rates", "--date", "2027-03-01", "--format", "json")
    assert [(row["nom"], row["valeur"], row["fichier"]) for row in result.data] == [("bce", "2.65", "taux.yaml")]
    assert result.code == 5


def test_the_whole_table(facture: Commande) -> None:
    """As text, until when it goes; as CSV, one row a half-year with its source."""
    result = facture("rates")
    assert (result.code, result.err) == (
        0,
        "Taux connus : bce jusqu'au 2026-12-31, legal jusqu'au 2026-12-31. "
        "taux.yaml en ajoute ; --date ou --format json donnent leurs sources.\n",
    )
    rows = list(csv.DictReader(io.StringIO(facture("rates", "--format", "csv").text)))
    assert {row["nom"] for row in rows} == {"bce", "legal", "legal-particuliers"}
    assert all(row["source"] and row["verifie_le"] for row in rows)


# --- check -----------------------------------------------------------------------------------------------------------

JUGES: dict[str, tuple[dict[str, str], list[str]]] = {
    "rates": ({"taux.yaml": "bce 2027-01-02: {valeur: 2.65, source: BCE, verifie_le: 2027-01-04}\n"}, ["1:1 L443"]),
    "a-text": ({"modeles/relance-1.yaml": "fr:\n  texte: Cher {{ clinet }}\n"}, ["2:10 F246"]),
    "a-text-for-nothing": ({"modeles/relance-9.yaml": "fr:\n  texte: Cher\n"}, ["1:1 F245"]),
    "both-sound": (
        {
            "taux.yaml": "bce 2027-01-01: {valeur: 2.65, source: BCE, verifie_le: 2027-01-04}\n",
            "modeles/relance-1.yaml": "fr:\n  politesse: À bientôt,\n",
        },
        [],
    ),
}


@pytest.mark.parametrize(("files", "wanted"), JUGES.values(), ids=JUGES)
def test_check_judges_rates_and_texts(facture: Commande, files: dict[str, str], wanted: list[str]) -> None:
    """Named or met in a folder, they are counted and judged."""
    for name, text in files.items():
        write(Path(name), text)
    for roots in (list(files), ["."]):
        result = facture("check", *roots, *JOUR)
        assert (result.code, result.places) == (1 if wanted else 0, wanted)


def test_check_warns_of_the_end_of_the_table(facture: Commande) -> None:
    """L455 for the open invoice only, in December; neither in November nor for what is paid."""
    paid = make_facture("F2026-020", reglements=[{"date": "2026-06-01", "montant": "1200"}])
    write(Path("factures/payee.yaml"), paid)
    assert facture("check", ".", "--date", "2026-11-22").codes == []
    result = facture("check", ".", "--date", "2026-12-15", "--format", "json")
    assert result.code == 0
    assert [(found["file"], found["code"]) for found in result.data] == [("factures/mai.yaml", "L455")]


def test_check_of_a_table_that_is_a_folder(facture: Commande) -> None:
    """What stands where rates are expected does not hide the findings of documents."""
    Path("taux.yaml").mkdir()
    write(Path("factures/juin.yaml"), make_facture("F2026-020", "mille"))
    result = facture("check", ".", "--date", "2026-12-15", "--format", "json")
    assert (result.code, [found["code"] for found in json.loads(result.text)]) == (1, ["F205"])


def test_an_agreed_penalty_against_a_particulier_is_a_warning(facture: Commande) -> None:
    """L445 at its line; the legal rate has nothing to be said of."""
    text = make_facture("F2026-020", client="paul", paiement={"echeance": "30 jours", "penalites": "bce+10"})
    write(Path("factures/paul.yaml"), text)
    line = 1 + next(rank for rank, one in enumerate(text.splitlines()) if "penalites" in one)
    assert facture("check", "factures/paul.yaml", *JOUR).places == [f"{line}:14 L445"]
    write(Path("factures/paul.yaml"), text.replace("bce+10", "legal"))
    assert facture("check", "factures/paul.yaml", *JOUR).places == []


def test_a_dump_keeps_its_order() -> None:
    """What tests write is what they say."""
    assert dump({"b": "1", "a": None, "c": "2"}) == "b: '1'\nc: '2'\n"


# --- What somebody else may have written ------------------------------------------------------------------------------


def test_a_notice_that_names_itself_is_refused(facture: Commande) -> None:
    """It is a notice, not an invoice: said at its line, and nothing goes round."""
    write(Path("relances/r.yaml"), make_relance(2, "r.yaml"))
    result = facture("check", ".")
    assert (result.code, "F233" in result.err) == (1, True)


@pytest.mark.parametrize("folder", ["avoirs", "avoirs/2026", "divers"])
@pytest.mark.parametrize("broken", ["siren", "numero", "yaml"])
def test_a_credit_note_that_is_wrong_is_never_left_out(facture: Commande, folder: str, broken: str) -> None:
    """Wherever it is kept, and whatever is wrong with it: without it, 200 euros too much would be claimed."""
    text = make_avoir("2026-06-10", "200", emetteur={**EMETTEUR, "siren": "123"} if broken == "siren" else "moi")
    if broken == "numero":
        text = re.sub(r"(?m)^numero: .*$", "numero: 'A 1 é'", text)
    elif broken == "yaml":
        text += "objet: [\n"
        if folder == "divers":
            # Nothing says any more that it was a credit note.
            return
    write(Path(folder) / "a.yaml", text)
    result = facture("penalties", "F2026-019", *JOUR)
    assert result.code == 1
    assert result.text == ""
    assert "a.yaml" in result.err


def test_a_judgment_noted_later_does_not_rewrite_a_letter(facture: Commande, sans_moteur: None) -> None:
    """A letter of July still asks for what it asked for, though proceedings opened in September."""
    write(Path("factures/mai.yaml"), make_facture(procedure_collective="2026-09-03"))
    write(Path("relances/r.yaml"), make_relance(2, "F2026-019"))
    shown = facture("show", "relances/r.yaml", "--format", "json", "-q").data
    assert shown["titre"] == "Relance pour retard de paiement"
    assert "À régler" in shown["texte"]


@pytest.mark.parametrize("rule", ["1240 %", "bce+101", "legal x 21"])
def test_a_rate_that_is_a_slip_is_refused(facture: Commande, rule: str) -> None:
    """« 1240 % » was meant as « 12,40 % »: a thousand euros a month is not claimed for a comma."""
    write(Path("factures/mai.yaml"), make_facture(paiement={"echeance": "30 jours", "penalites": rule}))
    result = facture("penalties", "F2026-019", *JOUR)
    assert (result.code, result.codes) == (1, ["F207"])


def test_a_notice_whose_pdf_fails_is_not_counted_as_sent(facture: Commande) -> None:
    """`sortie` is a file: nothing can be written in it, and the notice is not left behind either."""
    write(Path("sortie"), "pris")
    assert facture("remind", "F2026-019", *JOUR).code == 3
    assert not list(Path("relances").glob("*.yaml"))


def test_a_word_that_is_no_text_is_not_found(facture: Commande) -> None:
    """Half a character from a shell set to another encoding is a number nobody bears."""
    assert facture("penalties", "F\udcff").code == 3


def test_a_logo_is_found_from_the_invoice_that_names_it(facture: Commande, sans_moteur: None) -> None:
    """The notice stands in another folder than its invoice; a missing logo is said where it is named."""
    write(Path("factures/mai.yaml"), make_facture(emetteur={**EMETTEUR, "logo": "marque.svg"}))
    refused = facture("remind", "F2026-019", *JOUR)
    assert (refused.code, refused.codes) == (3, ["R603"])
    assert "factures/mai.yaml:" in refused.err
    write(Path("factures/marque.svg"), '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="18"/>')
    assert facture("remind", "F2026-019", *JOUR).code == 0


def test_an_invoice_of_before_the_flat_cost_owes_none(facture: Commande) -> None:
    """The 40 euros are owed on invoices since 1 January 2013: an older one bears interest alone."""
    write(Path("factures/mai.yaml"), make_facture(date="2012-05-16"))
    assert (
        facture("penalties", "F2026-019", "--date", "2012-07-10", "--format", "json", "-q").data["indemnite"] == "0.00"
    )


def test_the_singular_of_a_key_proposes_the_key(facture: Commande) -> None:
    """`facture:` on a notice is the slip everybody makes, though a credit note has such a key."""
    write(Path("relances/r.yaml"), make_relance(2, "F2026-019").replace("factures:", "facture:"))
    assert "vouliez-vous « factures » ?" in facture("check", "relances/r.yaml").err
