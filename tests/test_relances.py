"""The page of a notice: sums that add up when read back, and the words that each client, level and history wants.

The default invoice asks for 1 200.00 on 15 June 2026. On 10 July: 5.9918 for June, 4.0767 for July, so 10.07 in rows of
5.99 and 4.08; 40 euros; 1 250.07.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fixtures_relances import (
    ADRESSE,
    CLIENTS,
    COURS,
    EMETTEUR,
    compose,
    day,
    dump,
    judge,
    make_avoir,
    make_facture,
    make_projet,
    make_relance,
    read_amount,
    write,
)
from hypothesis import given
from hypothesis import strategies as st

from facture.errors import RefusError
from facture.page import Page, Tableau, to_plain_text
from facture.relances import compose_page_relance
from facture.typo import NBSP, NNBSP


@pytest.fixture
def projet(tmp_path: Path) -> Path:
    return make_projet(tmp_path)


def plain(text: str) -> str:
    return text.replace(NNBSP, " ").replace(NBSP, " ")


def text_of(page: Page) -> str:
    return plain(to_plain_text(page))


def sums_of(page: Page) -> list[tuple[str, Decimal]]:
    """Return each row of the sums: its label, and its amount as a reader takes it."""
    assert page.lettre is not None
    return [(plain(somme.label), read_amount(somme.montant)) for somme in page.lettre.sommes]


def notice(projet: Path, niveau: int, keys: dict[str, Any] | None = None, **more: Any) -> Page:
    """Return the page of a notice for one invoice of a project."""
    write(projet / "factures" / "mai.yaml", make_facture(**(keys or {})))
    return compose(projet, make_relance(niveau, "F2026-019", **more))


# --- Figures ---------------------------------------------------------------------------------------------------------

# A word of the label, and the amount: how the rest is worded is a matter of taste.
PRINCIPAL = ("F2026-019", "1200")
SOMMES: dict[str, tuple[int, dict[str, Any], list[tuple[str, str]]]] = {
    "rappel": (1, {}, [PRINCIPAL, ("régler", "1200")]),
    "relance": (
        2,
        {},
        [PRINCIPAL, ("Pénalités", "10.07"), ("ecouvrement", "40"), ("régler", "1250.07")],
    ),
    # 15 days close at 5.9918, so 5.99: 194.01 go to the principal; 1005.99 x 12.40 x 10 / 36500 = 3.4176.
    "relance-after-a-payment": (
        2,
        {"reglements": [{"date": "2026-06-30", "montant": "200"}]},
        [PRINCIPAL, ("Paiement", "-200"), ("Pénalités", "9.41"), ("ecouvrement", "40"), ("régler", "1049.41")],
    ),
    # The first level takes what was paid off the invoice alone, and claims no interest.
    "rappel-after-a-payment": (
        1,
        {"reglements": [{"date": "2026-06-30", "montant": "200"}]},
        [PRINCIPAL, ("Paiement", "-200"), ("régler", "1000")],
    ),
    # Nothing is left of the invoice: the first level asks for what is.
    "rappel-of-interest-alone": (
        # 0.40 for one day, then the whole principal was paid by a favour.
        1,
        {
            "reglements": [{"date": "2026-06-16", "montant": "1200"}],
            "paiement": {"echeance": "30 jours", "imputation": "principal"},
        },
        [PRINCIPAL, ("Paiement", "-1200"), ("Pénalités", "0.40"), ("ecouvrement", "40"), ("régler", "40.40")],
    ),
    "public": (
        4,
        {"client": "mairie"},
        [PRINCIPAL, ("Intérêts", "8.34"), ("ecouvrement", "40"), ("régler", "1248.34")],
    ),
    "particulier-put-on-notice": (
        2,
        {"client": "paul", "mise_en_demeure": "2026-06-20"},
        [PRINCIPAL, ("Intérêts", "1.77"), ("régler", "1201.77")],
    ),
    "particulier": (4, {"client": "paul"}, [PRINCIPAL, ("régler", "1200")]),
    "yen": (
        2,
        {"devise": "JPY", "cours_eur": COURS},
        [PRINCIPAL, ("Pénalités", "10"), ("régler", "1210")],
    ),
    "in-english": (
        2,
        {"langue": "en"},
        [PRINCIPAL, ("nterest", "10.07"), ("recovery costs", "40"), ("due", "1250.07")],
    ),
    "proceedings": (
        # 9 days to the eve of the judgment: 1200 x 12.15 x 9 / 36500 = 3.5951. Nothing is asked: a claim is stated.
        2,
        {"procedure_collective": "2026-06-25"},
        [PRINCIPAL, ("Pénalités", "3.60"), ("ecouvrement", "40"), ("créance", "1243.60")],
    ),
}


@pytest.mark.parametrize(("niveau", "keys", "wanted"), SOMMES.values(), ids=SOMMES)
def test_what_a_notice_asks_for(projet: Path, niveau: int, keys: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    """Each row is named for the client it is asked of, and the first level asks for the invoice alone."""
    rows = sums_of(notice(projet, niveau, keys))
    assert [amount for _, amount in rows] == [Decimal(amount) for _, amount in wanted]
    for (label, _), (word, _) in zip(rows, wanted, strict=True):
        assert word in label


def test_the_working_is_shown_row_by_row(projet: Path) -> None:
    """Each row of days shows its rate, its base, its working to four decimals and its cents; a payment, how it went."""
    page = notice(projet, 2, {"reglements": [{"date": "2026-07-05", "montant": "300"}]})
    assert page.lettre is not None
    (decompte,) = page.lettre.decomptes
    assert plain(decompte.titre) == "Facture F2026-019 du 16 mai 2026, à payer le 15 juin 2026"
    assert plain(decompte.regle) == "Taux de la BCE majoré de 10 points, prorata de 365 jours"
    rows = [
        plain(f"{row.periode} | {row.jours} | {row.taux} | {row.base} | {row.detail} | {row.montant}")
        for row in decompte.lignes
    ]
    # 5.9918 + 1200 x 12.40 x 5 / 36500 = 2.0384: 8.0302, so 8.03 = 5.99 + 2.04 (the larger remainder takes the cent).
    # 300 pay 8.03, then 291.97 of the principal; 908.03 x 12.40 x 5 / 36500 = 1.5424.
    assert rows == [
        "du 16 au 30 juin 2026 | 15 | 12,15 % | 1 200,00 | 5,9918 | 5,99",
        "du 1er au 5 juillet 2026 | 5 | 12,40 % | 1 200,00 | 2,0384 | 2,04",
        "Paiement reçu le 5 juillet 2026 |  |  |  | 8,03 € d’intérêts et 291,97 € de principal | −300,00",
        "du 6 au 10 juillet 2026 | 5 | 12,40 % | 908,03 | 1,5424 | 1,54",
        "Total | 25 |  |  |  | 9,57",
    ]


def test_a_credit_note_stands_between_the_days_it_separates(projet: Path) -> None:
    """The avoir of 20 June comes before the days that bear the reduced base."""
    write(projet / "avoirs" / "a.yaml", make_avoir("2026-06-20", "500"))
    page = notice(projet, 2)
    assert page.lettre is not None
    kinds = [(row.kind, plain(row.periode)) for row in page.lettre.decomptes[0].lignes]
    assert kinds == [
        ("tranche", "du 16 au 19 juin 2026"),
        ("mouvement", "Avoir A2026-003 du 20 juin 2026"),
        ("tranche", "du 20 au 30 juin 2026"),
        ("tranche", "du 1er au 10 juillet 2026"),
        ("total", "Total"),
    ]
    assert Decimal(-600) in [amount for label, amount in sums_of(page) if "Avoir" in label]


JOURS = st.dates(day("2026-05-17"), day("2026-12-31"))
ANGLAIS = {"langue": "en"}


@given(
    niveau=st.integers(1, 4),
    montants=st.lists(st.decimals(Decimal("400.00"), Decimal("20000.00"), places=2), min_size=1, max_size=8),
    client=st.sampled_from(sorted(CLIENTS)),
    reglements=st.lists(st.tuples(JOURS, st.decimals(Decimal("0.01"), Decimal("60.00"), places=2)), max_size=5),
    avoirs=st.lists(st.tuples(JOURS, st.integers(1, 25)), max_size=2),
    devise=st.sampled_from(["EUR", "EUR", "USD", "JPY"]),
    langue=st.sampled_from(["fr", "en"]),
    formal=st.none() | st.just("2026-06-20"),
    rest=st.fixed_dictionaries(
        {
            "imputation": st.sampled_from(["interets", "principal"]),
            "base_jours": st.sampled_from(["360", "365", "366"]),
        }
    ),
    date=st.dates(day("2026-07-01"), day("2026-12-31")),
)
def test_a_page_adds_up(
    niveau: int,
    montants: list[Decimal],
    client: str,
    reglements: list[tuple[dt.date, Decimal]],
    avoirs: list[tuple[dt.date, int]],
    devise: str,
    langue: str,
    formal: str | None,
    rest: dict[str, str],
    date: dt.date,
) -> None:
    """Whatever happened: rows sum to the total printed under them, and the transfer is for that total.

    Why read back: who receives the page adds up what is printed, not what the program holds.
    """
    keys: dict[str, Any] = {"client": client, "devise": devise, "langue": langue, "mise_en_demeure": formal}
    keys |= {"paiement": {"echeance": "30 jours", "moyens": ["virement"], **rest}}
    if devise == "JPY":
        reglements = [(one, amount.quantize(Decimal(1)) + 1) for one, amount in reglements]
        montants = [amount.quantize(Decimal(1)) for amount in montants]
    if devise != "EUR":
        keys["cours_eur"] = COURS
    noted = [{"date": one.isoformat(), "montant": str(amount)} for one, amount in reglements]
    with tempfile.TemporaryDirectory() as name:
        folder = make_projet(Path(name))
        for rank, amount in enumerate(montants):
            own = {"reglements": noted} if rank == 0 and noted else {}
            text = make_facture("F2026-019" if rank == 0 else f"F2026-1{rank}", str(amount), **keys, **own)
            write(folder / "factures" / f"{rank}.yaml", text)
        for rank, (one, amount) in enumerate(avoirs):
            currency = {"devise": devise, "cours_eur": keys.get("cours_eur")}
            note = make_avoir(one.isoformat(), str(amount), numero=f"A{rank}", client=client, **currency)
            write(folder / "avoirs" / f"{rank}.yaml", note)
        numbers = ["F2026-019", *(f"F2026-1{rank}" for rank in range(1, len(montants)))]
        page = compose(folder, make_relance(niveau, *numbers, date=date.isoformat()))
    lettre = page.lettre
    assert lettre is not None
    *rows, total = lettre.sommes
    assert total.kind == "total"
    assert sum((read_amount(row.montant) for row in rows), Decimal(0)) == read_amount(total.montant)
    for decompte in lettre.decomptes:
        *lines, last = decompte.lignes
        shown = [row for row in lines if row.kind == "tranche"]
        assert sum((read_amount(row.montant) for row in shown), Decimal(0)) == read_amount(last.montant)
        assert sum(int(row.jours) for row in shown) == int(last.jours)
        assert last.kind == "total"
    named = ("Pénalités", "Intérêts", "nterest")
    asked = [read_amount(row.montant) for row in rows if any(word in row.label for word in named)]
    worked = [read_amount(decompte.lignes[-1].montant) for decompte in lettre.decomptes]
    if niveau > 1:
        assert sum(asked, Decimal(0)) == sum(worked, Decimal(0))
    else:
        assert (asked, worked) == ([], [])
    for table in (block for block in lettre.corps if isinstance(block, Tableau)):
        column = [read_amount(row[-1]) for row in table.lignes]
        assert sum(column, Decimal(0)) == read_amount(table.total[-1])
        if niveau == 1:
            assert table.total[-1] in total.montant
    assert page.paiement is not None
    assert page.paiement.montant == total.montant
    if devise == "EUR":
        assert f"\nEUR{read_amount(total.montant):.2f}\n" in page.paiement.epc
    else:
        assert page.paiement.epc == ""


SEPT = [f"F2026-10{rank}" for rank in range(7)]


def test_seven_invoices_are_summed_in_one_row(projet: Path) -> None:
    """More than six invoices are added up: 7 x 1200, 7 x 10.07 and 7 x 40; the transfer cites them all."""
    for numero in SEPT:
        write(projet / "factures" / f"{numero}.yaml", make_facture(numero))
    page = compose(projet, make_relance(2, *SEPT))
    (invoices, principal), (_, interest), (costs, flat), (_, total) = sums_of(page)
    assert (principal, interest, flat) == (Decimal(8400), Decimal("70.49"), Decimal(280))
    assert total == Decimal("8750.49")
    assert "7 factures" in invoices
    assert "7 × 40 €" in costs
    assert page.lettre is not None
    assert len(page.lettre.decomptes) == 7
    assert page.lettre.frise is None
    assert page.paiement is not None
    assert page.paiement.reference == " ".join([*SEPT, "R2"])


def test_up_to_six_invoices_are_named_one_by_one(projet: Path) -> None:
    """Up to six, each has its row among the sums; the first level lists them in a table of what is left on each."""
    for numero in SEPT[:6]:
        write(projet / "factures" / f"{numero}.yaml", make_facture(numero))
    rows = sums_of(compose(projet, make_relance(2, *SEPT[:6])))
    assert [amount for _, amount in rows[:6]] == [Decimal(1200)] * 6
    assert all(numero in label for numero, (label, _) in zip(SEPT, rows[:6], strict=False))
    page = compose(projet, make_relance(1, *SEPT[:6]))
    assert sums_of(page)[-1][1] == Decimal(7200)
    assert page.lettre is not None
    (table,) = [block for block in page.lettre.corps if isinstance(block, Tableau)]
    first = [plain(cell) for cell in table.lignes[0]]
    assert ("F2026-100" in first[0], first[1:]) == (True, ["15 juin 2026", "25", "1 200,00"])
    assert plain(table.total[-1]) == "7 200,00"


def test_seven_invoices_in_english(projet: Path) -> None:
    """The row that adds them up says so in the language of the notice."""
    for numero in SEPT:
        write(projet / "factures" / f"{numero}.yaml", make_facture(numero, langue="en"))
    label, amount = sums_of(compose(projet, make_relance(2, *SEPT)))[0]
    assert amount == Decimal(8400)
    assert ("invoices" in label, "VAT" in label, "TTC" in label) == (True, True, False)


# --- What runs, and is not asked for yet -----------------------------------------------------------------------------

COURT: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "professionnel": ({}, ["16 juin 2026", "pénalités", "10,07 €", "40,00 €", "0,41 €"], []),
    "public": ({"client": "mairie"}, ["16 juin 2026", "intérêts", "8,34 €", "40,00 €", "0,33 €"], ["pénalités"]),
    "particulier-put-on-notice": (
        {"client": "paul", "mise_en_demeure": "2026-06-20"},
        ["21 juin 2026", "intérêts", "1,77 €", "0,09 €"],
        ["pénalités", "indemnité", "40,00", "0,00 €"],
    ),
    # The flat cost is due in euros.
    "dollars": ({"devise": "USD", "cours_eur": COURS}, ["10,07 $US", "40,00 €", "0,41 $US"], ["0,00 $US"]),
    "in-english": ({"langue": "en"}, ["16 June 2026", "interest", "€10.07", "€40.00", "€0.41"], []),
    "yen-whose-day-is-worth-nothing": ({"devise": "JPY", "cours_eur": COURS}, ["10 JPY", "40,00 €"], [" 0 JPY"]),
}


@pytest.mark.parametrize(("keys", "wanted", "never"), COURT.values(), ids=COURT)
def test_the_first_level_tells_what_runs(
    projet: Path, keys: dict[str, Any], wanted: list[str], never: list[str]
) -> None:
    """It claims the invoice only, shows no working, and says what the law adds, to whom it adds it."""
    page = notice(projet, 1, keys)
    assert page.lettre is not None
    said = plain(page.lettre.encart[-1])
    assert [word for word in wanted if word not in said] == []
    assert [word for word in never if word in said] == []
    assert page.lettre.decomptes == ()


def test_the_first_level_to_a_particulier_speaks_of_no_interest(projet: Path) -> None:
    """Nothing runs before a formal notice."""
    text = text_of(notice(projet, 1, {"client": "paul"}))
    assert "intérêts" not in text
    assert "Pour information" not in text


APART: dict[str, tuple[dict[str, Any], str]] = {
    "professionnel": ({}, r"Pénalités et (indemnité|frais).* TVA\."),
    "public": ({"client": "mairie"}, r"Intérêts et (indemnité|frais).* TVA\."),
    "particulier": ({"client": "paul", "mise_en_demeure": "2026-06-20"}, r"Les intérêts ne \w+ pas .*TVA\."),
    "dollars": ({"devise": "USD", "cours_eur": COURS}, r"S’y ajoute .*, 40,00 €, due en euros\."),
}


@pytest.mark.parametrize(("keys", "wanted"), APART.values(), ids=APART)
def test_the_second_level_says_what_comes_with_the_sum(projet: Path, keys: dict[str, Any], wanted: str) -> None:
    """Interest and costs bear no VAT; costs due in euros come beside a sum in another currency."""
    page = notice(projet, 2, keys)
    assert page.lettre is not None
    assert re.search(wanted, plain(" ".join(page.lettre.encart)))


# --- Law -------------------------------------------------------------------------------------------------------------

LOIS: dict[str, tuple[int, dict[str, Any], set[str]]] = {
    "rappel": (1, {}, set()),
    "professionnel": (2, {}, {"L. 441-10", "D. 441-5"}),
    "agreed-rate": (2, {"paiement": {"echeance": "30 jours", "penalites": "12 %"}}, {"L. 441-10", "D. 441-5"}),
    "suspension": (3, {}, {"L. 441-10", "D. 441-5", "1219 et 1220"}),
    "formal-notice": (4, {}, {"L. 441-10", "D. 441-5", "1344"}),
    "part-payment": (
        2,
        {"reglements": [{"date": "2026-06-30", "montant": "200"}]},
        {"L. 441-10", "D. 441-5", "1343-1"},
    ),
    "part-payment-to-the-principal": (
        2,
        {
            "reglements": [{"date": "2026-06-30", "montant": "200"}],
            "paiement": {"echeance": "30 jours", "imputation": "principal"},
        },
        {"L. 441-10", "D. 441-5", "1343-1"},
    ),
    "proceedings": (2, {"procedure_collective": "2026-06-25"}, {"L. 441-10", "D. 441-5", "L. 622-28"}),
    "public": (2, {"client": "mairie"}, {"L. 2192-13 et R. 2192-31", "D. 2192-35"}),
    "particulier": (2, {"client": "paul"}, set()),
    "particulier-put-on-notice": (2, {"client": "paul", "mise_en_demeure": "2026-06-20"}, {"1231-6"}),
    "particulier-formal-notice": (4, {"client": "paul"}, {"1344"}),
}


@pytest.mark.parametrize(("niveau", "keys", "wanted"), LOIS.values(), ids=LOIS)
def test_the_articles_cited_are_those_of_the_facts(
    projet: Path, niveau: int, keys: dict[str, Any], wanted: set[str]
) -> None:
    """Each article stands where its facts do, once, and nowhere else."""
    page = notice(projet, niveau, keys)
    assert page.lettre is not None
    cited = re.findall(r"art\. ([^)]+)\)", plain(" ".join(page.lettre.textes)))
    assert len(cited) == len(set(cited))
    assert set(cited) == wanted


@pytest.mark.parametrize("niveau", [1, 2, 3, 4])
@pytest.mark.parametrize("langue", ["fr", "en"])
@pytest.mark.parametrize("formal", [None, "2026-06-20"], ids=["no-notice", "put-on-notice"])
def test_a_particulier_never_sees_the_costs_of_professionals(
    projet: Path, niveau: int, langue: str, formal: str | None
) -> None:
    """Neither the 40 euros nor the article of the commercial code, at any level, in any language.

    Source: C. com. art. L441-10 binds professionals only.
    """
    text = text_of(notice(projet, niveau, {"client": "paul", "langue": langue, "mise_en_demeure": formal}))
    for never in (
        "40,00",
        "40 €",
        "40.00",
        "€40",
        "441",
        "ndemnité",
        "recovery cost",
        "énalité",
        "late payment interest",
    ):
        assert never not in text, text


@pytest.mark.parametrize("niveau", [1, 2, 3, 4])
@pytest.mark.parametrize("langue", ["fr", "en"])
def test_a_public_buyer_never_sees_the_commercial_code(projet: Path, niveau: int, langue: str) -> None:
    """Its interest is that of the public procurement code, at any level."""
    text = text_of(notice(projet, niveau, {"client": "mairie", "langue": langue}))
    assert "441" not in text
    assert ("2192" in text) == (niveau > 1)


def test_a_favour_is_called_one(projet: Path) -> None:
    """Payments that went to the principal first are not said to have followed the rule, which is the contrary."""
    reglements = [{"date": "2026-06-30", "montant": "200"}]
    for imputation in ("interets", "principal"):
        keys = {"reglements": reglements, "paiement": {"echeance": "30 jours", "imputation": imputation}}
        page = notice(projet, 2, keys)
        assert page.lettre is not None
        (said,) = [text for text in page.lettre.textes if "1343-1" in text]
        assert ("favorable" in said, "d’abord sur les intérêts" in said) == (
            imputation == "principal",
            imputation == "interets",
        )


# --- Words -----------------------------------------------------------------------------------------------------------


def gift(designation: str, prix: str) -> dict[str, str]:
    return {"designation": designation, "prix_unitaire": prix, "offert": "oui"}


CADEAUX = {
    "none": ([], ""),
    "one": (
        [gift("Formation à l'outil.", "225")],
        "Sur cette facture, nous vous avions offert « Formation à l’outil » (225,00 €).",
    ),
    "two": (
        [gift("SEO", "100"), gift("Logo", "50")],
        "Sur cette facture, nous vous avions offert « SEO » (100,00 €) et « Logo » (50,00 €).",
    ),
    "five": (
        [gift(f"Cadeau {rank}", "10") for rank in range(5)],
        "Sur cette facture, nous vous avions offert « Cadeau 0 » (10,00 €), « Cadeau 1 » (10,00 €), « Cadeau 2 » "
        "(10,00 €), et 2 autres attentions.",
    ),
}


@pytest.mark.parametrize(("gifts", "wanted"), CADEAUX.values(), ids=CADEAUX)
def test_what_was_given_is_said_once(projet: Path, gifts: list[dict[str, str]], wanted: str) -> None:
    """A calm line names what was given at its real value; nothing without a gift."""
    lignes = [{"designation": "Maquettes", "prix_unitaire": "1000"}, *gifts]
    page = notice(projet, 2, {"lignes": lignes})
    assert page.lettre is not None
    assert plain(page.lettre.offerts) == wanted
    assert sums_of(page)[-1][1] == Decimal("1250.07")


def test_the_timeline_says_itself(projet: Path) -> None:
    """Who does not see it hears each day and what happened, in order; stretches of one rate are named once."""
    page = notice(
        projet, 2, {"reglements": [{"date": "2026-06-20", "montant": "200"}]},
        precedentes=[{"niveau": "1", "date": "2026-06-25"}], delai="12 jours",
    )  # fmt: skip
    assert page.lettre is not None
    frise = page.lettre.frise
    assert frise is not None
    assert plain(frise.titre) == (
        "Du 15 juin 2026 au 22 juillet 2026. 15 juin : échéance, 20 juin : paiement reçu, 25 juin : rappel, "
        "30 juin : fin de semestre, 10 juillet : compte arrêté, 22 juillet : paiement attendu."
    )
    assert [plain(segment.label) for segment in frise.segments] == ["15 jours à 12,15 %", "10 jours à 12,40 %", ""]


def test_one_day_is_in_the_singular(projet: Path) -> None:
    """Due on 29 June: one day of June at the first rate."""
    page = notice(projet, 2, {"paiement": {"echeance": "2026-06-29"}}, date="2026-07-01", delai="3 jours")
    assert page.lettre is not None
    assert page.lettre.frise is not None
    labels = [plain(segment.label) for segment in page.lettre.frise.segments]
    assert labels == ["1 jour à 12,15 %", "1 jour à 12,40 %", ""]


@given(
    niveau=st.integers(1, 4),
    due=st.dates(day("2024-01-15"), day("2026-11-01")),
    late=st.integers(1, 700),
    delai=st.integers(1, 60),
    reglements=st.lists(st.integers(1, 700), max_size=8),
    precedentes=st.lists(st.integers(1, 700), max_size=6),
    client=st.sampled_from(sorted(CLIENTS)),
)
def test_a_timeline_keeps_its_three_days(
    niveau: int, due: dt.date, late: int, delai: int, reglements: list[int], precedentes: list[int], client: str
) -> None:
    """Due date, date of the account and date expected stand on every timeline, each label on the drawing."""
    today = min(due + dt.timedelta(days=late), day("2026-12-31"))
    span = (today - due).days
    noted = [
        {"date": (due + dt.timedelta(days=after)).isoformat(), "montant": "10"} for after in reglements if after <= span
    ]
    sent = [
        {"niveau": str(1 + rank % 4), "date": (due + dt.timedelta(days=after)).isoformat()}
        for rank, after in enumerate(precedentes)
        if after <= span
    ]
    keys: dict[str, Any] = {
        "client": client,
        "date": (due - dt.timedelta(days=10)).isoformat(),
        "date_prestation": None,
        "periode": None,
        "mise_en_demeure": due.isoformat(),
        "paiement": {"echeance": due.isoformat()},
        "reglements": noted or None,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = make_projet(Path(name))
        page = notice(folder, niveau, keys, date=today.isoformat(), delai=f"{delai} jours", precedentes=sent or None)
    assert page.lettre is not None
    frise = page.lettre.frise
    assert frise is not None
    kinds = [repere.kind for repere in frise.reperes]
    assert {"echeance", "arrete", "attendu"} <= set(kinds)
    assert (kinds[0], kinds[-1]) == ("echeance", "attendu")
    assert all(0 <= repere.x <= 170 for repere in frise.reperes)


def test_a_notice_in_english(projet: Path) -> None:
    """In English throughout, from the language of its first invoice: no French word, English figures."""
    page = notice(
        projet, 2,
        {"langue": "en", "reglements": [{"date": "2026-06-30", "montant": "200"}], "lignes": [
            {"designation": "Mock-ups", "prix_unitaire": "1000"}, gift("Training", "225"),
        ]},
        precedentes=[{"niveau": "1", "date": "2026-07-02"}],
    )  # fmt: skip
    assert (page.langue, page.titre) == ("en", "Overdue payment")
    text = text_of(page)
    assert "Our correspondence of 2 July 2026 has had no effect." in text
    assert "On this invoice, we had given you “Training” (€225.00)." in text
    assert "€5.99 of interest and €194.01 of principal" in text
    for french in ("Facture", "échéance", "Merci", "jours", "TTC", "é"):
        assert french not in text, text


def test_a_notice_may_have_its_own_language(projet: Path) -> None:
    """`langue` of the notice prevails over that of its invoice."""
    assert notice(projet, 2, {"langue": "en"}, langue="fr").titre == "Relance pour retard de paiement"


def test_earlier_notices_are_recalled(projet: Path) -> None:
    """Their dates are said, in one sentence; a letter that brought a payment was not without effect."""
    sent = [{"niveau": "1", "date": "2026-06-20"}, {"niveau": "2", "date": "2026-06-30"}]
    said = r"correspondance du 20( juin( 2026)?)? et du 30 juin 2026 est restée sans effet"
    assert re.search(said, text_of(notice(projet, 4, precedentes=sent)))
    paid = {"reglements": [{"date": "2026-06-25", "montant": "200"}]}
    assert "correspondance du 30 juin 2026 est restée" in text_of(notice(projet, 4, paid, precedentes=sent))
    assert "correspondance" not in text_of(notice(projet, 4))


def test_a_formal_notice_goes_by_registered_mail_with_copies(projet: Path) -> None:
    """Unless the file says otherwise."""
    page = notice(projet, 4)
    assert page.lettre is not None
    assert "recommandé" in " ".join(meta.value for meta in page.metas)
    assert page.lettre.pieces == ("copie de la facture F2026-019",)
    page = notice(projet, 4, envoi="courriel", pieces=["devis signé"])
    assert page.lettre is not None
    assert "recommandé" not in " ".join(meta.value for meta in page.metas)
    assert page.lettre.pieces == ("devis signé",)
    assert "recommandé" not in " ".join(meta.value for meta in notice(projet, 3).metas)


def test_what_stops_is_listed(projet: Path) -> None:
    """Level 3 names the services, the day and what makes them resume."""
    stop = {"a_compter_du": "2026-08-10", "prestations": ["Hébergement", "SEO"], "reprise": "Dès le paiement reçu."}
    page = notice(projet, 3, suspension=stop)
    assert page.lettre is not None
    items = [block for block in page.lettre.corps if not isinstance(block, Tableau) and block.kind == "puce"]
    assert ["".join(run.texte for run in item.morceaux) for item in items] == ["Hébergement", "SEO"]
    text = text_of(page)
    assert "à compter du 10 août 2026" in text
    assert "dès le paiement reçu." in text


def test_words_of_the_user_are_printed_as_typed(projet: Path) -> None:
    """Introduction, notes, mentions, objet and signatory of the file are on the page; Markdown in them is plain."""
    page = notice(
        projet, 2, objet="Votre dossier *12*", introduction=["Bonjour **vous**."], notes=["À bientôt."],
        mentions=["Médiateur saisi."], signataire="Odile Carmin",
    )  # fmt: skip
    assert page.objet == "Votre dossier *12*"
    text = text_of(page)
    assert "Bonjour **vous**." in text
    assert text.index("Bonjour") < text.index("1 250,07") < text.index("À bientôt.") < text.index("Odile Carmin")
    assert "Médiateur saisi." in text


def test_values_cannot_forge_the_text(projet: Path) -> None:
    """A client's name with the signs of tags, places and Markdown is printed as it is."""
    nom = "[factures] {{ total }} **Dupont** <b>"
    write(projet / "clients" / "dupont.yaml", dump({**CLIENTS["dupont"], "nom": nom}))
    write(projet / "modeles" / "relance-2.yaml", "fr:\n  texte: |\n    Cher {{ client }}, **{{ total }}**.\n")
    page = notice(projet, 2)
    assert page.lettre is not None
    (block,) = page.lettre.corps
    assert not isinstance(block, Tableau)
    assert plain("".join(run.texte for run in block.morceaux)) == f"Cher {nom}, 1 250,07 €."


