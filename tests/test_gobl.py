"""An invoice as GOBL: two whole documents written by hand, GOBL's way of adding up, and what each key becomes.

The objects expected here are those that `gobl build` (v0.502.1) gives back unchanged: nothing for it to add, to drop or
to compute otherwise.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_exports import CLIENT, EMETTEUR, JOUR, judge, list_exemples

from facture.dossier import build_dossier
from facture.errors import RefusError
from facture.gobl import LigneSaisie, RemiseGobl, build_gobl, calculate
from facture.lecture import Lecteur
from facture.totaux import Groupe

EXEMPLES = Path(__file__).resolve().parent.parent / "examples"
NORMAL, REDUIT, EXPORT = Groupe("S", Decimal(20)), Groupe("S", Decimal("5.5")), Groupe("G", Decimal(0), "export")
TVA20 = [{"cat": "VAT", "key": "standard", "percent": "20%"}]
TVA55 = [{"cat": "VAT", "key": "standard", "percent": "5.5%"}]


def export(**changes: Any) -> dict[str, Any]:
    """Return the GOBL object of the default invoice of test_exports with other keys."""
    return build_gobl(judge(**changes)).contenu


# --- Two documents, whole --------------------------------------------------------------------------------------------

SUPPLIER = {
    "name": "Atelier Nord",
    "tax_id": {"country": "FR", "code": "80002718286"},
    "identities": [{"scope": "legal", "type": "SIREN", "code": "002718286"}],
    "addresses": [{"street": "14 rue des Tanneurs", "locality": "Lille", "code": "59000", "country": "FR"}],
    "registration": {"other": "EI"},
}
CUSTOMER = {
    "name": "Dupont et Fils",
    "identities": [{"scope": "legal", "type": "SIREN", "code": "003141595"}],
    "addresses": [{"street": "4 avenue de la République", "locality": "Lille", "code": "59000", "country": "FR"}],
}
FACTURE = {
    "$schema": "https://gobl.org/draft-0/bill/invoice",
    "$regime": "FR",
    "type": "standard",
    "code": "F2026-001",
    "issue_date": "2026-11-22",
    "currency": "EUR",
    "tax": {"rounding": "currency"},
    "supplier": SUPPLIER,
    "customer": CUSTOMER,
    "lines": [
        {
            "i": 1,
            "quantity": "4",
            "item": {
                "key": "services",
                "name": "Maquettes",
                "price": "450.00",
                "unit": "day",
                "meta": {"section": "Conception"},
            },
            "sum": "1800.00",
            "discounts": [{"reason": "Tarif de lancement", "percent": "10%", "amount": "180.00"}],
            "taxes": TVA20,
            "total": "1620.00",
        },
        {
            "i": 2,
            "quantity": "0.5",
            "item": {
                "key": "services",
                "name": "Formation",
                "price": "450.00",
                "unit": "day",
                "meta": {"section": "Conception"},
            },
            "sum": "225.00",
            "discounts": [{"reason": "Bienvenue", "percent": "100%", "amount": "225.00"}],
            "taxes": TVA20,
            "total": "0.00",
        },
        {
            "i": 3,
            "quantity": "3",
            "item": {
                "ref": "LIV-1",
                "key": "services",
                "name": "Livre relié",
                "price": "20.00",
                "meta": {"unite": "ex."},
            },
            "sum": "60.00",
            "taxes": TVA55,
            "total": "60.00",
        },
    ],
    "discounts": [
        {"i": 1, "reason": "Client fidèle", "amount": "3.00", "taxes": TVA55},
        {"i": 2, "reason": "Client fidèle", "amount": "81.00", "taxes": TVA20},
    ],
    "totals": {
        "sum": "1680.00",
        "discount": "84.00",
        "total": "1596.00",
        "taxes": {
            "categories": [
                {
                    "code": "VAT",
                    "rates": [
                        {"key": "standard", "base": "1539.00", "percent": "20%", "amount": "307.80"},
                        {"key": "standard", "base": "57.00", "percent": "5.5%", "amount": "3.14"},
                    ],
                    "amount": "310.94",
                }
            ],
            "sum": "310.94",
        },
        "tax": "310.94",
        "total_with_tax": "1906.94",
        "payable": "1906.94",
        "advance": "100.00",
        "due": "1806.94",
    },
}


def test_an_invoice_with_a_gift_two_discounts_and_a_payment() -> None:
    """The gift keeps its price with a discount of 100 % and its reason; the option is no part of the invoice."""
    found = export()
    # Its words are those of the page, said elsewhere; what it is made of is here, key by key and in this order.
    apart = {name: found.pop(name) for name in ("uuid", "payment", "notes")}
    assert found == FACTURE
    assert list(found) == list(FACTURE)
    assert apart["payment"]["advances"] == [
        {"date": "2026-11-22", "key": "credit-transfer", "description": "Paiement reçu", "amount": "100.00"}
    ]
    terms = apart["payment"]["terms"]
    assert terms["due_dates"] == [{"date": "2026-12-22", "amount": "1806.94"}]
    assert "40" in terms["notes"]
    assert [note["key"] for note in apart["notes"]] == ["legal"]


SOLDE = {
    "nature": ["solde", "service"],
    "numero": "F2026-002",
    "devis": "D2026-004",
    "date_prestation": "2026-11-20",
    "reference_client": "BC-8841",
    "objet": "Refonte du site",
    "lignes": [{"designation": "Conseil", "quantite": "2", "unite": "jours", "prix_unitaire": "450"}],
    "acomptes_verses": [{"numero": "F2026-001", "date": "2026-10-01", "montant_ttc": "300"}],
    "paiement": {"echeance": "30 jours", "moyens": ["cheque", "virement"]},
    "emetteur": {**EMETTEUR, "iban": "FR7630006000011234567890189", "site": "nord.example", "capital": "5000"},
    "remise": None,
    "reglements": None,
}
ATTENDU = {
    "$schema": "https://gobl.org/draft-0/bill/invoice",
    "$regime": "FR",
    "type": "standard",
    "code": "F2026-002",
    "issue_date": "2026-11-22",
    "op_date": "2026-11-20",
    "currency": "EUR",
    "preceding": [{"type": "standard", "issue_date": "2026-10-01", "code": "F2026-001", "reason": "Facture d'acompte"}],
    "tax": {"rounding": "currency"},
    "supplier": {
        **{key: value for key, value in SUPPLIER.items() if key != "registration"},
        "websites": [{"url": "https://nord.example"}],
        "registration": {"capital": "5000.00", "currency": "EUR", "other": "EI"},
    },
    "customer": CUSTOMER,
    "lines": [
        {
            "i": 1,
            "quantity": "2",
            "item": {"key": "services", "name": "Conseil", "price": "450.00", "unit": "day"},
            "sum": "900.00",
            "taxes": TVA20,
            "total": "900.00",
        },
        {
            "i": 2,
            "quantity": "-1",
            "item": {"name": "Acompte n° F2026-001 du 1er octobre 2026", "price": "250.00"},
            "sum": "-250.00",
            "taxes": TVA20,
            "total": "-250.00",
        },
    ],
    "ordering": {"purchases": [{"code": "BC-8841"}], "sales": [{"code": "D2026-004"}]},
    "delivery": {"date": "2026-11-20"},
    "totals": {
        "sum": "650.00",
        "total": "650.00",
        "taxes": {
            "categories": [
                {
                    "code": "VAT",
                    "rates": [{"key": "standard", "base": "650.00", "percent": "20%", "amount": "130.00"}],
                    "amount": "130.00",
                }
            ],
            "sum": "130.00",
        },
        "tax": "130.00",
        "total_with_tax": "780.00",
        "payable": "780.00",
    },
}


def test_a_solde_bills_what_is_left() -> None:
    """300.00 TTC were 250.00 and 50.00 of VAT: taken back at their rate, 650.00, 130.00 and 780.00 are left."""
    found = export(**SOLDE)
    apart = {name: found.pop(name) for name in ("uuid", "payment", "notes")}
    assert found == ATTENDU
    assert list(found) == list(ATTENDU)
    assert apart["payment"]["instructions"] == {
        "key": "credit-transfer",
        "ref": "F2026-002",
        "credit_transfer": [{"iban": "FR7630006000011234567890189"}],
        "notes": "Aussi acceptés : cheque",
    }
    assert apart["notes"][0] == {"key": "general", "text": "Refonte du site"}


def test_the_text_is_json_in_utf_8_and_always_the_same() -> None:
    """Accents as they are, a last line that ends, the same bytes twice, and one identifier for one invoice."""
    first, second = build_gobl(judge()).to_bytes(), build_gobl(judge()).to_bytes()
    assert first == second
    assert first.endswith(b"}\n")
    assert "Client fidèle" in first.decode()
    assert json.loads(first) == export()
    other = export(numero="F2026-009")
    assert export(tva="10")["uuid"] == export()["uuid"] != other["uuid"]
    assert export(emetteur={**EMETTEUR, "siren": "003141595", "tva_intra": "FR83003141595"})["uuid"] != export()["uuid"]


# --- GOBL's sums -----------------------------------------------------------------------------------------------------


def line(prix: str, quantite: str, groupe: Groupe = NORMAL, taux: str | None = None) -> LigneSaisie:
    value = Decimal(prix) * Decimal(quantite)
    return LigneSaisie(Decimal(quantite), Decimal(prix), groupe, Decimal(taux) if taux else None, brut=value)


SUMS = [
    # Three times 33.333: each rounded to 33.33 first, or 99.999 rounded once.
    ([("33.333", "1")] * 3, "currency", False, ("99.99", "20.00", "119.99")),
    ([("33.333", "1")] * 3, "precise", False, ("100.00", "20.00", "120.00")),
    # 0.125 rounds away from zero, and so does what is taken back.
    ([("0.125", "1")], "currency", False, ("0.13", "0.03", "0.16")),
    ([("10", "1"), ("0.125", "-1")], "currency", False, ("9.87", "1.97", "11.84")),
    # A third off 10.00: 3.33 is taken, 6.67 is left.
    ([("10", "1", "33.3333")], "currency", False, ("6.67", "1.33", "8.00")),
    # TTC: each 9.99 is 8.325 HT, 8.33 to the cent; or 24.975 for the three, which is 24.98 with 5.00 of VAT.
    ([("9.99", "1")] * 3, "currency", True, ("24.97", "5.00", "29.97")),
    ([("9.99", "1")] * 3, "precise", True, ("24.98", "5.00", "29.97")),
]


@pytest.mark.parametrize(("lines", "rule", "ttc", "expected"), SUMS)
def test_sums_follow_the_rule_of_rounding(
    lines: list[tuple[str, ...]], rule: Any, ttc: bool, expected: tuple[str, str, str]
) -> None:
    """Worked by hand: total, VAT, total with VAT; by line to the cent, or with two digits more until the end."""
    sources = [line(prix, quantite, NORMAL, *rest) for prix, quantite, *rest in lines]
    found = calculate(sources, (), 2, rule, en_ttc=ttc)
    assert (str(found.total), str(found.tax), str(found.total_with_tax)) == expected


def test_a_discount_on_the_whole_leaves_each_base() -> None:
    """100 and 100 less 10 and 5: 90 at 20 %, 95 without VAT."""
    lignes = [line("100", "1"), line("100", "1", EXPORT)]
    remises = [RemiseGobl(NORMAL, Decimal("10.00"), "r"), RemiseGobl(EXPORT, Decimal("5.00"), "r")]
    found = calculate(lignes, remises, 2, "currency", en_ttc=False)
    assert [(str(row.base), str(row.montant)) for row in found.rates] == [("90.00", "18.00"), ("95.00", "0.00")]
    assert (found.discount, found.total, found.total_with_tax) == (Decimal(15), Decimal(185), Decimal(203))


def test_a_product_is_rounded_once() -> None:
    """0.0003 x 16.6499 is 0.00499497, so 0.00: rounded to the digits of the price first, it would be 0.0050, then 0.01.
    The price is written with the digits of both.
    """
    lignes = [{"designation": "Impulsion", "quantite": "16.6499", "prix_unitaire": "0.0003"}]
    found = export(lignes=[*lignes, {"designation": "Base", "prix_unitaire": "1"}], remise=None, reglements=None)
    assert (found["lines"][0]["item"]["price"], found["lines"][0]["sum"]) == ("0.00030000", "0.00")
    assert found["totals"]["sum"] == "1.00"


@given(
    st.lists(
        st.tuples(st.integers(1, 10**6), st.integers(1, 10**4), st.sampled_from([NORMAL, REDUIT, EXPORT])), min_size=1
    )
)
def test_to_the_cent_gobl_adds_up_as_we_do(lines: list[tuple[int, int, Groupe]]) -> None:
    """With prices in cents, the sum is that of the rounded lines, and VAT is worked out once a rate."""
    sources = [
        line(str(Decimal(cents).scaleb(-2)), str(Decimal(count).scaleb(-2)), groupe) for cents, count, groupe in lines
    ]
    found = calculate(sources, (), 2, "currency", en_ttc=False)
    assert found.total == sum((row.base for row in found.rates), Decimal(0))
    assert found.tax == sum((row.montant for row in found.rates), Decimal(0))
    assert found.total_with_tax == found.total + found.tax
    for row in found.rates:
        assert abs(row.montant - row.base * row.groupe.facteur) <= Decimal("0.005")


@pytest.mark.parametrize("name", [name for name in list_exemples() if not name.startswith("devis")])
def test_every_example_asks_for_the_same_money(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to pay is what the page says; VAT is too, but for the one document priced TTC whose cents GOBL moves."""
    monkeypatch.chdir(EXEMPLES)
    dossier = build_dossier(Lecteur().read(name), JOUR)
    _, totaux = dossier.require()
    gobl = build_gobl(dossier)
    totals = gobl.contenu["totals"]
    due = totals.get("due", totals["payable"])
    assert Decimal(due) == totaux.net_a_payer
    lines = sum((Decimal(row["total"]) for row in gobl.contenu["lines"]), Decimal(0))
    assert lines == Decimal(totals["sum"])
    moved = ["X752"] if name == "facture-particulier-ttc.yaml" else []
    assert [found.code for found in gobl.constats] == moved


