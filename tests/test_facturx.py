"""The e-invoice says what the document says: official rules first, then values worked out by hand.

`tests/facturx` holds one document a case; its first line says what it shows. The figures below were worked out with a
pencil, from the law and the norm, beside the case that they are about.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fixtures_facturx import CAS, CLIENT, EMETTEUR, FACTURE, Xml, build_named, judge, read_case, read_data

from facture.errors import RefusError
from facture.facturx import SCHEMAS, TAUX_ADMIS, UNITES, announce_facturx, build_facturx, explain_absence, has_facturx

ENTETE = "ExchangedDocument"
LIGNE = "//IncludedSupplyChainTradeLineItem"
VENDEUR, ACHETEUR = "//SellerTradeParty", "//BuyerTradeParty"
SOMMES = "//SpecifiedTradeSettlementHeaderMonetarySummation"
TVA = "//ApplicableHeaderTradeSettlement/ApplicableTradeTax"
REGLEMENT = "//ApplicableHeaderTradeSettlement"

BT: dict[str, str] = {
    "BT-1": f"{ENTETE}/ID",
    "BT-2": f"{ENTETE}/IssueDateTime/DateTimeString",
    "BT-3": f"{ENTETE}/TypeCode",
    "BT-5": f"{REGLEMENT}/InvoiceCurrencyCode",
    "BT-6": f"{REGLEMENT}/TaxCurrencyCode",
    "BT-8": f"{TVA}/DueDateTypeCode",
    "BT-9": "//SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString",
    "BT-10": "//BuyerReference",
    "BT-13": "//BuyerOrderReferencedDocument/IssuerAssignedID",
    "BT-20": "//SpecifiedTradePaymentTerms/Description",
    "BT-23": "//BusinessProcessSpecifiedDocumentContextParameter/ID",
    "BT-24": "//GuidelineSpecifiedDocumentContextParameter/ID",
    "BT-25": "//InvoiceReferencedDocument/IssuerAssignedID",
    "BT-26": "//InvoiceReferencedDocument/FormattedIssueDateTime/qdt:DateTimeString",
    "BT-27": f"{VENDEUR}/Name",
    "BT-29": f"{VENDEUR}/GlobalID",
    "BT-30": f"{VENDEUR}/SpecifiedLegalOrganization/ID",
    "BT-31": f"{VENDEUR}/SpecifiedTaxRegistration/ID[@schemeID='VA']",
    "BT-32": f"{VENDEUR}/SpecifiedTaxRegistration/ID[@schemeID='FC']",
    "BT-34": f"{VENDEUR}/URIUniversalCommunication/URIID",
    "BT-34-1": f"{VENDEUR}/URIUniversalCommunication/URIID/@schemeID",
    "BT-35": f"{VENDEUR}/PostalTradeAddress/LineOne",
    "BT-36": f"{VENDEUR}/PostalTradeAddress/LineTwo",
    "BT-162": f"{VENDEUR}/PostalTradeAddress/LineThree",
    "BT-44": f"{ACHETEUR}/Name",
    "BT-46": f"{ACHETEUR}/GlobalID",
    "BT-47": f"{ACHETEUR}/SpecifiedLegalOrganization/ID",
    "BT-48": f"{ACHETEUR}/SpecifiedTaxRegistration/ID",
    "BT-49": f"{ACHETEUR}/URIUniversalCommunication/URIID",
    "BT-49-1": f"{ACHETEUR}/URIUniversalCommunication/URIID/@schemeID",
    "BT-50": f"{ACHETEUR}/PostalTradeAddress/LineOne",
    "BT-51": f"{ACHETEUR}/PostalTradeAddress/LineTwo",
    "BT-163": f"{ACHETEUR}/PostalTradeAddress/LineThree",
    "BT-52": f"{ACHETEUR}/PostalTradeAddress/CityName",
    "BT-53": f"{ACHETEUR}/PostalTradeAddress/PostcodeCode",
    "BT-55": f"{ACHETEUR}/PostalTradeAddress/CountryID",
    "BT-56": f"{ACHETEUR}/DefinedTradeContact/PersonName",
    "BT-72": "//ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString",
    "BT-73": f"{REGLEMENT}/BillingSpecifiedPeriod/StartDateTime/DateTimeString",
    "BT-74": f"{REGLEMENT}/BillingSpecifiedPeriod/EndDateTime/DateTimeString",
    "BT-75": "//ShipToTradeParty/PostalTradeAddress/LineOne",
    "BT-76": "//ShipToTradeParty/PostalTradeAddress/LineTwo",
    "BT-77": "//ShipToTradeParty/PostalTradeAddress/CityName",
    "BT-80": "//ShipToTradeParty/PostalTradeAddress/CountryID",
    "BT-81": "//SpecifiedTradeSettlementPaymentMeans/TypeCode",
    "BT-83": f"{REGLEMENT}/PaymentReference",
    "BT-84": "//PayeePartyCreditorFinancialAccount/IBANID",
    "BT-85": "//PayeePartyCreditorFinancialAccount/AccountName",
    "BT-86": "//PayeeSpecifiedCreditorFinancialInstitution/BICID",
    "BT-92": f"{REGLEMENT}/SpecifiedTradeAllowanceCharge/ActualAmount",
    "BT-93": f"{REGLEMENT}/SpecifiedTradeAllowanceCharge/BasisAmount",
    "BT-94": f"{REGLEMENT}/SpecifiedTradeAllowanceCharge/CalculationPercent",
    "BT-96": f"{REGLEMENT}/SpecifiedTradeAllowanceCharge/CategoryTradeTax/RateApplicablePercent",
    "BT-97": f"{REGLEMENT}/SpecifiedTradeAllowanceCharge/Reason",
    "BT-98": f"{REGLEMENT}/SpecifiedTradeAllowanceCharge/ReasonCode",
    "BT-106": f"{SOMMES}/LineTotalAmount",
    "BT-107": f"{SOMMES}/AllowanceTotalAmount",
    "BT-108": f"{SOMMES}/ChargeTotalAmount",
    "BT-109": f"{SOMMES}/TaxBasisTotalAmount",
    "BT-110/111": f"{SOMMES}/TaxTotalAmount",
    "BT-112": f"{SOMMES}/GrandTotalAmount",
    "BT-113": f"{SOMMES}/TotalPrepaidAmount",
    "BT-115": f"{SOMMES}/DuePayableAmount",
    "BT-116": f"{TVA}/BasisAmount",
    "BT-117": f"{TVA}/CalculatedAmount",
    "BT-118": f"{TVA}/CategoryCode",
    "BT-119": f"{TVA}/RateApplicablePercent",
    "BT-120": f"{TVA}/ExemptionReason",
    "BT-121": f"{TVA}/ExemptionReasonCode",
    "BT-126": f"{LIGNE}/AssociatedDocumentLineDocument/LineID",
    "BT-127": f"{LIGNE}/AssociatedDocumentLineDocument/IncludedNote/Content",
    "BT-129": f"{LIGNE}//BilledQuantity",
    "BT-130": f"{LIGNE}//BilledQuantity/@unitCode",
    "BT-131": f"{LIGNE}//LineTotalAmount",
    "BT-134": f"{LIGNE}//BillingSpecifiedPeriod/StartDateTime/DateTimeString",
    "BT-135": f"{LIGNE}//BillingSpecifiedPeriod/EndDateTime/DateTimeString",
    "BG-27": f"{LIGNE}//SpecifiedTradeAllowanceCharge/ChargeIndicator/Indicator",
    "BT-136": f"{LIGNE}//SpecifiedTradeAllowanceCharge/ActualAmount",
    "BT-137": f"{LIGNE}//SpecifiedTradeAllowanceCharge/BasisAmount",
    "BT-138": f"{LIGNE}//SpecifiedTradeAllowanceCharge/CalculationPercent",
    "BT-139": f"{LIGNE}//SpecifiedTradeAllowanceCharge/Reason",
    "BT-140": f"{LIGNE}//SpecifiedTradeAllowanceCharge/ReasonCode",
    "BT-146": f"{LIGNE}//NetPriceProductTradePrice/ChargeAmount",
    "BT-147": f"{LIGNE}//GrossPriceProductTradePrice/AppliedTradeAllowanceCharge/ActualAmount",
    "BT-148": f"{LIGNE}//GrossPriceProductTradePrice/ChargeAmount",
    "BT-149": f"{LIGNE}//NetPriceProductTradePrice/BasisQuantity",
    "BT-151": f"{LIGNE}//ApplicableTradeTax/CategoryCode",
    "BT-152": f"{LIGNE}//ApplicableTradeTax/RateApplicablePercent",
    "BT-153": f"{LIGNE}//SpecifiedTradeProduct/Name",
    "BT-154": f"{LIGNE}//SpecifiedTradeProduct/Description",
    "BT-155": f"{LIGNE}//SpecifiedTradeProduct/SellerAssignedID",
    "PMT": f"{ENTETE}/IncludedNote[SubjectCode='PMT']/Content",
    "PMD": f"{ENTETE}/IncludedNote[SubjectCode='PMD']/Content",
    "AAB": f"{ENTETE}/IncludedNote[SubjectCode='AAB']/Content",
    "REG": f"{ENTETE}/IncludedNote[SubjectCode='REG']/Content",
    "ABL": f"{ENTETE}/IncludedNote[SubjectCode='ABL']/Content",
    "BAR": f"{ENTETE}/IncludedNote[SubjectCode='BAR']/Content",
    "AAI": f"{ENTETE}/IncludedNote[SubjectCode='AAI']/Content",
}
"""Where each term of EN 16931 stands in CII, without prefixes."""

PLEIN = ["S"]
NUL = ["0.00"]


@pytest.mark.parametrize("path", CAS, ids=lambda path: path.stem)
def test_the_official_rules_find_nothing(path: Path) -> None:
    """Each case passes the schema, EN 16931 and BR-FR; and is a document without error that says what it shows."""
    text = path.read_text(encoding="utf-8")
    dossier = read_case(path)

    assert re.match(r"# .{20,}\.\n", text)
    assert [found for found in dossier.constats if found.is_error] == []
    assert judge(build_facturx(dossier).xml) == []


def test_every_case_is_another_document() -> None:
    """The cases are numbered in a row, and no two have the same number: none hides another."""
    assert [path.name[:2] for path in CAS] == [f"{rang:02d}" for rang in range(1, len(CAS) + 1)]


ATTENDUS: dict[str, dict[str, list[str]]] = {
    # 2 x 520 = 1040.00; 4.5 x 480 = 2160.00; HT 3200.00; 20 % = 640.00; TTC 3840.00. Due 20 November + 30 days.
    "01-prestations": {
        "BT-1": ["F2026-001"], "BT-2": ["20261120"], "BT-3": ["380"], "BT-5": ["EUR"], "BT-6": [], "BT-8": ["72"],
        "BT-9": ["20261220"], "BT-20": [], "BT-23": ["S1"], "BT-24": ["urn:cen.eu:en16931:2017"], "BT-25": [],
        "BT-27": ["Atelier Nord"], "BT-29": ["00271828600012"], "BT-30": ["002718286"], "BT-31": ["FR80002718286"],
        "BT-32": [], "BT-34": ["002718286"], "BT-34-1": ["0225"], "BT-35": ["14 rue des Tanneurs"], "BT-36": [],
        "BT-44": ["Éditions Cormelune SAS"], "BT-46": ["00362948200013"], "BT-47": ["003629482"],
        "BT-48": ["FR14003629482"], "BT-49": ["003629482"], "BT-49-1": ["0225"], "BT-50": ["7 rue des Typographes"],
        "BT-51": ["Cour des Ateliers"], "BT-52": ["Paris"], "BT-53": ["75011"], "BT-55": ["FR"],
        "BT-56": ["Bastien Morvan"], "BT-72": ["20261118"], "BT-73": [], "BT-81": ["58"], "BT-83": ["F2026-001"],
        "BT-84": ["FR7699998000200002718281844"], "BT-85": ["Atelier Nord"], "BT-86": ["BQEXFRPPXXX"],
        "BT-92": [], "BT-106": ["3200.00"], "BT-107": [], "BT-108": [], "BT-109": ["3200.00"],
        "BT-110/111": ["640.00"], "BT-112": ["3840.00"], "BT-113": [], "BT-115": ["3840.00"],
        "BT-116": ["3200.00"], "BT-117": ["640.00"], "BT-118": PLEIN, "BT-119": ["20"], "BT-120": [], "BT-121": [],
        "BT-126": ["1", "2"], "BT-129": ["2", "4.5"], "BT-130": ["DAY", "DAY"], "BT-131": ["1040.00", "2160.00"],
        "BT-136": [], "BT-146": ["520.00", "480.00"], "BT-147": [], "BT-148": ["520.00", "480.00"], "BT-149": [],
        "BT-151": ["S", "S"], "BT-152": ["20", "20"], "BT-153": ["Cadrage", "Maquettes"],
        "BT-154": ["Trois gabarits"], "BT-155": ["MAQ-01"], "REG": ["Atelier Nord, SASU au capital de 5 000 €"],
        "ABL": ["RCS Lille Métropole 002 718 286"], "BAR": ["B2B"],
        "AAI": ["Refonte du catalogue", "Nature de l'opération : prestation de services."],
    },
    # 3 x 450 = 1350.00 billed; 0.5 x 540 = 270.00 given: the real price, an allowance of all of it, and nothing more.
    "02-cadeau": {
        "BT-129": ["3", "0.5"], "BT-146": ["450.00", "540.00"], "BT-148": ["450.00", "540.00"], "BT-147": [],
        "BG-27": ["false"], "BT-136": ["270.00"], "BT-137": ["270.00"], "BT-138": ["100"],
        "BT-139": ["pour fêter l'ouverture"], "BT-140": ["95"], "BT-131": ["1350.00", "0.00"],
        "BT-106": ["1350.00"], "BT-107": [], "BT-109": ["1350.00"], "BT-110/111": ["270.00"], "BT-112": ["1620.00"],
        "BT-115": ["1620.00"], "BT-116": ["1350.00"], "BT-117": ["270.00"],
    },
    # 450 + 120 given: nothing to pay, so neither means nor due date, but the rate still has its row, base 0.
    "03-tout-offert": {
        "BT-131": ["0.00", "0.00"], "BT-136": ["450.00", "120.00"],
        "BT-139": ["Offert", "pour notre première rencontre"],
        "BT-106": NUL, "BT-109": NUL, "BT-110/111": NUL, "BT-112": NUL, "BT-115": NUL, "BT-116": NUL, "BT-117": NUL,
        "BT-118": PLEIN, "BT-119": ["20"], "BT-23": ["S1"], "BT-9": [], "BT-20": [], "BT-81": [], "BT-83": [],
        "BT-84": [], "PMD": ["Sans objet : rien à payer"],
    },
    # 6 x 48 = 288.00 at 20 % = 57.60. The book given at 5.5 % has a row of its own, 0.00 twice.
    "04-bien-offert": {
        "BT-23": ["M1"], "BT-8": [], "BT-116": ["0.00", "288.00"], "BT-117": ["0.00", "57.60"],
        "BT-119": ["5.5", "20"], "BT-136": ["29.00"], "BT-131": ["288.00", "0.00"], "BT-112": ["345.60"],
    },
    # 1830.00 - 10 % = 1647.00; 425.00 - 25.00 = 400.00; 720.00 - 3 % (21.60) = 698.40: 2745.40.
    # 4 % of it is 109.816, so 109.82: 81.88 on 2047.00 and 27.94 on 698.40 (remainders 0.3 and 0.7 of a cent).
    # 1965.12 x 20 % = 393.02; 670.46 x 5.5 % = 36.8753, so 36.88; HT 2635.58, VAT 429.90, TTC 3065.48.
    "05-sections-remises": {
        "BT-127": ["Conception", "Conception", "Impression"], "BT-136": ["183.00", "25.00", "21.60"],
        "BT-137": ["1830.00", "720.00"], "BT-138": ["10", "3"], "BT-139": ["tarif de lancement", "Remise", "Remise"],
        "BT-140": ["95", "95", "95"], "BT-131": ["1647.00", "400.00", "698.40"],
        "BT-154": ["- Une piste graphique\n- Deux séries de corrections"],
        "BT-92": ["27.94", "81.88"], "BT-93": ["698.40", "2047.00"], "BT-94": ["4", "4"], "BT-96": ["5.5", "20"],
        "BT-97": ["fidélité", "fidélité"], "BT-98": ["95", "95"], "BT-106": ["2745.40"], "BT-107": ["109.82"],
        "BT-109": ["2635.58"], "BT-110/111": ["429.90"], "BT-112": ["3065.48"], "BT-115": ["3065.48"],
        "BT-116": ["670.46", "1965.12"], "BT-117": ["36.88", "393.02"], "BT-119": ["5.5", "20"], "BT-23": ["M1"],
    },
    # 100.01 at each rate: 2.10021, 5.50055, 10.001 and 20.002, each rounded alone: 37.60.
    "06-quatre-taux": {
        "BT-119": ["2.1", "5.5", "10", "20"], "BT-117": ["2.10", "5.50", "10.00", "20.00"], "BT-109": ["400.04"],
        "BT-110/111": ["37.60"], "BT-112": ["437.64"], "BT-152": ["20", "10", "5.5", "2.1"],
    },
    # Two options: neither their lines, nor their rate, nor their 380.00.
    "07-options-ecartees": {
        "BT-126": ["1"], "BT-153": ["Maquette"], "BT-119": ["20"], "BT-109": ["900.00"], "BT-112": ["1080.00"],
    },
    # 380 + 6 x 45 = 650.00, no VAT: category E at 0, its reason and its code; the SIREN stands for the VAT number.
    "08-franchise": {
        "BT-31": [], "BT-32": ["007291834"], "BT-118": ["E"], "BT-119": ["0"],
        "BT-120": ["TVA non applicable, art. 293 B du CGI"],
        "BT-121": ["VATEX-FR-FRANCHISE"], "BT-8": [], "BT-151": ["E", "E"], "BT-152": ["0", "0"], "BT-117": NUL,
        "BT-109": ["650.00"], "BT-110/111": NUL, "BT-112": ["650.00"], "BT-130": ["C62", "H87"],
        "REG": ["Inès Carvalho EI"], "ABL": [],
    },
    # The control key of 007291834 is (12 + 3 x (7291834 mod 97)) mod 97 = (12 + 3 x 53) mod 97 = 74.
    "09-franchise-avec-numero": {
        "BT-31": ["FR74007291834"], "BT-32": [], "BT-118": ["E"], "BT-121": ["VATEX-FR-FRANCHISE"],
    },
    "10-formation-exoneree": {
        "BT-118": ["E"], "BT-121": ["VATEX-FR-CGI261-4"], "BT-31": ["FR80002718286"], "BT-116": ["1330.00"],
        "BT-117": NUL,
    },
    # 62.5 x 34.80 = 2175.00; the client owes the VAT: both numbers, no amount.
    "11-autoliquidation-btp": {
        "BT-118": ["AE"], "BT-119": ["0"], "BT-120": ["Autoliquidation"], "BT-121": ["VATEX-FR-AE"], "BT-130": ["MTK"],
        "BT-31": ["FR80002718286"], "BT-48": ["FR14003629482"], "BT-109": ["2175.00"], "BT-117": NUL, "BAR": ["B2B"],
    },
    "12-autoliquidation-ue": {
        "BT-118": ["AE"], "BT-121": ["VATEX-EU-AE"], "BT-48": ["BE0403170701"], "BT-47": [], "BT-55": ["BE"],
        "BT-49": ["compta@brasserie-canal.example"], "BT-49-1": ["EM"], "BAR": ["B2BINT"], "BT-112": ["1530.00"],
    },
    # 240 x 3.15 = 756.00; the day of supply and where the goods went (BR-IC-11 and 12).
    "13-intracom": {
        "BT-118": ["K"], "BT-121": ["VATEX-EU-IC"], "BT-23": ["B1"], "BT-8": [], "BT-72": ["20261117"],
        "BT-75": ["12 quai au Foin"], "BT-80": ["BE"], "BT-31": ["FR80002718286"], "BT-48": ["BE0403170701"],
        "BT-112": ["756.00"],
    },
    "14-export": {"BT-118": ["G"], "BT-121": ["VATEX-EU-G"], "BT-23": ["B1"], "BT-112": ["1860.00"], "BAR": ["B2BINT"]},
    # Category O: neither rate nor VAT number anywhere (BR-O-02 to 05); 3.5 x 480 = 1680.00, the call given.
    "15-hors-ue": {
        "BT-118": ["O"], "BT-119": [], "BT-151": ["O", "O"], "BT-152": [], "BT-31": [], "BT-32": [], "BT-48": [],
        "BT-121": ["VATEX-EU-O"], "BT-109": ["1680.00"], "BT-110/111": NUL, "BT-131": ["1680.00", "0.00"],
        "BT-49-1": ["EM"], "BT-30": ["002718286"],
    },
    "16-marge-occasion": {"BT-118": ["E"], "BT-121": ["VATEX-EU-F"], "BT-117": NUL, "BT-23": ["B1"]},
    "17-debours": {"BT-118": ["E"], "BT-121": ["VATEX-EU-79-C"], "BT-117": NUL, "BT-112": ["190.00"]},
    # 1234.56 x 20 % = 246.912, so 246.91; due on payment.
    "18-acompte": {
        "BT-3": ["386"], "BT-23": ["S1"], "BT-8": ["72"], "BT-109": ["1234.56"], "BT-110/111": ["246.91"],
        "BT-112": ["1481.47"], "BT-25": [],
    },
    # The job: 4500.00, 900.00, 5400.00. The acompte: 1620 / 1.2 = 1350.00 and 270.00. Left: 3150.00, 630.00, 3780.00.
    "19-solde": {
        "BT-3": ["380"], "BT-23": ["S4"], "BT-25": ["F2026-901"], "BT-26": ["20260915"], "BT-126": ["1", "2"],
        "BT-129": ["10", "-1"], "BT-146": ["450.00", "1350.00"], "BT-131": ["4500.00", "-1350.00"],
        "BT-116": ["3150.00"], "BT-117": ["630.00"], "BT-106": ["3150.00"], "BT-109": ["3150.00"],
        "BT-110/111": ["630.00"], "BT-112": ["3780.00"], "BT-113": [], "BT-115": ["3780.00"],
    },
    # 1000 / 1.2 = 833.33 and 166.67; 333.33 / 1.2 = 277.775, so 277.78 and 55.55.
    # Left: 4500 - 1111.11 = 3388.89; 900 - 222.22 = 677.78; 5400 - 1333.33 = 4066.67.
    "20-solde-deux-acomptes": {
        "BT-25": ["F2026-901", "F2026-902"], "BT-26": ["20260915", "20261015"],
        "BT-131": ["4500.00", "-833.33", "-277.78"], "BT-116": ["3388.89"], "BT-117": ["677.78"], "BT-112": ["4066.67"],
    },
    # 2500.00 at 20 % and 540.00 at 5.5 % (29.70). Acompte: 150.00 / 20 % = 750.00; 8.91 / 5.5 % = 162.00.
    # Left: 1750.00 and 350.00; 378.00 and 20.79; in all 2128.00, 370.79, 2498.79 = 3569.70 - 1070.91.
    "21-solde-plusieurs-taux": {
        "BT-23": ["M4"], "BT-131": ["2500.00", "540.00", "-750.00", "-162.00"], "BT-152": ["20", "5.5", "20", "5.5"],
        "BT-116": ["378.00", "1750.00"], "BT-117": ["20.79", "350.00"], "BT-119": ["5.5", "20"],
        "BT-109": ["2128.00"], "BT-110/111": ["370.79"], "BT-112": ["2498.79"], "BT-25": ["F2026-901"],
    },
    # The gift's rate bears no acompte: 900 / 1.2 = 750.00 at 20 % alone. Left: 1750.00, 350.00, 2100.00.
    "22-solde-cadeau": {
        "BT-131": ["2500.00", "0.00", "-750.00"], "BT-116": ["0.00", "1750.00"], "BT-117": ["0.00", "350.00"],
        "BT-112": ["2100.00"], "BT-136": ["18.00"],
    },
    # 1089 - 150 = 939.00 HT, of which 750.00 explain the VAT: 189.00 were exempt. Left: 1750.00 + 350.00, and 441.00.
    "23-solde-exonere": {
        "BT-131": ["2500.00", "630.00", "-750.00", "-189.00"], "BT-118": ["E", "S"], "BT-116": ["441.00", "1750.00"],
        "BT-117": ["0.00", "350.00"], "BT-112": ["2541.00"],
    },
    # 40 x 62 = 2480.00 at 10 %; 550 / 1.1 = 500.00. Left: 1980.00, 198.00, 2178.00.
    "24-situation": {"BT-3": ["380"], "BT-23": ["S4"], "BT-112": ["2178.00"], "BT-117": ["198.00"]},
    # An avoir is positive, names its invoice, and asks for nothing: no due date, means or reference.
    "25-avoir-total": {
        "BT-3": ["381"], "BT-23": ["S1"], "BT-25": ["F2026-031"], "BT-26": ["20261030"], "BT-109": ["1040.00"],
        "BT-112": ["1248.00"], "BT-115": ["1248.00"], "BT-9": [], "BT-20": [], "BT-81": [], "BT-83": [], "BT-84": [],
        "PMT": ["Sans objet : avoir"], "PMD": ["Sans objet : avoir"], "AAB": ["Sans objet : avoir"],
    },
    # 310.00 - 31.00 = 279.00 at 20 % = 55.80; 36.00 at 5.5 % = 1.98; the packing given; 315.00 + 57.78 = 372.78.
    "26-avoir-partiel": {
        "BT-23": ["B1"], "BT-136": ["31.00", "12.00"], "BT-116": ["36.00", "279.00"], "BT-117": ["1.98", "55.80"],
        "BT-112": ["372.78"], "BT-9": [],
    },
    "27-rectificative": {
        "BT-3": ["384"], "BT-23": ["S1"], "BT-25": ["F2026-020"], "BT-26": ["20261002"], "BT-112": ["1872.00"],
    },
    # Paid: the day of the payment stands for the due date, and nothing is left (BR-FR-CO-09).
    "28-payee-service": {
        "BT-23": ["S2"], "BT-113": ["300.00"], "BT-115": NUL, "BT-9": ["20261116"], "BT-81": [], "BT-83": [],
    },
    "29-payee-bien": {"BT-23": ["B2"], "BT-113": ["300.00"], "BT-115": NUL, "BT-9": ["20261118"]},
    "30-payee-mixte": {"BT-23": ["M2"], "BT-113": ["360.00"], "BT-115": NUL, "BT-9": ["20261120"]},
    "31-payee-en-partie": {
        "BT-23": ["S1"], "BT-113": ["120.50"], "BT-115": ["179.50"], "BT-9": ["20261220"], "BT-81": ["58"],
    },
    # 7 x 133.33 = 933.31; 20 % = 186.662, so 186.66; 186.66 / 1.0834 = 172.2909, so 172.29 euros; not a SEPA transfer.
    "32-usd-avec-tva": {
        "BT-5": ["USD"], "BT-6": ["EUR"], "BT-110/111": ["186.66", "172.29"], "BT-112": ["1119.97"], "BT-81": ["30"],
    },
    "33-usd-sans-tva": {"BT-6": ["EUR"], "BT-110/111": ["0.00", "0.00"], "BT-112": ["1860.00"]},
    # 1250 x 0.1075 = 134.375, so 134.38; VAT 26.876, so 26.88; 26.88 / 0.8312 = 32.3387, so 32.34 euros.
    "34-gbp-avec-tva": {
        "BT-146": ["0.1075"], "BT-131": ["134.38"], "BT-110/111": ["26.88", "32.34"], "BT-112": ["161.26"],
    },
    # 45999; 0.5 x 9001 = 4500.5, so 4501, less 5 % (225.05, so 225) = 4276; 50275; VAT 10055; / 171.35 = 58.68 euros.
    "36-jpy-avec-tva": {
        "BT-131": ["45999", "4276"], "BT-136": ["225"], "BT-137": ["4501"], "BT-138": ["5"], "BT-109": ["50275"],
        "BT-110/111": ["10055", "58.68"], "BT-112": ["60330"],
    },
    # 3 x 15333.5 = 46000.5, so 46001: a price keeps its decimals, an amount has none.
    "37-jpy-sans-tva": {"BT-146": ["15333.5"], "BT-131": ["46001"], "BT-112": ["46001"]},
    "38-livraison": {
        "BT-13": ["BC-8841"], "BT-72": ["20261119"], "BT-75": ["3 chemin du Four"], "BT-76": ["Hangar B"],
        "BT-77": ["Parthenay"], "BT-80": ["FR"], "BT-50": ["7 rue des Typographes"],
    },
    "39-acheteur-public": {
        "BT-10": ["RH-FORMATION"], "BT-13": ["EJ-2026-0417"], "BAR": [], "BT-47": ["002084168"], "BT-49": ["002084168"],
        "BT-49-1": ["0225"],
    },
    "40-periodes": {
        "BT-73": ["20261001"], "BT-74": ["20261031"], "BT-134": ["20261001", "20261005"],
        "BT-135": ["20261031", "20261018"], "BT-130": ["MON", "WEE"],
    },
    # 5400.00 in three: 1620.00, 1620.00 and 2160.00; no single due date.
    "41-echeancier": {
        "BT-9": [],
        "BT-20": [
            "30 %, 30 novembre 2026 : 1 620,00 € ; 30 %, à la mise en ligne : 1 620,00 €"
            " ; 40 %, 31 janvier 2027 : 2 160,00 €"
        ],
    },
    "42-debits": {"BT-8": ["5"]},
    # 2.5 x 18.40 = 46.00; 12.75 x 9.90 = 126.225, so 126.23; 42.00: 214.23 and 42.846, so 42.85. A ream is « one ».
    "43-biens": {
        "BT-130": ["KGM", "MTR", "C62"], "BT-131": ["46.00", "126.23", "42.00"], "BT-112": ["257.08"], "BT-8": [],
    },
    "44-mixte": {"BT-23": ["M1"]},
    # TTC 69.93 + 0.03 + 33.33 + 300.00 = 403.29; / 1.2 = 336.075, so 336.08; VAT 67.21. The lines share 336.08:
    # 58.2759, 0.0250, 27.7754, 250.0037: two cents go to the largest remainders, the first line and the third.
    # 8.326 x 7 = 58.282; 0.007 x 3 = 0.021; 83.35 x 0.3333 = 27.7806; 20.833 x 12 = 249.996.
    "45-ttc-sans-ht-exact": {
        "BT-131": ["58.28", "0.02", "27.78", "250.00"], "BT-146": ["8.326", "0.007", "83.35", "20.833"], "BT-149": [],
        "BT-109": ["336.08"], "BT-110/111": ["67.21"], "BT-112": ["403.29"],
    },
    # 2250.00 - 675.00 = 1575.00.
    "47-quantite-negative": {"BT-129": ["5", "-1.5"], "BT-131": ["2250.00", "-675.00"], "BT-112": ["1890.00"]},
    # 2250.00 - 225.00 = 2025.00; -450.00 + 45.00 = -405.00: what was taken off is charged back.
    "48-quantite-negative-remise": {
        "BG-27": ["false", "true"], "BT-136": ["225.00", "45.00"], "BT-139": ["Remise", "reprise de la remise"],
        "BT-131": ["2025.00", "-405.00"], "BT-112": ["1944.00"],
    },
    "51-anglais": {
        "BT-139": ["Discount", "Complimentary"], "BT-130": ["C62", "C62"], "BT-131": ["1596.00", "0.00"],
        "BT-13": ["PO-20417"],
    },
    "52-cheque": {"BT-81": ["20"], "BT-84": [], "BT-86": []},
    "53-carte": {"BT-81": ["48"], "BT-84": []},
    "54-prelevement": {"BT-81": ["59"], "BT-84": []},
    "55-especes": {"BT-81": ["10"], "BT-84": []},
    "56-sans-iban": {"BT-81": [], "BT-84": [], "BT-83": ["F2026-056"]},
    "57-siret-seul": {"BT-30": ["002718286"], "BT-47": ["003629482"], "BT-34": ["002718286"], "BT-49": ["003629482"]},
    # 12345.6789 x 0.012345 = 152.4074, so 152.41; 0.0003 x 999.999999 = 0.30; 731.25 x 0.19374 = 141.6724, so 141.67,
    # less 2.5 % (3.54175, so 3.54) = 138.13.
    "58-precision": {
        "BT-129": ["12345.6789", "0.0003", "731.25"], "BT-146": ["0.012345", "999.999999", "0.19374"],
        "BT-131": ["152.41", "0.30", "138.13"], "BT-130": ["C62", "ANN", "KWH"], "BT-138": ["2.5"],
    },
    # The street, then what completes it: three lines for four.
    "59-adresse-longue": {
        "BT-35": ["14 rue des Tanneurs"], "BT-36": ["Bâtiment C"], "BT-162": ["Escalier 2, Troisième étage"],
        "BT-51": ["Service comptable"], "BT-163": ["Cour des Ateliers, BP 117"],
    },
    "60-caracteres": {
        "BT-27": ["Atelier « Nord & Sud » <L’Échoppe> d'\"Art\""], "BT-44": ["Éditions \"L’Œil & l'Ouïe\" <SAS>"],
        "BT-153": ["Étude \"R&D\" <pilote> : l'œuvre & l’été", "Visite"], "BT-155": ["R&D<1>"],
        "BT-139": ["geste \"R&D\" <5 %> & l’amitié", "pour \"vous\" & <nous>, d'accord"], "BT-13": ["BC<7>&\"8\""],
    },
    "61-etranger-courriel": {"BT-49": ["ap@maplewood.example"], "BT-49-1": ["EM"], "BT-47": [], "BT-48": []},
    "62-adresse-suffixe": {
        "BT-34": ["002718286_VENTES"], "BT-49": ["003629482_COMPTA"], "BT-34-1": ["0225"], "BT-49-1": ["0225"],
    },
    "63-adresse-courriel": {"BT-49": ["factures@brasserie-canal.example"], "BT-49-1": ["EM"]},
    "64-adresse-schema": {"BT-49": ["5412345000013"], "BT-49-1": ["0088"]},
    "65-avoir-franchise": {"BT-3": ["381"], "BT-118": ["E"], "BT-32": ["007291834"], "BT-121": ["VATEX-FR-FRANCHISE"]},
    # 933.31 - 5 % (46.6655, so 46.67) = 886.64; VAT 177.328, so 177.33; / 1.0834 = 163.6792, so 163.68 euros.
    "66-avoir-devise": {
        "BT-92": ["46.67"], "BT-94": ["5"], "BT-97": ["Remise"], "BT-110/111": ["177.33", "163.68"],
        "BT-112": ["1063.97"],
    },
    "67-avoir-hors-ue": {"BT-3": ["381"], "BT-31": [], "BT-32": [], "BT-119": [], "BT-112": ["240.00"]},
    # What was left, 3780.00, is paid: BT-113 says it, and the cadre stays that of a solde.
    "68-solde-paye": {"BT-23": ["S4"], "BT-112": ["3780.00"], "BT-113": ["3780.00"], "BT-115": NUL},
    "69-solde-nul": {
        "BT-23": ["S4"], "BT-112": NUL, "BT-113": [], "BT-115": NUL, "BT-116": NUL, "BT-131": ["4500.00", "-4500.00"],
    },
    "70-solde-franchise": {"BT-131": ["270.00", "-90.00"], "BT-112": ["180.00"], "BT-116": ["180.00"]},
    # The VAT in euros is that of what is left: 630.00 / 1.0834 = 581.5027, so 581.50.
    "71-solde-devise": {"BT-110/111": ["630.00", "581.50"], "BT-112": ["3780.00"]},
    # 7 x 49.99 = 349.93 TTC, less 9.99 = 339.94: HT 283.2833, so 283.28; VAT 56.66. The discount: 9.99 / 1.2 = 8.325,
    # so 8.33; the line 283.28 + 8.33 = 291.61. The acompte: 99.99 / 1.2 = 83.325, so 83.33 and 16.66.
    # Left: 199.95, 40.00, 239.95 = 339.94 - 99.99.
    "72-solde-ttc": {
        "BT-131": ["291.61", "-83.33"], "BT-107": ["8.33"], "BT-106": ["208.28"], "BT-109": ["199.95"],
        "BT-110/111": ["40.00"], "BT-112": ["239.95"], "BT-115": ["239.95"],
    },
    "73-intracom-periode": {"BT-72": [], "BT-73": ["20261001"], "BT-75": ["2 Kanaalstraat"], "BT-77": ["Gand"]},
    "74-facturation-ailleurs": {"BT-50": ["9 rue du Dépôt"], "BT-53": ["93200"]},
    # An acompte is not of those that say « paid »: its own cadre is 1 (droit of acomptes: B1, S1, M1).
    "75-acompte-paye": {"BT-3": ["386"], "BT-23": ["S1"], "BT-113": ["1800.00"], "BT-115": NUL},
    "76-remise-cent-pour-cent": {
        "BT-136": ["60.00"], "BT-138": ["100"], "BT-139": ["Remise"], "BT-131": ["190.00", "0.00"],
    },
    "77-particulier": {
        "BAR": ["B2C"], "BT-49": ["maelle@example.fr"], "BT-49-1": ["EM"], "BT-47": [],
        "PMT": ["Sans objet : client non professionnel"], "PMD": ["Sans objet : client non professionnel"],
        "AAB": ["Sans objet : client non professionnel"],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ATTENDUS)
def test_each_term_has_the_value_worked_out_by_hand(name: str) -> None:
    """Every term of the table has exactly these values, in this order; an empty list says that the term is absent."""
    xml = build_named(name)

    assert {term: xml.list(BT[term]) for term in ATTENDUS[name]} == ATTENDUS[name]


# --- What the cases leave out ---


def change(**changes: Any) -> dict[str, Any]:
    """Return the faultless facture with some of its keys replaced."""
    return {**FACTURE, **changes}


def refuse(data: dict[str, Any]) -> list[str]:
    """Return the codes of what the norm cannot say, empty when it can say all."""
    try:
        build_facturx(read_data(data))
    except RefusError as error:
        return [found.code for found in error.diagnostics]
    return []


def test_every_admitted_rate_is_known_to_the_rules() -> None:
    """Each rate of our table passes BR-FR-16 as it is written; one that is not there is refused before any XML."""
    lignes = [
        {"designation": f"À {taux} %", "prix_unitaire": "100.01", "tva": str(taux)} for taux in TAUX_ADMIS if taux
    ]

    assert judge(build_facturx(read_data(change(lignes=lignes))).xml) == []
    # The law of VAT refuses it of a French buyer; of a consumer of another State, whose rate it may be, the norm does.
    assert refuse(change(tva="19.5")) == ["L479"]
    abroad = {"nom": "K. Weber", "qualite": "particulier", "email": "k@exemple.de"}
    abroad["adresse"] = {"rue": "Lindenweg 4", "code_postal": "50667", "ville": "Köln", "pays": "DE"}
    assert refuse(change(tva="19", client=abroad)) == ["X704"]


def test_every_unit_is_known_to_the_rules() -> None:
    """Each unit code of our table is one of UN/ECE Recommendation 20 (BR-CL-23)."""
    lignes = [{"designation": unite, "unite": unite, "prix_unitaire": "1"} for unite in UNITES]

    assert judge(build_facturx(read_data(change(lignes=lignes))).xml) == []


@pytest.mark.parametrize("pluriel", ["Jours", "heures", "KG", "m²", "mois", "années", "ans"])
def test_a_unit_is_read_as_people_write_it(pluriel: str) -> None:
    """Capitals and the plural change no unit: none of these is « one »."""
    ligne = {"designation": "Une chose", "unite": pluriel, "prix_unitaire": "1"}

    assert Xml(build_facturx(read_data(change(lignes=[ligne])))).one("//BilledQuantity/@unitCode") != "C62"


BELGE: dict[str, Any] = {
    "nom": "Brasserie du Canal SRL",
    "qualite": "professionnel",
    "tva_intra": "BE0403170701",
    "adresse": {"rue": "12 quai au Foin", "code_postal": "1000", "ville": "Bruxelles", "pays": "BE"},
}


@pytest.mark.parametrize("scheme", sorted(SCHEMAS))
def test_every_scheme_of_address_is_known_to_the_rules(scheme: str) -> None:
    """Each scheme of our table passes the code list of electronic addresses."""
    client = {**BELGE, "adresse_electronique": f"{scheme}:123"}

    assert judge(build_facturx(read_data(change(tva="autoliquidation", client=client))).xml) == []


@pytest.mark.parametrize(
    ("adresse", "codes"),
    [
        ("9999:abc", ["X708"]),  # no such scheme
        ("0225:003157807É", ["X708"]),  # a letter that BR-FR-23 has not
        ("003157807 COMPTA", ["X708"]),
        ("compta@", ["X708"]),
        ("0225:003157807_COMPTA", []),
        ("0088:5412345000013", []),
        ("compta+factures@brasserie.example", []),
    ],
)
def test_an_address_that_no_platform_knows_is_refused(adresse: str, codes: list[str]) -> None:
    """What the rules would refuse is said before, at its key; the three forms pass them."""
    client = {**BELGE, "adresse_electronique": adresse}
    data = change(tva="autoliquidation", client=client)

    assert refuse(data) == codes
    if not codes:
        assert judge(build_facturx(read_data(data)).xml) == []


def test_a_french_business_is_reached_by_its_siren_alone() -> None:
    """BR-FR-21: the address of a French business begins with its own SIREN, not with another's nor with an e-mail."""
    for adresse in ("002718286", "compta@dupont.example", "0088:3012345678901"):
        assert refuse(change(client={**CLIENT, "adresse_electronique": adresse})) == ["X708"]


