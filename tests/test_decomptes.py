"""What is still owed on an invoice, from its files: figures worked by hand, and every reason why it cannot be said.

Rates used below: ECB 2.15 until 30 June 2026 and 2.40 from 1 July, so 12.15 and 12.40 with 10 points; legal 2.62 then
2.75. The default invoice asks for 1 200.00 on 15 June 2026: 15 days of June, then 10 days to 10 July.
"""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures_relances import (
    CLIENTS,
    COURS,
    EMETTEUR,
    day,
    dump,
    follow_file,
    judge,
    make_avoir,
    make_facture,
    make_projet,
    make_relance,
    write,
)
from hypothesis import given
from hypothesis import strategies as st

from facture.decomptes import describe_statutory_floor, gather_to_json, impaye_to_json, list_postes
from facture.errors import Diagnostic
from facture.projet import Projet
from facture.taux import load_bareme


@pytest.fixture
def projet(tmp_path: Path) -> Path:
    return make_projet(tmp_path)


def paid(date: str, montant: str, **keys: str) -> dict[str, str]:
    return {"date": date, "montant": montant, **keys}


def describe(found: list[Diagnostic]) -> list[str]:
    """Return each finding as `file:line code path`."""
    return [f"{Path(one.position.file).name}:{one.position.line} {one.code} {one.path}" for one in found]


# --- Figures worked by hand ------------------------------------------------------------------------------------------

CAS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    # 1200 x 12.15 x 15 / 36500 = 5.9918 ; 1200 x 12.40 x 10 / 36500 = 4.0767 ; sum 10.0685.
    "unpaid": (
        {}, "2026-07-10",
        {"jours": 25, "interets": "10.07", "indemnite": "40.00", "total": "1250.07", "par_jour": "0.41"},
    ),
    "not-yet-due": (
        {}, "2026-06-15",
        {"jours": 0, "tranches": [], "interets": "0.00", "indemnite": "0.00", "total": "1200.00"},
    ),
    # 1200 x 12.15 / 36500 = 0.3995.
    "one-day-late": ({}, "2026-06-16", {"jours": 1, "interets": "0.40", "indemnite": "40.00", "total": "1240.40"}),
    "paid-on-the-due-date": (
        {"reglements": [paid("2026-06-15", "1200")]}, "2026-07-10",
        {"jours": 0, "tranches": [], "interets": "0.00", "indemnite": "0.00", "total": "0.00", "regle": "1200.00"},
    ),
    # The day of the payment earns 0.40, paid first: 0.40 of principal is left, which earns less than a cent.
    "paid-one-day-late": (
        {"reglements": [paid("2026-06-16", "1200")]}, "2026-07-10",
        {"interets": "0.40", "indemnite": "40.00", "total": "40.40"},
    ),
    # The law's order turned by contract: the principal is extinguished, the interest and the 40 euros stay.
    "paid-one-day-late-principal-first": (
        {"reglements": [paid("2026-06-16", "1200")],
         "paiement": {"echeance": "30 jours", "imputation": "principal"}}, "2026-07-10",
        {"jours": 1, "interets": "0.40", "total": "40.40", "par_jour": None},
    ),
    # Already off the net: 1100 x 12.15 x 15 / 36500 = 5.4925 ; 1100 x 12.40 x 10 / 36500 = 3.7370 ; sum 9.2295.
    "paid-before-the-invoice": (
        {"reglements": [paid("2026-05-01", "100")]}, "2026-07-10",
        {"principal": "1100.00", "regle": "0.00", "interets": "9.23", "total": "1149.23"},
    ),
    "paid-on-the-day-of-the-invoice": (
        {"reglements": [paid("2026-05-16", "100")]}, "2026-07-10", {"principal": "1100.00", "interets": "9.23"},
    ),
    "paid-after-the-account": (
        {"reglements": [paid("2026-07-11", "100")]}, "2026-07-10", {"regle": "0.00", "total": "1250.07"},
    ),
    # Yen have no cents: 10.0685 is 10, and 0.41 a day is 0. The flat cost is due in euros, beside the total.
    "yen": (
        {"devise": "JPY", "cours_eur": COURS}, "2026-07-10",
        {"principal": "1200", "interets": "10", "indemnite": "0", "total": "1210", "par_jour": "0",
         "devise": "JPY", "indemnite_eur": "40.00"},
    ),
    "dollars": (
        {"devise": "USD", "cours_eur": COURS}, "2026-07-10",
        {"interets": "10.07", "indemnite": "0.00", "total": "1210.07", "devise": "USD", "indemnite_eur": "40.00"},
    ),
    "particulier-without-a-notice": (
        {"client": "paul"}, "2026-07-10",
        {"jours": 0, "tranches": [], "interets": "0.00", "indemnite": "0.00", "total": "1200.00", "par_jour": None},
    ),
    # From the day after the notice: 1200 x 2.62 x 10 / 36500 = 0.8614 ; 1200 x 2.75 x 10 / 36500 = 0.9041 ; 1.7655.
    "particulier-put-on-notice": (
        {"client": "paul", "mise_en_demeure": "2026-06-20"}, "2026-07-10",
        {"jours": 20, "interets": "1.77", "indemnite": "0.00", "total": "1201.77"},
    ),
    # 2.15 + 8, that of the half-year in which it began: 1200 x 10.15 x 25 / 36500 = 8.3425.
    "public": (
        {"client": "mairie"}, "2026-07-10",
        {"taux": "bce+8", "jours": 25, "interets": "8.34", "indemnite": "40.00", "total": "1248.34"},
    ),
    # The judgment of 25 June stops interest: 9 days, 1200 x 12.15 x 9 / 36500 = 3.5951.
    "procedure": (
        {"procedure_collective": "2026-06-25"}, "2026-07-10",
        {"jours": 9, "interets": "3.60", "par_jour": None},
    ),
    "all-given": (
        {"lignes": [{"designation": "Maquettes", "prix_unitaire": "1000", "offert": "oui"}]}, "2026-07-10",
        {"principal": "0.00", "jours": 0, "interets": "0.00", "indemnite": "0.00", "total": "0.00"},
    ),
    "all-given-without-a-due-date": (
        {"lignes": [{"designation": "Maquettes", "prix_unitaire": "1000", "offert": "oui"}], "paiement": None},
        "2026-07-10", {"principal": "0.00", "indemnite": "0.00", "total": "0.00"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "arrete_au", "wanted"), CAS.values(), ids=CAS)