def test_cents_that_gobl_moves_are_said_and_carried() -> None:
    """1.02 is 1.22 TTC, less 0.41 (0.34 and 0.07): 0.81 is left, with 0.13 of VAT. GOBL finds 0.14 on 0.68, and 0.82:
    the cent goes to `rounding`, and 0.81 is to pay.
    """
    gobl = build_gobl(
        judge(
            nature=["solde", "service"],
            lignes=[{"designation": "Vis", "prix_unitaire": "1.02"}],
            acomptes_verses=[{"numero": "F2026-000", "date": "2026-10-01", "montant_ttc": "0.41"}],
            remise=None,
            reglements=None,
        )
    )
    totals = gobl.contenu["totals"]
    shown = {name: totals[name] for name in ("total", "tax", "total_with_tax", "rounding", "payable")}
    assert shown == {"total": "0.68", "tax": "0.14", "total_with_tax": "0.82", "rounding": "-0.01", "payable": "0.81"}
    assert [(found.code, found.is_error) for found in gobl.constats] == [("X752", False)]


# --- What each key becomes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nature": ["acompte", "service"]}, ("standard", ["prepayment"])),
        ({"nature": ["situation", "service"]}, ("standard", ["partial"])),
        (
            {
                "nature": ["rectificative", "service"],
                "facture_rectifiee": {"numero": "F2026-000", "date": "2026-10-01"},
            },
            ("corrective", None),
        ),
        (
            {"type": "avoir", "facture": {"numero": "F2026-000", "date": "2026-10-01"}, "reglements": None},
            ("credit-note", None),
        ),
    ],
)
def test_each_kind_of_invoice_has_its_type(changes: dict[str, Any], expected: tuple[str, Any]) -> None:
    """Deposit and progress invoices are tagged; what corrects another invoice names it."""
    found = export(**changes)
    assert (found["type"], found.get("$tags")) == expected
    if expected[0] != "standard":
        assert [(item["code"], item["issue_date"]) for item in found["preceding"]] == [("F2026-000", "2026-10-01")]


