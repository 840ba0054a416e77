"""What only a folder tells: numbers that follow one another, gifts of a year, acomptes and credit notes that answer.

The exact words are in `tests/diagnostics`; here, what is said and, as much, what is not.
"""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fixtures_relances import CLIENTS, EMETTEUR, Commande, Result, day, dump, make_facture, make_projet, write
from hypothesis import given
from hypothesis import strategies as st

from facture.dossier import build_dossier
from facture.errors import Diagnostic, Position
from facture.lecture import Lecteur
from facture.series import (
    Emise,
    Tiers,
    check_series,
    describe,
    find_entiers,
    find_ruptures,
    split_numeros,
)

JOUR = "2026-11-22"


@pytest.fixture
def facture(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Commande:
    return Commande(monkeypatch, capfdbinary)


@pytest.fixture(autouse=True)
def projet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and the current folder in it."""
    make_projet(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(numero: str | None, date: str, *, name: str = "", folder: str = "factures", **keys: Any) -> str:
    """Write an invoice of 1 000.00 HT, 1 200.00 TTC by default, paid on receipt, and return its file."""
    keys = {"montant": "1000", "reglements": None, **keys}
    path = f"{folder}/{name or str(numero).replace('/', '-')}.yaml"
    text = make_facture(numero, date=date, date_prestation=None, **keys)
    write(Path(path), text)
    return path


def put_avoir(numero: str, date: str, facture: dict[str, str], montant: str = "100", **keys: Any) -> str:
    ligne = {"designation": "Maquettes", "prix_unitaire": montant}
    data: dict[str, Any] = {
        "type": "avoir",
        "numero": numero,
        "date": date,
        "motif": "maquette non livrée",
        "nature": "service",
        "client": "dupont",
        "facture": facture,
        "tva": "20",
        "lignes": [ligne],
    }
    write(Path(f"avoirs/{numero}.yaml"), dump({**data, **keys}))
    return f"avoirs/{numero}.yaml"


def check(facture: Commande, *paths: str) -> Result:
    return facture("check", *paths, "--date", JOUR)


def list_said(result: Result) -> list[str]:
    """Return `file line code` of what a folder tells, in the order of the output."""
    said = [line.split(":") for line in result.err.splitlines() if line[0] != " " and ": " in line]
    rows = [(parts[0], parts[3].split()[-1]) for parts in said if len(parts) > 4]
    return [f"{file} {code}" for file, code in rows if code in ("L430", "L440", "L448", "L449", "L429")]


# --- What a number is made of


@pytest.mark.parametrize(
    ("numeros", "series"),
    [
        # The counter is the last group of digits; what is around it names the series.
        ([("F2026-031", "2026-10-30")], [("F2026-", "", 31)]),
        ([("F-2026/07-003", "2026-07-12")], [("F-2026/07-", "", 3)]),
        ([("42", "2026-07-12")], [("", "", 42)]),
        ([("FA-7-B", "2026-07-12")], [("FA-", "-B", 7)]),
        # The year stands last: the counter is before it, and before its month.
        ([("031/2026", "2026-10-30"), ("032/2026", "2026-11-30")], [("", "/2026", 31), ("", "/2026", 32)]),
        ([("F31-26", "2026-10-30"), ("F1-27", "2027-01-02")], [("F", "-26", 31), ("F", "-27", 1)]),
        ([("12-07-2026", "2026-07-20"), ("13-08-2026", "2026-08-20")], [("", "-07-2026", 12), ("", "-08-2026", 13)]),
        # A month in front of the year counts when nothing else does: one invoice a month.
        ([("07/2026", "2026-07-31"), ("08/2026", "2026-08-31")], [("", "/2026", 7), ("", "/2026", 8)]),
        # The year, or the month, is written against the counter.
        ([("2026001", "2026-01-05"), ("2027001", "2027-01-05")], [("2026", "", 1), ("2027", "", 1)]),
        ([("F26045", "2026-11-05"), ("F27001", "2027-01-05")], [("F26", "", 45), ("F27", "", 1)]),
        ([("202607003", "2026-07-31"), ("202608001", "2026-08-04")], [("202607", "", 3), ("202608", "", 1)]),
        ([("2607003", "2026-07-31"), ("2608001", "2026-08-04")], [("2607", "", 3), ("2608", "", 1)]),
        ([("F2026-0703", "2026-07-31"), ("F2026-0801", "2026-08-04")], [("F2026-07", "", 3), ("F2026-08", "", 1)]),
        ([("2026071201", "2026-07-12"), ("2026071501", "2026-07-15")], [("20260712", "", 1), ("20260715", "", 1)]),
        # The work of July is invoiced on the first of August.
        ([("202607003", "2026-08-01"), ("202608003", "2026-09-01")], [("202607", "", 3), ("202608", "", 3)]),
        # A financial year bears the name of the one in which it began.
        ([("2026118", "2027-01-04"), ("2026119", "2027-01-05")], [("2026", "", 118), ("2026", "", 119)]),
        # 26 may be a counter: after a year, it is one; before a single digit, it is more often one than not.
        ([("F2026-26", "2026-03-02")], [("F2026-", "", 26)]),
        ([("F260", "2026-03-02"), ("F261", "2026-03-03")], [("F", "", 260), ("F", "", 261)]),
        # A short number among long ones has no room for their year.
        (
            [("2026001", "2026-01-05"), ("2026002", "2026-01-06"), ("7", "2026-01-07")],
            [("2026", "", 1), ("2026", "", 2), ("", "", 7)],
        ),
        # A counter that only once looks like a year, or a month, is a counter.
        (
            [("F0700", "2026-07-05"), ("F0750", "2026-11-05"), ("F2026", "2027-03-05")],
            [("F", "", 700), ("F", "", 750), ("F", "", 2026)],
        ),
        # One date mistyped does not change what the others say of the form.
        (
            [("2026001", "2026-01-05"), ("2026002", "2062-01-06"), ("2026003", "2026-01-07")],
            [("2026", "", 1), ("2026", "", 2), ("2026", "", 3)],
        ),
    ],
)
def test_a_number_is_its_series_and_its_counter(
    numeros: list[tuple[str, str]], series: list[tuple[str, str, int]]
) -> None:
    """Where the year stands is read in the numbers of one form and their dates, as a person would."""
    found = split_numeros([(numero, day(date)) for numero, date in numeros])
    assert [(rank.avant, rank.apres, rank.compte) for rank in found if rank is not None] == series


@pytest.mark.parametrize(
    "numeros", [["20260712", "20260715"], ["F-2026-07-12", "F-2026-07-15"], ["12072026", "15072026"]]
)
def test_a_number_that_is_the_date_has_no_counter(numeros: list[str]) -> None:
    """Nothing is missing between an invoice of the 12th and one of the 15th."""
    assert split_numeros(list(zip(numeros, [day("2026-07-12"), day("2026-07-15")], strict=True))) == [None, None]


def test_a_number_without_digits_has_no_series() -> None:
    """« PREMIERE » is a number for the law, and follows nothing."""
    assert split_numeros([("PREMIERE", day("2026-07-12")), ("F-1", None)])[0] is None


def test_numbers_are_written_as_their_neighbours() -> None:
    """The number after F2026-009 is F2026-010, and the one after 99 is 100."""
    first, last = split_numeros([("F2026-009", day("2026-07-12")), ("99", day("2026-07-12"))])
    assert first is not None
    assert last is not None
    assert (first.format(10), last.format(100)) == ("F2026-010", "100")


@given(st.lists(st.tuples(st.text("F-/_2061789", min_size=1, max_size=35), st.none() | st.dates()), max_size=12))
def test_any_number_is_put_together_again(numeros: list[tuple[str, dt.date | None]]) -> None:
    """Whatever the number and the date, what surrounds the counter and the counter are the number."""
    for (numero, _), rank in zip(numeros, split_numeros(numeros), strict=True):
        assert rank is None or rank.format(rank.compte) == numero


# --- Who breaks the order


@pytest.mark.parametrize(
    ("days", "blamed"),
    [
        ([], set()),
        ([3], set()),
        ([1, 1, 2, 2], set()),
        # Two ways out of the same length: the later document is blamed.
        ([10, 3], {1}),
        ([1, 3, 2, 4], {2}),
        # One date far ahead is one mistake, whatever follows it.
        ([1, 28, 2, 3, 4], {1}),
        # One document that comes late breaks once.
        ([5, 6, 7, 1, 8], {3}),
        ([5, 4, 3, 2, 1], {1, 2, 3, 4}),
        ([1, 9, 2, 3, 9, 4, 5], {1, 4}),
    ],
)
def test_the_fewest_documents_are_blamed(days: list[int], blamed: set[int]) -> None:
    """One wrong date accuses one document, not all that follow it."""
    assert find_ruptures([dt.date(2026, 1, number) for number in days]) == blamed


@given(st.lists(st.integers(1, 9), max_size=9))
def test_no_smaller_set_would_do(days: list[int]) -> None:
    """What is left never goes back, and no smaller set of documents could be left out: all of them are tried."""
    dates = [dt.date(2026, 1, number) for number in days]
    blamed = find_ruptures(dates)
    kept = [date for index, date in enumerate(dates) if index not in blamed]
    assert kept == sorted(kept)
    longest = max(
        size
        for size in range(len(dates) + 1)
        if any(list(chosen) == sorted(chosen) for chosen in itertools.combinations(dates, size))
    )
    assert len(kept) == longest


# --- Numbers of a folder


def test_a_number_is_given_once(facture: Commande) -> None:
    """An invoice and a credit note share the numbers of their sender; the later document is told of the earlier."""
    put("F2026-001", "2026-03-02")
    put("F2026-001", "2026-03-12", name="copie")
    put_avoir("F2026-001", "2026-04-02", {"numero": "F2025-009", "date": "2025-12-02"})
    result = check(facture)
    assert list_said(result) == ["avoirs/F2026-001.yaml L430", "factures/copie.yaml L430"]
    assert result.err.count("est déjà le numéro de factures/F2026-001.yaml") == 2
    assert result.code == 1


def test_named_files_are_compared_too(facture: Commande) -> None:
    """Two files named on the command line tell what they can: a number given twice, not one that is missing."""
    files = [put("F2026-001", "2026-03-02"), put("F2026-004", "2026-03-12"), put("F2026-004", "2026-03-13", name="bis")]
    assert list_said(check(facture, *files)) == ["factures/bis.yaml L430"]
    assert list_said(check(facture, files[1])) == []


def test_one_file_reached_twice_is_one_document(facture: Commande) -> None:
    """A file named, and found again in a folder, or by a link, does not answer itself."""
    path = put("F2026-001", "2026-03-02")
    Path("factures/lien.yaml").symlink_to("F2026-001.yaml")
    assert list_said(check(facture, path, f"./{path}", ".")) == []


def test_two_senders_have_their_own_numbers(facture: Commande) -> None:
    """A number is unique for one SIREN, or for one name where there is none; not for the world."""
    other = {**EMETTEUR, "nom": "Atelier Sud", "siren": "003157807", "tva_intra": "FR27003157807"}
    put("F2026-001", "2026-03-02")
    put("F2026-001", "2026-03-12", name="sud", emetteur=other)
    assert list_said(check(facture)) == []
    # Another name, the same SIREN: the same sender.
    put("F2026-001", "2026-03-12", name="sud", emetteur={**EMETTEUR, "nom": "A. Nord"})
    assert list_said(check(facture)) == ["factures/sud.yaml L430"]


def test_drafts_and_devis_have_no_series(facture: Commande) -> None:
    """Only what was numbered counts, and a devis is not an invoice: its numbers are free."""
    put("F2026-001", "2026-03-02")
    put(None, "2026-01-02", name="brouillon")
    for name, numero in (("a", "F2026-001"), ("b", "F2026-001"), ("c", "F2026-009")):
        text = make_facture(numero, type="devis", date="2026-01-05", date_prestation=None, validite="30 jours")
        write(Path(f"devis/{name}.yaml"), text)
    assert list_said(check(facture)) == []


def test_a_series_restarts_with_its_year(facture: Commande) -> None:
    """F2027-001 follows F2026-118; within one series the order is that of the dates, equal ones included."""
    put("F2026-117", "2026-12-22")
    put("F2026-118", "2026-12-22")
    put("F2027-001", "2027-01-04")
    put("F2027-002", "2027-01-04")
    assert list_said(check(facture)) == []


def test_one_wrong_date_is_one_finding(facture: Commande) -> None:
    """F2026-002 dated in November: it is blamed, not the three that follow; the message names a neighbour."""
    put("F2026-001", "2026-03-02")
    put("F2026-002", "2026-11-12")
    put("F2026-003", "2026-04-02")
    put("F2026-004", "2026-05-02")
    result = check(facture)
    assert list_said(result) == ["factures/F2026-002.yaml L440"]
    assert "F2026-002 est du 12 novembre 2026, et F2026-003, numéro plus grand, du 2 avril 2026" in result.err
    assert result.code == 0


def test_a_credit_note_may_share_the_series(facture: Commande) -> None:
    """One series for both: the credit note fills its place; two series: each has its own."""
    put("2026-001", "2026-03-02")
    put_avoir("2026-002", "2026-03-09", {"numero": "2026-001", "date": "2026-03-02"})
    put("2026-003", "2026-03-12")
    put_avoir("A2026-007", "2026-03-01", {"numero": "2025-044", "date": "2025-12-02"})
    assert list_said(check(facture)) == []


def put_trou() -> None:
    put("F2026-001", "2026-03-02")
    put("F2026-004", "2026-03-12")


def test_a_missing_number_is_said_of_a_whole_project(facture: Commande) -> None:
    """Without a path, with the root, or with the folder that holds them all; two numbers are both named."""
    put_trou()
    for paths in ((), (".",), ("factures",), ("./factures", "clients")):
        result = check(facture, *paths)
        assert list_said(result) == ["factures/F2026-004.yaml L440"]
        assert (
            "entre F2026-001 (factures/F2026-001.yaml) et F2026-004, il manque F2026-002 et F2026-003\n" in result.err
        )


def test_half_a_project_says_nothing_is_missing(facture: Commande) -> None:
    """A credit note may bear the number: with avoirs/ left aside, nobody knows what is missing."""
    put_trou()
    put_avoir("F2026-002", "2026-03-09", {"numero": "F2026-001", "date": "2026-03-02"})
    assert list_said(check(facture, "factures")) == []
    assert list_said(check(facture, "factures/F2026-001.yaml", "factures/F2026-004.yaml")) == []
    assert "il manque F2026-003\n" in check(facture, "factures", "avoirs").err


def test_a_year_below_a_folder_is_part_of_it(facture: Commande) -> None:
    """factures/2026/ is below factures/: its invoices are seen, and looked for."""
    put("F2026-001", "2026-03-02", folder="factures/2026")
    put("F2026-003", "2026-03-12", folder="factures/2026")
    assert list_said(check(facture)) == ["factures/2026/F2026-003.yaml L440"]
    assert list_said(check(facture, "factures/2026")) == []


def test_a_loose_folder_says_nothing_is_missing(facture: Commande) -> None:
    """Examples, one client's folder, no project at all: what is there is not all there is. The order still counts."""
    put("F2026-001", "2026-03-02", folder="exemples")
    put("F2026-004", "2026-03-01", folder="exemples")
    assert list_said(check(facture)) == ["exemples/F2026-004.yaml L440"]
    assert "il manque F" not in check(facture).err
    put("F2026-007", "2026-03-12", folder="factures")
    assert "il manque F" not in check(facture).err
    Path("facture.toml").unlink()
    write(Path("factures/seule.yaml"), make_facture("F2026-011", date="2026-04-02", emetteur=EMETTEUR))
    write(Path("factures/autre.yaml"), make_facture("F2026-019", date="2026-05-02", emetteur=EMETTEUR))
    assert "il manque F" not in check(facture).err


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("factures/F2026-002.yaml", "type: facture\nnumero: F2026-002\n  date: 2026-03-09\n"),
        ("factures/F2026-002.yaml", "type: facture\nnumro: F2026-002\ndate: 2026-03-09\n"),
        ("factures/F2026-002.yaml", "type: facture\nnumero: F 2026 002\ndate: 2026-03-09\n"),
        ("avoirs/a.yaml", "tpye: avoir\nnumero: [\n"),
    ],
)
def test_what_cannot_be_read_may_be_what_is_missing(facture: Commande, file: str, text: str) -> None:
    """While a file does not say its number, none is said to be missing: the person mends one mistake, not two."""
    put_trou()
    write(Path(file), text)
    result = check(facture)
    assert "il manque F" not in result.err
    assert result.code == 1