def test_what_is_owed_is_what_a_hand_finds(
    projet: Path, keys: dict[str, Any], arrete_au: str, wanted: dict[str, Any]
) -> None:
    """An invoice of the project comes to the sums worked in each case."""
    impaye, found = follow_file(write(projet / "factures" / "mai.yaml", make_facture(**keys)), arrete_au)
    assert impaye is not None, describe(found)
    shown = impaye_to_json(impaye)
    assert {key: shown[key] for key in wanted} == wanted
    assert ("indemnite_eur" in shown) == ("indemnite_eur" in wanted)


def test_a_draft_is_counted_too(projet: Path) -> None:
    """An invoice without a number is computed all the same; its number is null."""
    impaye, _ = follow_file(write(projet / "brouillon.yaml", make_facture(numero=None)), "2026-07-10")
    assert impaye is not None
    assert (impaye_to_json(impaye)["numero"], impaye_to_json(impaye)["total"]) == (None, "1250.07")


AVOIRS: dict[str, tuple[dict[str, Any], str]] = {
    # 4 days on 1200: 1.5978 ; 11 on 600: 2.1970 ; 10 of July on 600: 2.0384 ; sum 5.8332.
    "from-its-own-date": ({"date": "2026-06-20"}, "645.83"),
    # 15 days of June and 10 of July on 600: 2.9959 + 2.0384 = 5.0342.
    "before-the-due-date": ({"date": "2026-06-01"}, "645.03"),
    "after-the-account": ({"date": "2026-07-11"}, "1250.07"),
    "a-draft-credits-nothing": ({"date": "2026-06-20", "numero": None}, "1250.07"),
    "of-another-invoice": ({"date": "2026-06-20", "facture": {"numero": "F2026-018", "date": "2026-05-01"}}, "1250.07"),
    "whose-text-cites-the-number": (
        {"date": "2026-06-20", "facture": {"numero": "F2026-018", "date": "2026-05-01"}, "objet": "comme F2026-019"},
        "1250.07",
    ),
    # Numbers are unique for one sender, not for the world.
    "of-another-sender": (
        {"date": "2026-06-20", "emetteur": {**EMETTEUR, "nom": "Atelier Sud", "siren": "003157807", "tva_intra": None}},
        "1250.07",
    ),
}


@pytest.mark.parametrize(("keys", "total"), AVOIRS.values(), ids=AVOIRS)
@pytest.mark.parametrize("folder", ["avoirs", "factures", "."])
def test_a_credit_note_reduces_the_invoice_it_names(
    projet: Path, folder: str, keys: dict[str, Any], total: str
) -> None:
    """A numbered credit note of the same sender counts, wherever the project keeps it; any other does not."""
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    write(projet / folder / "avoir.yaml", make_avoir(**{"montant": "500", **keys}))
    impaye, found = follow_file(facture, "2026-07-10")
    assert impaye is not None, describe(found)
    assert impaye_to_json(impaye)["total"] == total