def test_a_credit_note_is_positive_and_asks_for_nothing() -> None:
    """Its amounts are those of the page, with the reason, and neither due date nor account."""
    found = export(
        type="avoir",
        facture={"numero": "F2026-000", "date": "2026-10-01"},
        motif="Livre abîmé",
        lignes=[{"designation": "Livre", "prix_unitaire": "20"}],
        remise=None,
        reglements=None,
        emetteur={**EMETTEUR, "iban": "FR7630006000011234567890189"},
    )
    assert found["totals"]["payable"] == "24.00"
    assert found["preceding"][0]["reason"] == "Livre abîmé"
    assert "payment" not in found


FRANCHISE = {key: value for key, value in EMETTEUR.items() if key != "tva_intra"} | {"regime_tva": "franchise"}
ETRANGER = {"nom": "Acme", "qualite": "professionnel", "adresse": {"rue": "1 Main St", "ville": "Reno", "pays": "US"}}


@pytest.mark.parametrize(
    ("changes", "combo", "words"),
    [
        (
            {"emetteur": FRANCHISE, "tva": None},
            {"key": "exempt", "ext": {"cef-vatex": "VATEX-FR-FRANCHISE"}},
            "TVA non applicable, art. 293 B du CGI",
        ),
        (
            {"tva": "export", "nature": "bien", "client": ETRANGER},
            {"key": "export", "ext": {"cef-vatex": "VATEX-EU-G"}},
            "Exonération de TVA, art. 262, I du CGI",
        ),
        (
            {"tva": "hors-ue", "client": ETRANGER},
            {"key": "outside-scope", "ext": {"cef-vatex": "VATEX-EU-O"}},
            "TVA non applicable, art. 259-1° du CGI",
        ),
        # GOBL does not list this code: the words say it alone.
        (
            {"tva": "exonere-formation"},
            {"key": "exempt"},
            "Exonération de TVA, art. 261, 4-4° a du CGI",
        ),
    ],
)
def test_no_vat_has_its_reason(changes: dict[str, Any], combo: dict[str, Any], words: str) -> None:
    """Key, code where GOBL has one, no percent, and the sentence of the page."""
    lignes = [{"designation": "Conseil", "prix_unitaire": "450"}]
    found = export(lignes=lignes, remise=None, reglements=None, **changes)
    assert found["lines"][0]["taxes"] == [{"cat": "VAT", **combo}]
    assert found["tax"]["notes"] == [{"cat": "VAT", "key": combo["key"], "text": words}]
    assert found["totals"]["taxes"]["categories"][0]["rates"] == [{**combo, "base": "450.00", "amount": "0.00"}]