def test_an_invoice_of_nobody_may_be_what_is_missing(facture: Commande) -> None:
    """Without a sender, a number belongs to no series: it may be of this one."""
    put_trou()
    Path("facture.toml").write_text("", encoding="utf-8")
    assert "il manque F" in check(facture).err
    put("F2026-002", "2026-03-04", emetteur=None)
    assert "il manque F" not in check(facture).err


def test_a_file_with_another_mistake_keeps_its_number(facture: Commande) -> None:
    """An invoice without its due date is wrong, and is there."""
    put_trou()
    put("F2026-002", "2026-03-04", paiement=None)
    assert "il manque F2026-003\n" in check(facture).err


# --- Gifts of a year


def give(value: str, **keys: Any) -> dict[str, Any]:
    """Return the lines of an invoice that gives goods worth `value` HT, at 20 %."""
    gift = {"designation": "Livre", "prix_unitaire": value, "offert": "oui", "nature": "bien", **keys}
    return {"lignes": [{"designation": "Conseil", "prix_unitaire": "450"}, gift]}


def give_ttc(value: str) -> dict[str, Any]:
    """Return the lines of an invoice priced TTC that gives goods worth `value` TTC."""
    gift = {"designation": "Livre", "prix_unitaire_ttc": value, "offert": "oui", "nature": "bien"}
    return {"lignes": [{"designation": "Conseil", "prix_unitaire_ttc": "540"}, gift]}