def test_two_credit_notes_and_two_payments(projet: Path) -> None:
    """Everything that happened is taken on its day.

    15 to 30 June: 1200 x 12.15 x 4 / 36500 = 1.5978 to the 19th, then the avoir of 120 on the 20th: 1080 x 12.15 x 6 /
    36500 = 2.1571 to the 25th, when 300 are paid: 3.7549, so 3.75 of interest and 296.25 of principal. 783.75 are left:
    x 12.15 x 5 / 36500 = 1.3045 to 30 June, x 12.40 x 4 / 36500 = 1.0650 to 4 July, when the avoir of 60 comes on the
    5th: 723.75 x 12.40 x 2 / 36500 = 0.4918 to the 6th; 2.8613, so 2.86, closed by the payment of 200, 197.14 of it to
    the principal. 526.61 x 12.40 x 4 / 36500 = 0.7156 to the 10th. 3.75 + 2.86 + 0.72 = 7.33.
    """
    reglements = [paid("2026-07-06", "200"), paid("2026-06-25", "300")]
    facture = write(projet / "factures" / "mai.yaml", make_facture(reglements=reglements))
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-20", "100"))
    write(projet / "avoirs" / "b.yaml", make_avoir("2026-07-05", "50", numero="A2026-004"))
    impaye, _ = follow_file(facture, "2026-07-10")
    assert impaye is not None
    shown = impaye_to_json(impaye)
    assert shown["interets"] == "7.33"
    # 1200 - 180 - 500 + 7.33 + 40.
    assert (shown["avoirs"], shown["regle"], shown["total"]) == ("180.00", "500.00", "567.33")
    # 526.61 of principal, what accrued since, and the 40 euros.
    assert shown["reste"] == {"principal": "526.61", "interets": "0.72", "indemnite": "40.00"}


@given(
    order=st.permutations(
        [paid("2026-06-20", "100"), paid("2026-06-20", "50"), paid("2026-07-01", "300"), paid("2026-07-09", "1")]
    )
)
def test_the_order_of_payments_in_the_file_is_irrelevant(order: list[dict[str, str]]) -> None:
    """Payments are taken in the order of their days, whatever the order in which they were noted."""
    with tempfile.TemporaryDirectory() as name:
        path = write(make_projet(Path(name)) / "factures" / "mai.yaml", make_facture(reglements=order))
        impaye, _ = follow_file(path, "2026-07-10")
    assert impaye is not None
    # 5 days to 20 June: 1.9973, so 2.00; 1200 + 2.00 - 150 = 1052.00. x 12.15 x 10 + x 12.40 x 1: 3.5018 + 0.3574 =
    # 3.8592, so 3.86; 755.86. x 12.40 x 8: 2.0543, so 2.05; 756.91. One day: 0.2571. 2.00 + 3.86 + 2.05 + 0.26 = 8.17.
    assert impaye_to_json(impaye)["interets"] == "8.17"


def test_thousands_of_payments_lose_no_cent(projet: Path) -> None:
    """Five thousand payments, one a day over fourteen years, against a plain count in fractions.

    Oracle: each day earns the unpaid principal at the rate of its half-year, and is rounded, since a payment closes
    every period; the payment pays the interest due, then the principal.
    """
    start = day("2010-01-31")
    days = [start + dt.timedelta(days=rank) for rank in range(1, 5001)]
    reglements = [paid(one.isoformat(), f"{20 + rank % 7}.{rank % 100:02}") for rank, one in enumerate(days)]
    text = make_facture(
        montant="70000", date="2010-01-01", date_prestation="2010-01-01", tva="franchise", reglements=reglements,
        emetteur={**EMETTEUR, "regime_tva": "franchise"},
    )  # fmt: skip
    impaye, found = follow_file(write(projet / "factures" / "ancienne.yaml", text), days[-1].isoformat())
    assert impaye is not None, describe(found)
    bareme = load_bareme(Projet(Path("/nulle-part")))
    cent = Decimal("0.01")
    principal, interets, total = Decimal(70000), Decimal(0), Decimal(0)
    for one, reglement in zip(days, reglements, strict=True):
        rate = Fraction(bareme.find("bce", one).valeur + 10)
        earned = Fraction(principal) * rate / 36500
        closed = Decimal(int(earned * 100 + Fraction(1, 2))) * cent
        interets, total = interets + closed, total + closed
        left = Decimal(reglement["montant"])
        to_interest = min(left, interets)
        interets -= to_interest
        principal -= left - to_interest
    decompte = impaye.decompte
    assert (decompte.interets, decompte.reste_principal, decompte.reste_interets) == (total, principal, interets)
    assert len(decompte.imputations) == 5000


# --- What stands in the way ------------------------------------------------------------------------------------------