def test_prices_set_ttc_are_kept_as_they_were_told() -> None:
    """120.00 stays 120.00: GOBL takes the VAT out, 20.00 of it, and the gift is worth its TTC price."""
    found = export(
        lignes=[
            {"designation": "Séance", "prix_unitaire_ttc": "120"},
            {"designation": "Livret", "prix_unitaire_ttc": "12", "offert": True},
        ],
        remise=None,
        reglements=None,
    )
    assert found["tax"] == {"prices_include": "VAT", "rounding": "precise"}
    assert [(row["item"]["price"], row["total"]) for row in found["lines"]] == [("120.00", "120.00"), ("12.00", "0.00")]
    assert found["lines"][1]["discounts"] == [{"reason": "Offert", "percent": "100%", "amount": "12.00"}]
    totals = found["totals"]
    assert (totals["sum"], totals["tax_included"], totals["total"]) == ("120.00", "20.00", "100.00")
    assert (totals["tax"], totals["payable"]) == ("20.00", "120.00")


def test_another_currency_goes_with_its_rate() -> None:
    """One euro is 1.25 dollars: as it was published, and turned over (0.8) the way GOBL looks for it."""
    found = export(
        devise="USD",
        cours_eur={"taux": "1.25", "date": "2026-11-20", "source": "BCE"},
        lignes=[{"designation": "Conseil", "prix_unitaire": "450"}],
        remise=None,
        reglements=None,
    )
    same = {"at": "2026-11-20T00:00:00", "source": "bce"}
    assert found["currency"] == "USD"
    assert found["exchange_rates"] == [
        {"from": "USD", "to": "EUR", **same, "amount": "0.8"},
        {"from": "EUR", "to": "USD", **same, "amount": "1.25"},
    ]