@pytest.mark.parametrize(
    ("gifts", "said", "words"),
    [
        # 40.00 HT is 48.00 TTC; 48.00 + 25.00 is the threshold itself, 73.00, which is not passed.
        ([give("40"), give_ttc("25")], [], ""),
        (
            [give("40"), give_ttc("25.01")],
            ["factures/F2026-002.yaml L429"],
            "73,01\u00a0€ TTC de biens offerts en 2026",
        ),
        # 48.00 + 24.00 + 1.20 = 73.20: the third invoice passes it, and names the two others.
        (
            [give("40"), give("20"), give("1")],
            ["factures/F2026-003.yaml L429"],
            "voir aussi F2026-001 (factures/F2026-001.yaml) et F2026-002 (factures/F2026-002.yaml)\n",
        ),
        # 48.00 + 26.40 = 74.40: passed by the second, and said once.
        ([give("40"), give("22"), give("30")], ["factures/F2026-002.yaml L429"], "74,40\u00a0€"),
        # Six times 12.00 = 72.00, then 84.00: four are named, the others counted.
        ([give("10")] * 7, ["factures/F2026-007.yaml L429"], "F2026-004 (factures/F2026-004.yaml) et 2 autres\n"),
    ],
)
def test_gifts_of_a_year_are_added_up(
    facture: Commande, gifts: list[dict[str, Any]], said: list[str], words: str
) -> None:
    """73 € TTC of goods per client and per calendar year; the line that passes it is shown, and what came before."""
    for rank, lines in enumerate(gifts, start=1):
        put(f"F2026-00{rank}", f"2026-02-0{rank}", **lines)
    result = check(facture)
    assert list_said(result) == said
    assert words in result.err