def test_a_buyer_without_siren_loses_the_file_and_not_the_pdf() -> None:
    """A French business without SIREN has no e-invoice, with an address of its own or not; nothing is refused."""
    client = {key: value for key, value in CLIENT.items() if key != "siren"} | {"qualite": "professionnel"}
    for data in (client, {**client, "adresse_electronique": "003157807"}):
        dossier = read_data(change(client=data))

        assert not has_facturx(dossier)
        assert [found.code for found in (*dossier.constats, *explain_absence(dossier))] == ["L411"]


@pytest.mark.parametrize(
    ("regime", "nature", "code"),
    [
        ("reel", "service", ["72"]),
        ("reel", "bien", []),
        ("reel", "mixte", []),
        ("debits", "service", ["5"]),
        ("debits", "mixte", ["5"]),
        ("debits", "bien", []),
        ("debits", ["acompte", "service"], ["72"]),
        ("reel", ["acompte", "bien"], ["72"]),
    ],
)
def test_vat_falls_due_as_the_law_says(regime: str, nature: object, code: list[str]) -> None:
    """CGI art. 269, 2: goods on delivery, services and acomptes on payment; the option for debits is about services."""
    data = change(emetteur={**EMETTEUR, "regime_tva": regime}, nature=nature)
    xml = Xml(build_facturx(read_data(data)))

    assert xml.list(BT["BT-8"]) == code
    assert judge(xml.octets) == []