def test_the_project_s_own_text_replaces_ours(projet: Path) -> None:
    """`modeles/relance-2.yaml` replaces a text, key by key; a wrong one refuses the notice at its line."""
    write(projet / "modeles" / "relance-2.yaml", "fr:\n  politesse: À très vite,\n")
    assert plain(text_of(notice(projet, 2))).count("À très vite,") == 1
    write(projet / "modeles" / "relance-2.yaml", "fr:\n  texte: Cher {{ clinet }}\n")
    dossier = judge(projet, make_relance(2, "F2026-019"))
    assert [(one.code, one.position.line) for one in dossier.constats] == [("F246", 2)]
    with pytest.raises(RefusError):
        compose_page_relance(dossier, couleurs=None)  # type: ignore[arg-type]


# --- Payment ---------------------------------------------------------------------------------------------------------


def test_the_transfer_cites_the_invoice_and_the_level(projet: Path) -> None:
    """The reference says which invoice and which notice; the QR code asks for the very sum of the page."""
    page = notice(projet, 2)
    assert page.paiement is not None
    assert page.paiement.reference == "F2026-019 R2"
    assert page.paiement.epc.split("\n")[6:] == ["FR7699998000200002718281844", "EUR1250.07", "", "", "F2026-019 R2"]


SANS_CODE: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "dollars": ({"devise": "USD", "cours_eur": COURS}, {}, True),
    "no-iban": (
        {"paiement": {"echeance": "30 jours"}, "emetteur": {key: EMETTEUR[key] for key in EMETTEUR if key != "iban"}},
        {},
        False,
    ),
    "no-transfer": ({"paiement": {"echeance": "30 jours", "moyens": ["cheque"]}}, {}, False),
    "proceedings": ({"procedure_collective": "2026-06-25"}, {}, False),
}