FAUTES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "payment-larger-than-owed": (
        {"reglements": [paid("2026-06-10", "100"), paid("2026-06-20", "5000")]},
        ["mai.yaml:{montant: '5000'} L451 reglements[1].montant"],
    ),
    "second-payment-of-the-whole": (
        {"reglements": [paid("2026-06-10", "1200"), paid("2026-06-12", "1200")]},
        ["mai.yaml:{date: '2026-06-12'}+1 L451 reglements[1].montant"],
    ),
    "payment-on-a-free-invoice": (
        {
            "lignes": [{"designation": "Maquettes", "prix_unitaire": "1000", "offert": "oui"}],
            "reglements": [paid("2026-06-10", "7")],
        },
        ["mai.yaml:{montant: '7'} L451 reglements[0].montant"],
    ),
    "payment-in-another-currency": (
        {"reglements": [paid("2026-06-20", "50", devise="USD")]},
        ["mai.yaml:{devise: USD} M310 reglements[0].devise"],
    ),
    "payment-without-a-date": ({"reglements": [{"montant": "50"}]}, ["mai.yaml:{montant: '50'} F217 reglements[0]"]),
    "payment-without-an-amount": (
        {"reglements": [{"date": "2026-06-20"}]},
        ["mai.yaml:{date: '2026-06-20'} F217 reglements[0]"],
    ),
    "payment-of-a-negative-amount": (
        {"reglements": [paid("2026-06-20", "-50")]},
        ["mai.yaml:{montant: '-50'} F207 reglements[0].montant"],
    ),
    "unknown-rule-of-interest": (
        {"paiement": {"echeance": "30 jours", "penalites": "euribor+2"}},
        ["mai.yaml:{penalites: euribor+2} F219 paiement.penalites"],
    ),
    "numbered-without-a-due-date": ({"paiement": {"moyens": ["virement"]}}, ["mai.yaml:{paiement:}+1 L412 paiement"]),
    "payable-in-several-times": (
        {"paiement": {"echeancier": [{"part": "30 %", "quand": "à la commande"}, {"part": "70 %", "quand": "après"}]}},
        ["mai.yaml:{paiement:}+1 L450 paiement"],
    ),
    "draft-without-a-due-date": (
        {"numero": None, "paiement": {"moyens": ["virement"]}},
        ["mai.yaml:{paiement:}+1 L412 paiement", "mai.yaml:{paiement:}+1 L450 paiement"],
    ),
}


def place(text: str, wanted: str) -> str:
    """Replace `{text of a line}+1` by the number of that line, plus one."""
    file, _, rest = wanted.partition(":{")
    line, _, rest = rest.partition("}")
    more, _, rest = rest.partition(" ")
    (found,) = [number for number, one in enumerate(text.splitlines(), 1) if line in one]
    return f"{file}:{found + int(more or 0)} {rest}"


@pytest.mark.parametrize(("keys", "wanted"), FAUTES.values(), ids=FAUTES)
def test_what_cannot_be_counted_says_where(projet: Path, keys: dict[str, Any], wanted: list[str]) -> None:
    """No account is made up: the finding stands at the line that is to mend."""
    text = make_facture(**keys)
    impaye, found = follow_file(write(projet / "factures" / "mai.yaml", text), "2026-07-10")
    assert impaye is None
    assert describe(found) == [place(text, one) for one in wanted]


def test_an_excess_names_the_sum_and_the_day(projet: Path) -> None:
    """1200, 2.00 of interest (1200 x 12.15 x 5 / 36500 = 1.9973) and 40 were owed on 20 June: 3 758.00 are too much."""
    text = make_facture(reglements=[paid("2026-06-20", "5000")])
    _, (found,) = follow_file(write(projet / "factures" / "mai.yaml", text), "2026-07-10")
    assert found.message.replace("\u202f", " ").replace("\xa0", " ") == (
        "5 000,00 € reçus le 20 juin 2026 : 3 758,00 € de plus que tout ce qui était dû ce jour-là"
    )


def test_a_payment_before_the_invoice_is_a_warning_at_its_line(projet: Path) -> None:
    """L452 warns, and the account is made: the payment came off the net."""
    text = make_facture(reglements=[paid("2026-05-01", "100")])
    impaye, (found,) = follow_file(write(projet / "factures" / "mai.yaml", text), "2026-07-10")
    assert impaye is not None
    assert describe([found]) == [place(text, "mai.yaml:{date: '2026-05-01'} L452 reglements[0].date")]
    assert not found.is_error