@pytest.mark.parametrize(
    ("ttc", "tva", "codes"),
    [
        ("900", "150.00", []),
        # 360 - 150 = 210.00 of VAT on 1800 - 755 = 1045.00, of which 20 % is 209.00: one whole unit is too much.
        ("905", "150.00", ["X707"]),
        # 210.00 on 1045.01, of which 20 % is 209.002, so 209.00.
        ("904.99", "150.00", ["X707"]),
        # 210.00 on 1045.05, of which 20 % is 209.01: less than one unit.
        ("904.95", "150.00", []),
        ("2160", "359.00", ["X707"]),
    ],
)
def test_a_vat_that_its_base_does_not_explain_is_refused(ttc: str, tva: str, codes: list[str]) -> None:
    """BR-S-09 admits less than one unit between a VAT and its base times its rate: beyond is refused."""
    acompte = {"numero": "F2026-400", "date": "2026-09-01", "montant_ttc": ttc, "tva": {"20": tva}}
    data = change(nature=["solde", "service"], acomptes_verses=[acompte])

    assert refuse(data) == codes
    if not codes:
        assert judge(build_facturx(read_data(data)).xml) == []


@pytest.mark.parametrize("devise", ["CHF", "KRW", "ISK", "XOF", "HUF", "CLP"])
def test_a_currency_has_its_own_decimals(devise: str) -> None:
    """Any currency of two decimals or none passes the rules, its VAT in euros beside it."""
    cours = {"taux": "2.5", "date": "2026-11-19", "source": "BCE"}

    assert judge(build_facturx(read_data(change(devise=devise, cours_eur=cours))).xml) == []