@pytest.mark.parametrize(("keys", "more", "transfer"), SANS_CODE.values(), ids=SANS_CODE)
def test_no_code_when_it_could_not_be_paid(
    projet: Path, keys: dict[str, Any], more: dict[str, Any], transfer: bool
) -> None:
    """Another currency, no account, no transfer, or a court that forbids paying: no QR code."""
    page = notice(projet, 2, keys, **more)
    assert (page.paiement is not None) == transfer
    assert page.paiement is None or page.paiement.epc == ""
    assert page.lettre is not None
    assert ("par virement" in " ".join(page.lettre.encart)) == transfer


@pytest.mark.parametrize("niveau", [1, 2, 3, 4])
def test_proceedings_ask_for_nothing(projet: Path, niveau: int) -> None:
    """Once a court has opened proceedings, no level asks, threatens or gives a delay.

    Source: C. com. art. L622-7 and L622-21.
    """
    page = notice(projet, niveau, {"procedure_collective": "2026-06-25"})
    assert page.lettre is not None
    assert (page.paiement, page.lettre.encart) == (None, ())
    text = text_of(page)
    assert "procédure collective est ouverte depuis le 25 juin 2026" in text
    for never in ("mettons en demeure", "vaut mise en demeure", "À régler", "Merci de régler", "suspendrons"):
        assert never not in text


def test_proceedings_noted_on_one_invoice_only(projet: Path) -> None:
    """A court's judgment is about the client: every invoice says it, or the notice is refused."""
    write(projet / "factures" / "a.yaml", make_facture())
    write(projet / "factures" / "b.yaml", make_facture("F2026-020", procedure_collective="2026-06-25"))
    dossier = judge(projet, make_relance(2, "F2026-019", "F2026-020"))
    assert [(one.code, one.path) for one in dossier.constats] == [("L458", "factures[1]")]


def test_the_notice_is_addressed_as_the_invoice_was(projet: Path) -> None:
    """The address for invoices of the first invoice is that of the notice."""
    billing = {**ADRESSE, "rue": "12 rue des Comptes"}
    page = notice(projet, 2, {"adresse_facturation": billing})
    assert "12 rue des Comptes" in page.destinataire
    assert ADRESSE["rue"] not in page.destinataire