def test_an_invoice_above_the_threshold_alone_is_said_once(facture: Commande) -> None:
    """The rule of one document says it; what comes before and after in the year is not said again."""
    put("F2026-001", "2026-02-02", **give("40"))
    put("F2026-002", "2026-03-02", **give("80"))
    put("F2026-003", "2026-04-02", **give("30"))
    result = check(facture)
    assert list_said(result) == ["factures/F2026-002.yaml L429"]
    assert "voir aussi" not in result.err


@pytest.mark.parametrize(
    "keys",
    [
        {"date": "2027-01-04"},
        {"client": "mairie"},
        {**give("40", nature="service")},
        {"numero": None},
        {"type": "devis", "validite": "30 jours", "reglements": None},
        {"devise": "USD", "cours_eur": {"taux": "1.10", "date": "2026-09-01", "source": "BCE"}},
    ],
)
def test_what_is_not_the_same_gift_is_not_added(facture: Commande, keys: dict[str, Any]) -> None:
    """Another year, another client, a service, a draft, an offer, another currency: two gifts of 48.00 € stay apart."""
    clients = {"mairie": {**CLIENTS["mairie"], "siren": "003141595"}}
    write(Path("clients/mairie.yaml"), dump(clients["mairie"]))
    put("F2026-001", "2026-02-02", **give("40"))
    numero = keys.pop("numero", "F2026-002")
    date = keys.pop("date", "2026-09-02")
    put(numero, date, name="autre", **{**give("40"), **keys})
    assert list_said(check(facture)) == []