@pytest.mark.parametrize(
    ("unite", "unit", "meta"),
    [
        ("jours", "day", None),
        ("Heure", "h", None),
        ("mois", "mon", None),
        ("pièces", "piece", None),
        ("forfait", "LS", None),
        ("photo", None, "photo"),
    ],
)
def test_a_unit_that_gobl_does_not_know_is_kept(unite: str, unit: str | None, meta: str | None) -> None:
    """GOBL's word, else the UN/ECE code of the e-invoice, else the word that was printed."""
    lignes = [{"designation": "x", "prix_unitaire": "1", "unite": unite}]
    item = export(lignes=lignes, remise=None, reglements=None)["lines"][0]["item"]
    assert (item.get("unit"), item.get("meta", {}).get("unite")) == (unit, meta)


def test_a_party_keeps_its_identities_and_addresses() -> None:
    """SIREN, SIRET and VAT number apart; where to bill, where to deliver, where to send."""
    client = {
        **CLIENT,
        "siret": "00314159500011",
        "tva_intra": "FR83003141595",
        "adresse_electronique": "003141595_COMPTA",
        "email": "compta@dupont.example",
        "telephone": "03 20 00 00 00",
        "contact": "Service comptable",
        "code_service": "SRV-7",
        "adresse": {**CLIENT["adresse"], "complement": ["Bâtiment B", "BP 12"]},
        "adresse_livraison": {"rue": "1 quai Nord", "code_postal": "59800", "ville": "Lille"},
    }
    found = export(
        client=client,
        adresse_facturation={"rue": "BP 9", "code_postal": "59009", "ville": "Lille Cedex"},
        engagement="EJ-1",
        reference_client="BC-1",
        periode={"du": "2026-10-01", "au": "2026-10-31"},
    )
    customer = found["customer"]
    assert customer["tax_id"] == {"country": "FR", "code": "83003141595"}
    assert [(item["type"], item["code"]) for item in customer["identities"]] == [
        ("SIREN", "003141595"),
        ("SIRET", "00314159500011"),
    ]
    assert customer["inboxes"] == [{"scheme": "0225", "code": "003141595_COMPTA"}]
    assert customer["addresses"][0]["street_extra"] == "Bâtiment B, BP 12"
    assert customer["addresses"][1]["label"] == "Facturation"
    assert customer["emails"] == [{"addr": "compta@dupont.example"}]
    assert customer["telephones"] == [{"num": "03 20 00 00 00"}]
    assert customer["meta"] == {"contact": "Service comptable"}
    assert found["delivery"]["receiver"]["addresses"][0]["street"] == "1 quai Nord"
    assert found["ordering"] == {
        "code": "SRV-7",
        "period": {"start": "2026-10-01", "end": "2026-10-31"},
        "purchases": [{"code": "EJ-1"}, {"code": "BC-1"}],
    }