def test_a_currency_of_three_decimals_is_refused() -> None:
    """The dinar has millimes, and the norm no place for them."""
    assert refuse(change(devise="TND", cours_eur={"taux": "3.4", "date": "2026-11-19", "source": "BCE"})) == ["X705"]


def test_what_has_options_alone_is_no_e_invoice() -> None:
    """BR-16: an invoice has a line, and an option is none; the page prints all the same."""
    option = {"designation": "Variante", "prix_unitaire": "300", "option": "oui"}
    dossier = read_data(change(lignes=[option]))

    assert not dossier.has_errors
    assert not has_facturx(dossier)
    assert explain_absence(dossier) == []
    assert has_facturx(read_data(change(lignes=[option, *FACTURE["lignes"]])))


def test_an_acompte_without_vat_is_shared_between_exemptions() -> None:
    """100.00 of reverse charge and 1000.00 of débours, both at 0: an acompte of 550.00 takes 50.00 and 500.00."""
    lignes = [
        {"designation": "Pose", "prix_unitaire": "100", "tva": "autoliquidation"},
        {"designation": "Taxe avancée", "prix_unitaire": "1000", "tva": "debours"},
    ]
    acompte = {"numero": "F2026-400", "date": "2026-09-01", "montant_ttc": "550"}
    client = {**CLIENT, "tva_intra": "FR25003157807"}
    data = change(nature=["solde", "service"], lignes=lignes, acomptes_verses=[acompte], client=client)
    xml = Xml(build_facturx(read_data(data)))

    assert xml.list(BT["BT-118"]) == ["AE", "E"]
    assert xml.list(BT["BT-116"]) == ["50.00", "500.00"]
    assert xml.list(BT["BT-131"]) == ["100.00", "1000.00", "-50.00", "-500.00"]
    assert judge(xml.octets) == []