def test_a_consumer_is_a_name_and_an_address(facture: Commande) -> None:
    """Two namesakes are two people; one person written twice is one."""
    for numero, rue in (("F2026-001", "1 rue Haute"), ("F2026-002", "9 rue Basse"), ("F2026-003", "9, Rue Basse")):
        client = {**CLIENTS["paul"], "adresse": {"rue": rue, "code_postal": "59000", "ville": "Lille"}}
        put(numero, "2026-02-02", client=client, **give("40"))
    assert list_said(check(facture)) == ["factures/F2026-003.yaml L429"]


def test_a_gift_taken_back_is_not_given(facture: Commande) -> None:
    """A credit note that bears the gift takes it back; an invoice that another replaces gives nothing."""
    put("F2026-001", "2026-02-02", **give("40"))
    put_avoir("A2026-001", "2026-02-12", {"numero": "F2026-001", "date": "2026-02-02"}, **give("40"))
    put("F2026-002", "2026-02-12", **give("40"))
    assert list_said(check(facture)) == []
    renvoi = {"numero": "F2026-002", "date": "2026-02-12"}
    put("F2026-003", "2026-03-12", nature=["rectificative", "service"], facture_rectifiee=renvoi, **give("40"))
    assert list_said(check(facture)) == []


# --- Acomptes


ACOMPTE = {"nature": ["acompte", "service"], "devis": "D2026-014", "montant": "300"}
"""An acompte of 300.00 HT, 60.00 of VAT, 360.00 TTC."""


def put_solde(*acomptes: dict[str, Any], numero: str = "F2026-002", date: str = "2026-06-02", **keys: Any) -> str:
    verses = {"acomptes_verses": list(acomptes)} if acomptes else {}
    return put(numero, date, **{"nature": ["solde", "service"], "devis": "D2026-014", **verses, **keys})


