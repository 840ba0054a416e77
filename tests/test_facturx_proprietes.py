"""Whatever a document holds, its e-invoice passes the official rules and adds up to the cent, by plain re-addition.

The rules admit a unit here and a cent there; here nothing is admitted: each sum is done again from the figures of the
XML, and compared with what `facture show --format json` says.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from fixtures_facturx import FACTURE, Xml, judge, read_data
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from facture.dossier import Dossier
from facture.facturx import build_facturx, concerns
from facture.totaux import to_json

SOMMES = "//SpecifiedTradeSettlementHeaderMonetarySummation"
REMISE = "//ApplicableHeaderTradeSettlement/SpecifiedTradeAllowanceCharge"
UNITE = {"EUR": Decimal("0.01"), "USD": Decimal("0.01"), "JPY": Decimal(1)}
TAUX = ("20", "10", "5.5", "2.1")


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    """Return figures as people type them: no exponent, some of them with few decimals."""
    return st.integers(0, places).flatmap(
        lambda digits: st.decimals(Decimal(low), Decimal(high), places=digits, allow_nan=False, allow_infinity=False)
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A facture or an avoir between French businesses, of lines billed, given and proposed."""
    key = draw(st.sampled_from(("prix_unitaire", "prix_unitaire", "prix_unitaire_ttc")))
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        line: dict[str, Any] = {
            "designation": draw(st.sampled_from(("Conseil", "Réglage & essai", "Livre « relié »"))),
            "quantite": f"{draw(decimals('0.0001', '500', 4)):f}",
            key: f"{draw(decimals('0', '3000', 6)):f}",
            "tva": draw(st.sampled_from(TAUX)),
        }
        kind = draw(st.sampled_from(("facture", "facture", "remise", "montant", "offert", "option")))
        if kind == "remise":
            line["remise"] = f"{draw(decimals('0.5', '100', 2)):f} %"
        elif kind == "montant":
            line["remise"] = draw(st.sampled_from(("1", "12", "150")))
        elif kind != "facture":
            line[kind] = "oui"
        lines.append(line)
    devise = draw(st.sampled_from(("EUR", "EUR", "USD", "JPY")))
    data: dict[str, Any] = {**FACTURE, "lignes": lines, "devise": devise}
    if devise != "EUR":
        data["cours_eur"] = {"taux": "1.0834", "date": "2026-11-19", "source": "BCE"}
    if draw(st.booleans()):
        data["remise"] = f"{draw(decimals('0.5', '60', 2)):f} %"
    if draw(st.integers(0, 4)) == 0:
        del data["paiement"]
        data |= {"type": "avoir", "motif": "Erreur", "facture": {"numero": "F2026-001", "date": "2026-10-01"}}
    return data


def bill_part(dossier: Dossier, part: Decimal) -> dict[str, Any]:
    """Return an acompte of a part of each rate of a job, as it would have been billed."""
    totaux = dossier.totaux
    assert totaux is not None
    unit = UNITE[totaux.devise]
    tva, total = {}, Decimal(0)
    for row in totaux.tva:
        base = (row.base * part).quantize(unit, ROUND_HALF_UP)
        vat = min(row.montant, (base * row.groupe.facteur).quantize(unit, ROUND_HALF_UP))
        total += base + vat
        if base:
            tva[f"{row.groupe.taux:f}"] = f"{vat:f}"
    return {"numero": "F2026-400", "date": "2026-09-01", "montant_ttc": f"{total:f}", "tva": tva}