def test_the_rules_are_those_of_the_sender() -> None:
    """A French sender, or one with a SIREN, is read by the French rules; another by those of its own country."""
    belge = {**EMETTEUR, "tva_intra": "BE0428759497", "adresse": {**EMETTEUR["adresse"], "pays": "BE"}}
    sans_siren = {key: value for key, value in belge.items() if key != "siren"}
    assert export()["$regime"] == export(emetteur=belge)["$regime"] == "FR"
    found = export(emetteur=sans_siren, numero=None)
    assert "$regime" not in found
    assert found["supplier"]["tax_id"] == {"country": "BE", "code": "0428759497"}


def test_instalments_have_their_dates() -> None:
    """1806.94 in two halves, 903.47 each, at their own dates."""
    tranches = [{"part": "50 %", "date": "2026-12-22"}, {"part": "50 %", "date": "2027-01-22"}]
    found = export(paiement={"echeance": "30 jours", "echeancier": tranches})
    assert found["payment"]["terms"]["due_dates"] == [
        {"date": "2026-12-22", "amount": "903.47"},
        {"date": "2027-01-22", "amount": "903.47"},
    ]


def test_a_draft_has_no_code() -> None:
    """GOBL asks for a number to sign, not to read: a draft goes without, and without identifier."""
    found = export(numero=None)
    assert not {"code", "uuid"} & set(found)
    assert found["totals"]["due"] == "1806.94"


def test_a_code_too_long_for_gobl_is_said_in_full_beside() -> None:
    """64 characters at most: the order keeps its whole reference as a description, the article under meta."""
    long = "A" * 70
    lignes = [{"designation": "x", "prix_unitaire": "1", "reference": long}]
    found = export(reference_client=long, lignes=lignes, remise=None, reglements=None)
    assert found["ordering"]["purchases"] == [{"code": "A" * 64, "description": long}]
    item = found["lines"][0]["item"]
    assert (item["ref"], item["meta"]["reference"]) == ("A" * 64, long)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "devis", "paiement": None, "reglements": None, "nature": None, "validite": "30 jours"}, "X750"),
        (
            {
                "lignes": [{"designation": "x", "prix_unitaire": "1", "option": True}],
                "remise": None,
                "reglements": None,
            },
            "X751",
        ),
        (
            {
                "nature": ["solde", "service"],
                "reglements": None,
                "remise": None,
                "lignes": [{"designation": "x", "prix_unitaire": "900"}],
                "acomptes_verses": [
                    {"numero": "F2026-000", "date": "2026-10-01", "montant_ttc": "300", "tva": {"20": "20.00"}}
                ],
            },
            "X753",
        ),
    ],
)
def test_what_gobl_cannot_say_is_refused(changes: dict[str, Any], code: str) -> None:
    """A quote, nothing but options, an acompte whose VAT is not that of its amount: one error, with its place."""
    with pytest.raises(RefusError) as refus:
        build_gobl(judge(**changes))
    assert [found.code for found in refus.value.diagnostics if found.is_error] == [code]