def cite(**keys: Any) -> dict[str, Any]:
    return {"numero": "F2026-001", "date": "2026-03-02", "montant_ttc": "360", **keys}


@pytest.mark.parametrize(
    ("citation", "words"),
    [
        (cite(), None),
        (cite(tva={"20": "60.00"}), None),
        (cite(date="2026-03-03"), "F2026-001 est du 2 mars 2026 (factures/F2026-001.yaml)"),
        (cite(montant_ttc="300"), "F2026-001 est de 360,00\u00a0€ TTC"),
        (cite(tva={"20": "50.00"}), "la TVA de F2026-001 est de 60,00\u00a0€ à 20\u00a0%"),
    ],
)
def test_an_acompte_is_taken_back_as_it_was_invoiced(
    facture: Commande, citation: dict[str, Any], words: str | None
) -> None:
    """Its date, its amount and its VAT are those of its invoice: anything else is an error."""
    put("F2026-001", "2026-03-02", **ACOMPTE)
    put_solde(citation)
    result = check(facture)
    assert list_said(result) == ([] if words is None else ["factures/F2026-002.yaml L448"])
    assert result.code == (0 if words is None else 1)
    assert words is None or words in result.err


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"nature": "service"}, "F2026-001 n'est pas une facture d'acompte"),
        ({"client": "mairie"}, "F2026-001 est un acompte de Ville de Roubaix"),
        ({"devis": "D2026-009"}, "F2026-001 est un acompte du devis D2026-009"),
    ],
)
def test_what_may_be_the_acompte_of_other_work_is_a_warning(
    facture: Commande, keys: dict[str, Any], words: str
) -> None:
    """A number mistyped leads to another invoice: the doubt is said, and not its amounts too."""
    write(Path("clients/mairie.yaml"), dump({**CLIENTS["mairie"], "siren": "003141595"}))
    put("F2026-001", "2026-03-02", **{**ACOMPTE, **keys})
    put_solde(cite(montant_ttc="120"))
    result = check(facture)
    assert list_said(result) == ["factures/F2026-002.yaml L448"]
    assert words in result.err
    assert result.code == 0


def test_an_acompte_credited_in_part_may_be_taken_back_in_part(facture: Commande) -> None:
    """360.00 less a credit note of 120.00: the whole, or the 240.00 that are left; nothing between."""
    put("F2026-001", "2026-03-02", **ACOMPTE)
    put_avoir("A2026-001", "2026-03-12", {"numero": "F2026-001", "date": "2026-03-02"}, "100")
    for amount, said in (("360", []), ("240", []), ("300", ["factures/F2026-002.yaml L448"])):
        put_solde(cite(montant_ttc=amount))
        assert list_said(check(facture)) == said


def test_an_acompte_in_another_currency_is_not_compared(facture: Commande) -> None:
    """360 dollars are not 360 euros."""
    cours = {"taux": "1.10", "date": "2026-03-02", "source": "BCE"}
    put("F2026-001", "2026-03-02", **ACOMPTE, devise="USD", cours_eur=cours)
    put_solde(cite())
    assert "F2026-001 est en USD (factures/F2026-001.yaml), ce solde en EUR" in check(facture).err


def test_a_solde_forgets_no_acompte(facture: Commande) -> None:
    """Every acompte of its devis is taken back; the one that is not is a warning with what to add."""
    put("F2026-001", "2026-03-02", **ACOMPTE)
    put("F2026-003", "2026-04-02", **{**ACOMPTE, "montant": "100"})
    put_solde(cite(), numero="F2026-004")
    result = check(facture, ".")
    assert [line for line in list_said(result) if "L448" in line] == ["factures/F2026-004.yaml L448"]
    assert "ajoutez - {numero: F2026-003, date: 2026-04-02, montant_ttc: 120.00}" in result.err
    assert result.code == 0


def test_an_acompte_that_counts_no_more_is_not_expected(facture: Commande) -> None:
    """Credited in full, replaced, of another devis, or later than the solde: nothing is forgotten."""
    put("F2026-001", "2026-03-02", **ACOMPTE)
    put_avoir("A2026-001", "2026-03-12", {"numero": "F2026-001", "date": "2026-03-02"}, "300")
    put("F2026-003", "2026-07-02", **ACOMPTE)
    put("F2026-004", "2026-07-03", **{**ACOMPTE, "devis": "D2026-015"})
    put_solde()
    assert list_said(check(facture, "factures", "avoirs", "--quiet")) == []
    put("F2026-005", "2026-07-04", **{**ACOMPTE, "devis": "D2026-016"})
    renvoi = {"numero": "F2026-005", "date": "2026-07-04"}
    put("F2026-006", "2026-07-05", nature=["rectificative", "service"], facture_rectifiee=renvoi, devis="D2026-016")
    put_solde(numero="F2026-007", devis="D2026-016", date="2026-08-02")
    assert "L448" not in check(facture).err