def test_a_credit_note_larger_than_what_is_left(projet: Path) -> None:
    """1000 were paid of 1200: an avoir of 600 takes off the 200 left, and 400 are to be paid back, which is said."""
    facture = write(projet / "factures" / "mai.yaml", make_facture(reglements=[paid("2026-06-01", "1000")]))
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-10", "500"))
    impaye, (found,) = follow_file(facture, "2026-07-10")
    assert impaye is not None
    shown = impaye_to_json(impaye)
    assert (shown["avoirs"], shown["regle"], shown["total"]) == ("200.00", "1000.00", "0.00")
    assert sum(Decimal(row["montant"]) for row in list_postes(impaye)) == 0
    assert (found.code, found.is_error, found.position.file) == ("L453", False, str(facture))
    assert found.message.replace("\xa0", " ").startswith("l'avoir A2026-003 de 600,00 € dépasse de 400,00 € ")


def test_two_credit_notes_that_exceed_together(projet: Path) -> None:
    """The second of 720 and 720 on 1200 counts for 480: what is beyond is never owed the other way."""
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-10", "600"))
    write(projet / "avoirs" / "b.yaml", make_avoir("2026-06-12", "600", numero="A2026-004"))
    impaye, found = follow_file(facture, "2026-07-10")
    assert impaye is not None
    shown = impaye_to_json(impaye)
    assert (shown["avoirs"], shown["total"], shown["jours"]) == ("1200.00", "0.00", 0)
    assert [avoir.montant for avoir in impaye.avoirs] == [Decimal("720.00"), Decimal("480.00")]
    assert [one.code for one in found] == ["L453"]


def test_one_number_of_credit_note_in_two_files(projet: Path) -> None:
    """Which of the two counts is not ours to guess: F243, and no account."""
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-10", "100"))
    write(projet / "avoirs" / "b.yaml", make_avoir("2026-06-10", "200"))
    impaye, found = follow_file(facture, "2026-07-10")
    assert impaye is None
    assert describe(found) == ["b.yaml:2 F243 numero"]


def test_a_credit_note_in_another_currency_never_comes_off(projet: Path) -> None:
    """An avoir of 500 dollars is not 500 euros: M310, at its currency."""
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    text = make_avoir("2026-06-10", "500", devise="USD", cours_eur=COURS)
    write(projet / "avoirs" / "a.yaml", text)
    impaye, found = follow_file(facture, "2026-07-10")
    assert impaye is None
    assert describe(found) == [place(text, "a.yaml:{devise: USD} M310 devise")]


CASSES = {
    "a-price-that-is-no-number": (make_avoir("2026-06-20", "abc"), "F205"),
    "no-date": (make_avoir("2026-06-20", "500").replace("date: '2026-06-20'\n", ""), "F224"),
    "no-rate": (make_avoir("2026-06-20", "500", tva=None), "F242"),
    "yaml-that-does-not-parse": (make_avoir("2026-06-20", "500") + "  objet: [\n", "Y104"),
    "an-invoice-named-as-a-text": (make_avoir("2026-06-20", "500", facture="F2026-019"), "F204"),
}


@pytest.mark.parametrize(("text", "code"), CASSES.values(), ids=CASSES)
def test_a_broken_credit_note_is_said_and_not_left_out(projet: Path, text: str, code: str) -> None:
    """A credit note that cannot be read stops the account at its own line: without it, the claim would be too large."""
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    write(projet / "avoirs" / "a.yaml", text)
    impaye, found = follow_file(facture, "2026-07-10")
    assert impaye is None
    assert [(Path(one.position.file).name, one.code) for one in found if one.is_error] == [("a.yaml", code)]


def test_a_broken_file_that_names_nothing_of_the_invoice_stops_nothing(projet: Path) -> None:
    """A broken credit note that does not hold the number of the invoice is not its business."""
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    renvoi = {"numero": "F2026-018", "date": "2026-05-01"}
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-20", "abc", facture=renvoi))
    impaye, found = follow_file(facture, "2026-07-10")
    assert impaye is not None, describe(found)


# --- Rates -----------------------------------------------------------------------------------------------------------


def test_beyond_the_table_the_line_to_add_is_given_and_works(projet: Path) -> None:
    """2027 is not in the table: exit 5, with the exact line; once completed in taux.yaml, the account is made.

    To 1 March 2027: 5.9918 in June, 1200 x 12.40 x 184 / 36500 = 75.0115, 1200 x 12.65 x 60 / 36500 = 24.9534; in all
    105.9567.
    """
    facture = write(projet / "factures" / "mai.yaml", make_facture())
    impaye, (found,) = follow_file(facture, "2027-03-01")
    assert impaye is None
    assert (found.code, found.exit_code) == ("L441", 5)
    prefix = "ajoutez à taux.yaml : "
    assert found.advice == prefix + "bce 2027-01-01: {valeur: …, source: …, verifie_le: …}"
    line = found.advice.removeprefix(prefix)
    for value in ("2.65", "https://www.ecb.europa.eu", "2027-01-04"):
        line = line.replace("…", value, 1)
    write(projet / "taux.yaml", line + "\n")
    impaye, _ = follow_file(facture, "2027-03-01")
    assert impaye is not None
    shown = impaye_to_json(impaye)
    assert (shown["interets"], shown["total"]) == ("105.96", "1345.96")
    assert shown["tranches"][-1]["taux"] == "12.65"