def add_up(xml: Xml, unit: Decimal) -> None:
    """Do every sum of the norm again, without tolerance. Source: EN 16931 BR-CO-10 to BR-CO-16, BR-S-08."""
    bases: dict[str, Decimal] = {}
    nets = Decimal(0)
    for line in xml.lignes:
        quantity = xml.amount(".//BilledQuantity", line)
        basis = xml.list(".//NetPriceProductTradePrice/BasisQuantity", line)
        gross = quantity * xml.amount(".//NetPriceProductTradePrice/ChargeAmount", line) / Decimal((basis or ["1"])[0])
        cut = xml.amount(".//SpecifiedTradeAllowanceCharge/ActualAmount", line)
        sign = -1 if xml.list(".//SpecifiedTradeAllowanceCharge/ChargeIndicator/Indicator", line) == ["true"] else 1
        net = xml.amount(".//LineTotalAmount", line)
        assert gross.quantize(unit, ROUND_HALF_UP) - sign * cut == net
        rate = xml.one(".//ApplicableTradeTax/RateApplicablePercent", line)
        bases[rate] = bases.get(rate, Decimal(0)) + net
        nets += net
    allowances = Decimal(0)
    for node in xml.nodes(REMISE):
        amount = xml.amount(".//ActualAmount", node)
        bases[xml.one(".//RateApplicablePercent", node)] -= amount
        allowances += amount

    rows = xml.nodes("//ApplicableHeaderTradeSettlement/ApplicableTradeTax")
    assert {xml.one(".//RateApplicablePercent", row): xml.amount(".//BasisAmount", row) for row in rows} == bases
    taxes = sum((xml.amount(".//CalculatedAmount", row) for row in rows), Decimal(0))
    devise = xml.one("//InvoiceCurrencyCode")
    total = {name: xml.amount(f"{SOMMES}/{name}") for name in ("LineTotalAmount", "AllowanceTotalAmount")}
    assert total == {"LineTotalAmount": nets, "AllowanceTotalAmount": allowances}
    assert xml.amount(f"{SOMMES}/TaxBasisTotalAmount") == nets - allowances
    assert xml.amount(f"{SOMMES}/TaxTotalAmount[@currencyID='{devise}']") == taxes
    assert xml.amount(f"{SOMMES}/GrandTotalAmount") == nets - allowances + taxes
    paid = xml.amount(f"{SOMMES}/TotalPrepaidAmount")
    assert xml.amount(f"{SOMMES}/DuePayableAmount") == nets - allowances + taxes - paid


def check_vat(xml: Xml, row: etree._Element, unit: Decimal) -> None:
    """A VAT is its base times its rate, rounded half up once. Source: EN 16931 BR-CO-17."""
    exact = xml.amount(".//BasisAmount", row) * xml.amount(".//RateApplicablePercent", row) / 100
    assert xml.amount(".//CalculatedAmount", row) == exact.quantize(unit, ROUND_HALF_UP)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=documents(), part=decimals("0", "1", 2), paid=decimals("0", "1", 2), with_acompte=st.booleans())
def test_any_document_passes_the_rules_and_adds_up(
    data: dict[str, Any], part: Decimal, paid: Decimal, with_acompte: bool
) -> None:
    """Any facture, solde or avoir gives a file without finding, whose sums are those of the document, to the unit."""
    unit = UNITE[data["devise"]]
    dossier = read_data(data)
    # A discount beyond its line is a mistake of the writer's: it has findings of its own.
    assume(not dossier.has_errors and concerns(dossier))
    is_solde = with_acompte and data["type"] == "facture" and part > 0
    if is_solde:
        data = {**data, "nature": ["solde", "service"], "acomptes_verses": [bill_part(dossier, part)]}
        dossier = read_data(data)
        assume(not dossier.has_errors)
    totaux = dossier.totaux
    if data["type"] == "facture" and paid > 0 and totaux is not None:
        amount = (totaux.net_a_payer * paid).quantize(unit, ROUND_HALF_UP)
        data = {**data, "reglements": [{"date": "2026-11-20", "montant": f"{amount:f}"}]}
        dossier = read_data(data)
    assert [found for found in dossier.constats if found.is_error] == []

    cii = build_facturx(dossier)
    xml = Xml(cii)

    assert judge(cii.xml) == []
    add_up(xml, unit)
    assert dossier.document is not None
    assert dossier.totaux is not None
    shown = {
        key: Decimal(value)
        for key, value in to_json(dossier.document, dossier.totaux)["totaux"].items()
        if key != "tva"
    }
    assert xml.amount(f"{SOMMES}/GrandTotalAmount") == shown["total_ttc"] - shown["acomptes_ttc"]
    assert xml.amount(f"{SOMMES}/DuePayableAmount") == shown["net_a_payer"]
    assert xml.amount(f"{SOMMES}/TotalPrepaidAmount") == shown.get("regle_ttc", Decimal(0))
    if not is_solde:
        assert xml.amount(f"{SOMMES}/TaxBasisTotalAmount") == shown["total_ht"]
        assert [ligne["statut"] for ligne in to_json(dossier.document, dossier.totaux)["lignes"]].count(
            "option"
        ) == len(data["lignes"]) - len(xml.lignes)
        if "prix_unitaire" in data["lignes"][0]:
            for row in xml.nodes("//ApplicableHeaderTradeSettlement/ApplicableTradeTax"):
                check_vat(xml, row, unit)