def test_an_acompte_is_taken_back_once(facture: Commande) -> None:
    """Shared between two soldes, its parts make the whole; more than the whole is an error on the later one."""
    put("F2026-001", "2026-03-02", **ACOMPTE)
    put_solde(cite(montant_ttc="200"), numero="F2026-002")
    put_solde(cite(montant_ttc="160"), numero="F2026-003", date="2026-07-02")
    assert list_said(check(facture)) == []
    put_solde(cite(), numero="F2026-003", date="2026-07-02")
    result = check(facture)
    assert list_said(result) == ["factures/F2026-003.yaml L448"]
    assert (
        "F2026-001 est de 360,00\u00a0€ TTC (factures/F2026-001.yaml), et 560,00\u00a0€ en sont déduits" in result.err
    )


# --- Credit notes


ORIGINE = {"numero": "F2026-001", "date": "2026-03-02"}


@pytest.mark.parametrize(
    ("renvoi", "keys", "words", "code"),
    [
        (ORIGINE, {}, None, 0),
        ({**ORIGINE, "numero": "F2025-044"}, {}, None, 0),
        ({**ORIGINE, "date": "2026-03-01"}, {}, "F2026-001 est du 2 mars 2026", 1),
        (ORIGINE, {"client": "lery"}, "F2026-001 est une facture à Dupont et Fils", 0),
        (ORIGINE, {"client": {"nom": "DUPONT et fils", "qualite": "professionnel"}}, None, 1),
        (ORIGINE, {"client": "paul"}, "F2026-001 est une facture à Dupont et Fils", 0),
        ({"numero": "A2026-001", "date": "2026-04-02"}, {}, "A2026-001 n'est pas une facture à corriger", 1),
    ],
)
def test_a_credit_note_answers_its_invoice(
    facture: Commande, renvoi: dict[str, str], keys: dict[str, Any], words: str | None, code: int
) -> None:
    """The date of the invoice it names, and its client; an invoice that is not in the folder cannot be compared."""
    write(Path("clients/lery.yaml"), dump({**CLIENTS["dupont"], "nom": "Lery", "siren": "003141595"}))
    put("F2026-001", "2026-03-02")
    put_avoir("A2026-001", "2026-04-02", renvoi, **keys)
    result = check(facture)
    assert list_said(result) == ([] if words is None else ["avoirs/A2026-001.yaml L449"])
    assert words is None or words in result.err
    assert result.code == code


def test_an_invoice_that_replaces_another_answers_it_too(facture: Commande) -> None:
    """Its date is compared; its client is not: it may be what was wrong."""
    write(Path("clients/lery.yaml"), dump({**CLIENTS["dupont"], "nom": "Lery", "siren": "003141595"}))
    put("F2026-001", "2026-03-02")
    nature = ["rectificative", "service"]
    put("F2026-002", "2026-04-02", nature=nature, facture_rectifiee=ORIGINE, client="lery")
    assert list_said(check(facture)) == []
    put("F2026-002", "2026-04-02", nature=nature, facture_rectifiee={**ORIGINE, "date": "2026-03-03"}, client="lery")
    assert list_said(check(facture)) == ["factures/F2026-002.yaml L449"]


def test_credit_notes_give_back_what_was_invoiced_at_most(facture: Commande) -> None:
    """1 200.00 invoiced: 720.00 and 480.00 are the whole, one cent more is too much, said once."""
    put("F2026-001", "2026-03-02")
    put_avoir("A2026-001", "2026-04-02", ORIGINE, "600")
    put_avoir("A2026-002", "2026-04-09", ORIGINE, "400")
    assert list_said(check(facture)) == []
    put_avoir("A2026-002", "2026-04-09", ORIGINE, "400.01")
    put_avoir("A2026-003", "2026-04-16", ORIGINE, "10")
    result = check(facture)
    assert list_said(result) == ["avoirs/A2026-002.yaml L449"]
    assert "1\u202f200,01\u00a0€ TTC d'avoirs sur F2026-001, qui est de 1\u202f200,00\u00a0€ TTC" in result.err


def test_an_amount_in_doubt_is_held_against_nobody(facture: Commande) -> None:
    """An invoice whose own total is contested (M304) says nothing of what may be credited."""
    put("F2026-001", "2026-03-02", controle={"total_ttc": "1500"})
    put_avoir("A2026-001", "2026-04-02", ORIGINE, "1100")
    assert check(facture).codes == ["M304"]