def test_a_fixed_rate_needs_no_table(projet: Path) -> None:
    """12 % agreed goes on in 2027: 1200 x 12 x 259 / 36500 = 102.1808; the floor of 2027 is unknown, so not judged."""
    text = make_facture(paiement={"echeance": "30 jours", "penalites": "12 %"})
    impaye, _ = follow_file(write(projet / "factures" / "mai.yaml", text), "2027-03-01")
    assert impaye is not None
    assert impaye_to_json(impaye)["interets"] == "102.18"


ANCIENNE = {"date": "2024-02-15", "date_prestation": "2024-02-15"}
"""Due on 16 March 2024, when three times the legal rate was 15.21 %, then 14.76 % from 1 July."""


def test_an_agreed_rate_under_the_floor_is_a_warning_by_half_year(projet: Path) -> None:
    """10 % is said to be under 15.21 and 14.76 % in 2024 (3 x 5.07, 3 x 4.92), and it is applied as written."""
    text = make_facture(**ANCIENNE, paiement={"echeance": "30 jours", "penalites": "10 %"})
    impaye, found = follow_file(write(projet / "factures" / "mai.yaml", text), "2024-08-01")
    assert impaye is not None
    assert {tranche["taux"] for tranche in impaye_to_json(impaye)["tranches"]} == {"10.00"}
    account = found[-1]
    assert (account.code, account.is_error) == ("L454", False)
    assert account.message.replace("\xa0", " ") == (
        "« 10 % » est sous trois fois le taux légal, 1er semestre 2024 : 10 % pour un plancher de 15,21 % ; "
        "2e semestre 2024 : 10 % pour un plancher de 14,76 %"
    )
    assert describe([account]) == [place(text, "mai.yaml:{penalites: 10 %} L454 paiement.penalites")]
    assert describe_statutory_floor(impaye.decompte) == ""


def test_the_rate_of_the_law_is_never_under_the_floor(projet: Path) -> None:
    """ECB + 10 was 14.50 % in 2024, under 15.21 %: no finding, a note, and the rate of the law."""
    impaye, found = follow_file(write(projet / "factures" / "mai.yaml", make_facture(**ANCIENNE)), "2024-06-30")
    assert impaye is not None
    assert found == []
    note = describe_statutory_floor(impaye.decompte).replace("\xa0", " ")
    assert note.startswith("bce+10 est alors sous trois fois le taux légal, 1er semestre 2024 (15,21 %) : ")
    assert impaye_to_json(impaye)["tranches"][0]["taux"] == "14.50"


# --- Rows and sums ---------------------------------------------------------------------------------------------------

JOURS = st.dates(day("2026-05-20"), day("2026-12-31"))
MONTANTS = st.decimals(Decimal("0.01"), Decimal("80.00"), places=2)


@given(
    reglements=st.lists(st.tuples(JOURS, MONTANTS), max_size=6),
    avoirs=st.lists(st.tuples(JOURS, st.integers(1, 90)), max_size=3),
    client=st.sampled_from(sorted(CLIENTS)),
    notice=st.none() | JOURS,
    arrete_au=JOURS,
)
def test_rows_for_a_spreadsheet_add_up_to_what_is_owed(
    reglements: list[tuple[dt.date, Decimal]],
    avoirs: list[tuple[dt.date, int]],
    client: str,
    notice: dt.date | None,
    arrete_au: dt.date,
) -> None:
    """Whatever happened, the last column of the rows sums to the total, and to what is left of each part."""
    listed = [paid(one.isoformat(), str(amount)) for one, amount in reglements]
    text = make_facture(client=client, reglements=listed or None, mise_en_demeure=notice and notice.isoformat())
    with tempfile.TemporaryDirectory() as name:
        folder = make_projet(Path(name))
        facture = write(folder / "factures" / "mai.yaml", text)
        for rank, (one, amount) in enumerate(avoirs):
            note = make_avoir(one.isoformat(), str(amount), numero=f"A{rank}", client=client)
            write(folder / "avoirs" / f"{rank}.yaml", note)
        impaye, found = follow_file(facture, arrete_au.isoformat())
    assert impaye is not None, describe(found)
    rows, shown = list_postes(impaye), impaye_to_json(impaye)
    assert sum((Decimal(row["montant"]) for row in rows), Decimal(0)) == Decimal(shown["total"])
    assert sum(map(Decimal, shown["reste"].values()), Decimal(0)) == Decimal(shown["total"])
    interest = [Decimal(row["montant"]) for row in rows if row["poste"] == "interets"]
    assert sum(interest, Decimal(0)) == Decimal(shown["interets"])
    for before, after in itertools.pairwise(row for row in rows if row["poste"] == "interets"):
        assert before["au"] < after["du"]