def test_two_reasons_for_one_category_are_refused() -> None:
    """Débours and an exempt training are both E at 0, and a breakdown has one reason (BG-23)."""
    lignes = [
        {"designation": "Taxe avancée", "prix_unitaire": "190", "tva": "debours"},
        {"designation": "Formation", "prix_unitaire": "600", "tva": "exonere-formation"},
    ]

    assert refuse(change(lignes=lignes)) == ["X701"]


def test_each_element_remembers_the_key_that_it_says() -> None:
    """The place of a line, of a party or of a total leads back to the YAML: who judges the file can point there."""
    cii = build_facturx(read_data(FACTURE))
    transaction = "/CrossIndustryInvoice[1]/SupplyChainTradeTransaction[1]"

    assert cii.chemins["/CrossIndustryInvoice[1]/ExchangedDocument[1]/ID[1]"] == ("numero",)
    assert cii.chemins[f"{transaction}/IncludedSupplyChainTradeLineItem[1]"] == ("lignes", 0)
    assert cii.chemins[f"{transaction}/ApplicableHeaderTradeAgreement[1]/BuyerTradeParty[1]"] == ("client",)


@pytest.mark.parametrize(
    ("keys", "with_file", "said", "unsaid"),
    [
        ({}, True, "à qui vous remettez ce fichier", "XXX"),
        ({}, False, "une facture électronique passe par une plateforme agréée.", "ce fichier"),
        ({"date": "2027-09-01"}, True, "Un PDF envoyé par courriel n'en est pas une", "2026"),
    ],
)
def test_a_sender_is_told_how_an_e_invoice_travels(
    keys: dict[str, Any], with_file: bool, said: str, unsaid: str
) -> None:
    """Between French businesses, from the day the reform begins; of a file only when there is one."""
    text = announce_facturx(read_data(change(**keys)), with_file=with_file)
    assert said in text and unsaid not in text
    assert "{" not in text


@pytest.mark.parametrize(
    "keys",
    [
        {"date": "2026-08-31", "date_prestation": None, "periode": None},
        {"client": {"nom": "Mairie", "qualite": "public", "siret": "00208416800026"}},
        {"client": {"nom": "L. Bel", "qualite": "particulier"}},
        {"client": {"nom": "Moss Ltd", "qualite": "professionnel", "adresse": {"ville": "Leeds", "pays": "GB"}}},
    ],
)
def test_others_are_told_nothing(keys: dict[str, Any]) -> None:
    """Before the reform, and to a public buyer, a consumer or a foreigner, an e-mail is a way to send an invoice."""
    wanted = {key: value for key, value in change(**keys).items() if value is not None}
    assert announce_facturx(read_data(wanted), with_file=True) == ""