def test_a_number_given_twice_answers_nothing(facture: Commande) -> None:
    """Which of the two a credit note corrects is not known: only the number is wrong."""
    put("F2026-001", "2026-03-02")
    put("F2026-001", "2026-03-12", name="copie")
    put_avoir("A2026-001", "2026-04-02", {"numero": "F2026-001", "date": "2026-03-05"}, "1100")
    assert list_said(check(facture)) == ["factures/copie.yaml L430"]


def test_a_credit_note_is_in_the_currency_of_its_invoice(facture: Commande) -> None:
    """Dollars do not come off euros, here as in a notice."""
    put("F2026-001", "2026-03-02")
    cours = {"taux": "1.10", "date": "2026-04-02", "source": "BCE"}
    put_avoir("A2026-001", "2026-04-02", ORIGINE, "2000", devise="USD", cours_eur=cours)
    result = check(facture)
    assert result.codes == ["M310"]
    assert "avoir en USD sur la facture F2026-001, en EUR (factures/F2026-001.yaml)" in result.err


def test_a_solde_is_credited_for_what_it_asks(facture: Commande) -> None:
    """A solde of 1 200.00 less 360.00 asks for 840.00: a credit note of 960.00 is more than that."""
    put("F2026-001", "2026-03-02", **ACOMPTE)
    put_solde(cite())
    put_avoir("A2026-001", "2026-06-12", {"numero": "F2026-002", "date": "2026-06-02"}, "800")
    assert "960,00\u00a0€ TTC d'avoirs sur F2026-002, qui est de 840,00\u00a0€ TTC" in check(facture).err


# --- All of it


def test_our_own_examples_are_met_with_silence(facture: Commande, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five businesses, one invoice of each kind: numbers apart, and nothing that is missing."""
    monkeypatch.chdir(Path(__file__).resolve().parent.parent)
    assert list_said(check(facture, "examples")) == []


def test_a_record_holds_no_document(projet: Path) -> None:
    """What is remembered of a document is neither its tree nor its sums: thousands of them are read in one run."""
    path = put("F2026-001", "2026-03-02")
    found = describe(build_dossier(Lecteur().read(path), day(JOUR)))
    assert found is not None
    kept = {type(getattr(found, name)).__module__ for name in found.__slots__}
    assert not kept & {"facture.documents", "facture.lecture", "facture.source", "facture.totaux"}


def test_a_project_is_whole_when_all_of_it_was_read(projet: Path) -> None:
    """Walked from its root or folder by folder; a file that could not be read there leaves a doubt."""
    put("F2026-001", "2026-03-02")
    found = describe(build_dossier(Lecteur().read("factures/F2026-001.yaml"), day(JOUR)))
    assert found is not None
    assert find_entiers([found], []) == frozenset()
    assert find_entiers([found], ["."]) == {projet}
    assert find_entiers([found], ["factures"], ["factures/autre.yaml"]) == frozenset()


def make_emise(rank: int, date: dt.date) -> Emise:
    place = (Position(f"factures/{rank}.yaml"), "numero")
    client = Tiers("003157807", "dupont", "", "Dupont")
    return Emise(
        fichier=f"factures/{rank}.yaml",
        reel=f"/p/factures/{rank}.yaml",
        emetteur="002718286",
        client=client,
        projet=Path("/p"),
        type="facture",
        nature="facture",
        numero=f"F2026-{rank:05d}",
        date=date,
        devise="EUR",
        devis=None,
        ttc=Decimal("120.00"),
        tva={Decimal(20): Decimal("20.00")},
        places={"numero": place, "date": place, "acomptes_verses": place},
        cadeaux=((place, Decimal("0.01")),),
    )


@given(st.permutations(range(1, 13)), st.sets(st.integers(1, 12), max_size=4))
def test_the_order_of_reading_changes_nothing(order: list[int], absent: set[int]) -> None:
    """Folders are walked by name, numbers by rank: the same documents say the same, in any order."""
    start = dt.date(2026, 1, 1)
    emises = [make_emise(rank, start + dt.timedelta(days=rank)) for rank in order if rank not in absent]

    def sort(found: list[Diagnostic]) -> list[str]:
        return sorted(item.to_text() for item in found)

    said = sort(check_series(emises, frozenset({Path("/p")})))
    assert said == sort(check_series(sorted(emises, key=lambda item: item.numero), frozenset({Path("/p")})))
    inside = {rank for rank in absent if any(r.numero < f"F2026-{rank:05d}" for r in emises)} & {
        rank for rank in absent if any(r.numero > f"F2026-{rank:05d}" for r in emises)
    }
    runs = sum(rank - 1 not in inside for rank in inside)
    assert len(said) == runs