def test_a_notice_sums_its_invoices(projet: Path) -> None:
    """The JSON of a notice holds its invoices, then their sums.

    F2026-020, of 600 HT and 720 TTC, was due on 9 July: 720 x 12.40 x 1 / 36500 = 0.2446. 10.07 + 0.24 = 10.31.
    """
    write(projet / "factures" / "a.yaml", make_facture())
    write(projet / "factures" / "b.yaml", make_facture("F2026-020", "600", date="2026-06-09"))
    dossier = judge(projet, make_relance(2, "F2026-019", "F2026-020"))
    shown = gather_to_json(dossier.impayes)
    assert [item["numero"] for item in shown["factures"]] == ["F2026-019", "F2026-020"]
    del shown["factures"]
    assert shown == {
        "arrete_au": "2026-07-10",
        "principal": "1920.00",
        "interets": "10.31",
        "indemnite": "80.00",
        "total": "2010.31",
        "regle": "0.00",
        "avoirs": "0.00",
    }


def test_costs_due_in_euros_are_summed_apart(projet: Path) -> None:
    """Two invoices in dollars: 2 x 10.07 of interest in the total, 2 x 40 euros beside it."""
    for numero in ("F2026-019", "F2026-020"):
        text = make_facture(numero, devise="USD", cours_eur=COURS)
        write(projet / "factures" / f"{numero}.yaml", text)
    shown = gather_to_json(judge(projet, make_relance(2, "F2026-019", "F2026-020")).impayes)
    assert (shown["total"], shown["indemnite"], shown["indemnite_eur"]) == ("2420.14", "0.00", "80.00")


# --- Invoices that one notice may gather -----------------------------------------------------------------------------

ENSEMBLE: dict[str, tuple[int, dict[str, dict[str, Any]], list[str]]] = {
    "a-draft": (2, {"brouillon": {"numero": None}}, ["L457 factures[0]"]),
    "two-clients": (2, {"a": {}, "b": {"numero": "F2026-020", "client": "paul"}}, ["L458 factures[1]"]),
    "two-currencies": (
        2,
        {"a": {}, "b": {"numero": "F2026-020", "devise": "USD", "cours_eur": COURS}},
        ["L458 factures[1]"],
    ),
    "two-senders": (2, {"a": {}, "b": {"numero": "F2026-020", "emetteur": "autre"}}, ["L458 factures[1]"]),
    "three-clients": (
        2,
        {"a": {}, "b": {"numero": "F2026-020", "client": "paul"}, "c": {"numero": "F2026-021", "client": "mairie"}},
        ["L458 factures[1]", "L458 factures[2]"],
    ),
    "due-today": (1, {"a": {"date": "2026-06-10"}}, ["L459 factures[0]"]),
    "due-tomorrow": (1, {"a": {"date": "2026-06-11"}}, ["L459 factures[0]"]),
    "due-yesterday": (1, {"a": {"date": "2026-06-09"}}, []),
    "paid-in-time": (1, {"a": {"reglements": [paid("2026-06-15", "1200")]}}, ["L459 factures[0]"]),
    "paid-with-interest-and-costs": (2, {"a": {"reglements": [paid("2026-07-10", "1250.07")]}}, ["L459 factures[0]"]),
    "one-cent-is-left": (2, {"a": {"reglements": [paid("2026-07-10", "1250.06")]}}, []),
    "paid-in-yen-but-for-the-costs": (
        2,
        {"a": {"devise": "JPY", "cours_eur": COURS, "reglements": [paid("2026-07-10", "1210")]}},
        [],
    ),
    "all-given": (
        1,
        {"a": {"lignes": [{"designation": "Maquettes", "prix_unitaire": "9", "offert": "oui"}]}},
        ["L459 factures[0]"],
    ),
    "suspension-of-a-particulier": (3, {"a": {"client": "paul"}}, ["L456 factures[0]"]),
    "suspension-of-a-particulier-on-notice": (3, {"a": {"client": "paul", "mise_en_demeure": "2026-06-20"}}, []),
    "suspension-of-a-professional": (3, {"a": {}}, []),
    "notice-of-a-particulier": (4, {"a": {"client": "paul"}}, []),
}


@pytest.mark.parametrize(("niveau", "factures", "wanted"), ENSEMBLE.values(), ids=ENSEMBLE)
def test_what_one_notice_may_gather(
    projet: Path, niveau: int, factures: dict[str, dict[str, Any]], wanted: list[str]
) -> None:
    """A notice gathers numbered, late and unpaid invoices of one sender to one client in one currency."""
    write(
        projet / "emetteurs" / "autre.yaml",
        dump({**EMETTEUR, "nom": "Atelier Sud", "siren": "003141595", "tva_intra": "FR83003141595"}),
    )
    for name, keys in factures.items():
        write(projet / "factures" / f"{name}.yaml", make_facture(**keys))
    dossier = judge(projet, make_relance(niveau, *factures))
    # Two clients may differ by name and by quality: the place is what matters.
    found = dict.fromkeys(f"{one.code} {one.path}" for one in dossier.constats)
    assert list(found) == wanted
    assert dossier.has_errors == any(not one.startswith("L456") for one in wanted)


NOMMEES: dict[str, tuple[list[str], list[str]]] = {
    "by-number": (["F2026-019"], []),
    "by-name": (["mai"], []),
    "by-path": (["../factures/mai.yaml"], []),
    "by-path-from-the-root": (["factures/mai.yaml"], []),
    "twice-by-number": (["F2026-019", "F2026-019"], ["F240 factures[1]"]),
    "by-number-and-by-name": (["F2026-019", "mai"], ["F240 factures[1]"]),
    "by-name-and-by-path": (["mai", "../factures/mai.yaml"], ["F240 factures[1]"]),
    "thrice": (["mai", "F2026-019", "mai"], ["F240 factures[1]", "F240 factures[2]"]),
    "a-number-borne-by-two-files": (["F2026-030"], ["F243 factures[0]"]),
    "one-of-the-two-by-its-path": (["juin", "F2026-019"], []),
    "a-missing-file": (["F2026-999"], ["F230 factures[0]"]),
    "a-missing-path": (["../factures/absente.yaml"], ["F230 factures[0]"]),
    "outside-the-project": (["../../ailleurs.yaml"], ["F231 factures[0]"]),
    "an-absolute-path": (["/etc/hosts"], ["F231 factures[0]"]),
    "a-devis": (["../devis/d.yaml"], ["F233 factures[0]"]),
    "a-client": (["../clients/paul.yaml"], ["F233 factures[0]"]),
}


@pytest.mark.parametrize(("names", "wanted"), NOMMEES.values(), ids=NOMMEES)
def test_how_a_notice_names_its_invoices(projet: Path, names: list[str], wanted: list[str]) -> None:
    """By number, name or path; each once, inside the project, and invoices only."""
    write(projet.parent / "ailleurs.yaml", make_facture("F2026-777"))
    write(projet / "factures" / "mai.yaml", make_facture())
    write(projet / "factures" / "juin.yaml", make_facture("F2026-030"))
    write(projet / "factures" / "copie.yaml", make_facture("F2026-030"))
    devis = make_facture("D2026-001", type="devis", validite="30 jours", date_prestation=None, nature=None)
    write(projet / "devis" / "d.yaml", devis)
    (projet / "relances").mkdir()
    dossier = judge(projet, make_relance(2, *names))
    assert [f"{one.code} {one.path}" for one in dossier.constats] == wanted
    line = 1 + make_relance(2, *names).splitlines().index("factures:")
    assert [one.position.line for one in dossier.constats] == [
        line + 1 + int(one.path.removeprefix("factures[").rstrip("]")) for one in dossier.constats
    ]


def test_errors_of_an_invoice_are_those_of_its_notice(projet: Path) -> None:
    """A notice of an invoice with an error is refused, at the line of the invoice."""
    write(projet / "factures" / "mai.yaml", make_facture(montant="mille"))
    dossier = judge(projet, make_relance(2, "F2026-019"))
    assert [(Path(one.position.file).name, one.code) for one in dossier.constats] == [("mai.yaml", "F205")]


def test_round_half_up_is_the_hand_s(projet: Path) -> None:
    """Half a cent goes up: 100 x 36.5 % over one day is 0.10 exactly, 105 x 36.5 % is 0.105, so 0.11."""
    for montant, interets in (("100", "0.10"), ("105", "0.11")):
        text = make_facture(
            montant=montant, tva="franchise", emetteur={**EMETTEUR, "regime_tva": "franchise"},
            paiement={"echeance": "30 jours", "penalites": "36.5 %"},
        )  # fmt: skip
        impaye, found = follow_file(write(projet / "factures" / "mai.yaml", text), "2026-06-16")
        assert impaye is not None, describe(found)
        exact = Decimal(montant) * Decimal("36.5") / 36500
        assert impaye.decompte.interets == exact.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(interets)
