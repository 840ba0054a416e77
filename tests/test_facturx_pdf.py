"""The PDF that carries an e-invoice: what Factur-X and PDF/A-3 ask of it, read back with another program.

And the PDF that must not carry one: a platform would take it for an invoice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import time
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import yaml
from fixtures_facturx import CLIENT, FACTURE, RACINE, judge, read_case
from lxml import etree

from facture.facturx import build_facturx
from facture.lot import Lot, Options

JOUR = dt.date(2026, 11, 23)
CADEAU = RACINE / "tests" / "facturx" / "02-cadeau.yaml"
AVOIR = RACINE / "tests" / "facturx" / "26-avoir-partiel.yaml"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def render(path: Path, folder: Path, **options: Any) -> bytes:
    """Return the PDF of a document, made as the command makes it."""
    settings: dict[str, Any] = {"today": JOUR, "sortie": f"{folder}{os.sep}", **options}
    lot = Lot(Options(**settings))
    lot.prepare([str(path)])
    (tirage,) = lot.run()
    assert not tirage.refuse, tirage.constats
    assert tirage.cible is not None
    return tirage.cible.read_bytes()


@cache
def _make(path: Path) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return render(path, Path(folder))


@pytest.fixture(params=[CADEAU, AVOIR], ids=lambda path: path.stem)
def source(request: pytest.FixtureRequest) -> Path:
    """A facture and an avoir."""
    path: Path = request.param
    return path


@pytest.fixture
def pdf(source: Path) -> Iterator[pikepdf.Pdf]:
    """Their PDF, made once."""
    with pikepdf.open(BytesIO(_make(source))) as opened:
        yield opened


def test_one_file_is_attached_as_factur_x_wants(pdf: pikepdf.Pdf) -> None:
    """One attachment, named once in /AF and once in the names: factur-x.xml, text/xml, an alternative of the page."""
    (spec,) = pdf.Root.AF
    names = list(pdf.Root.Names.EmbeddedFiles.Names)

    assert len(names) == 2
    assert names[1].objgen == spec.objgen
    assert (str(spec.F), str(spec.UF)) == ("factur-x.xml", "factur-x.xml")
    assert str(spec.Desc) == "Factur-X"
    assert str(spec.AFRelationship) == "/Alternative"
    assert str(spec.EF.F.Subtype) == "/text/xml"


def test_the_file_is_the_e_invoice_whole(pdf: pikepdf.Pdf, source: Path) -> None:
    """The bytes inside are those of the builder, with their length and checksum, and the rules pass them."""
    stream = pdf.Root.AF[0].EF.F
    xml = stream.read_bytes()

    assert xml == build_facturx(read_case(source)).xml
    assert bytes(stream.Params.CheckSum) == hashlib.md5(xml, usedforsecurity=False).digest()
    assert int(stream.Params.get("/Size", len(xml))) == len(xml)
    assert judge(xml) == []


def test_every_date_is_that_of_the_document(pdf: pikepdf.Pdf) -> None:
    """The file and its attachment are of the day of the document, never of the clock."""
    params = pdf.Root.AF[0].EF.F.Params

    dates = [str(params.CreationDate), str(params.ModDate), str(pdf.docinfo["/CreationDate"])]
    assert [date[:10] for date in dates] == ["D:20261120"] * 3


def test_metadata_say_factur_x_once(pdf: pikepdf.Pdf) -> None:
    """One rdf:RDF, which alone validators read, with the four values of Factur-X and the schema that explains them."""
    data = pdf.Root.Metadata.read_bytes()
    (rdf,) = etree.fromstring(re.sub(rb"<\?xpacket[^>]*\?>", b"", data)).iter(f"{RDF}RDF")

    assert data.count(b"<rdf:RDF") == 1
    values = {node.tag.removeprefix(FX): node.text for node in rdf.iter() if str(node.tag).startswith(FX)}
    assert values == {
        "DocumentFileName": "factur-x.xml",
        "DocumentType": "INVOICE",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    assert data.count(b"<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#<") == 1
    assert re.search(rb"pdfaid:part(?:>|=\")3", data)


@pytest.fixture
def a_far_time_zone() -> Iterator[None]:
    """The clock of the other side of the world."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Pacific/Kiritimati"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot change its time zone")
@pytest.mark.usefixtures("a_far_time_zone")
def test_same_bytes_another_day_and_elsewhere(tmp_path: Path) -> None:
    """The same document gives the same bytes four months later and fourteen hours away."""
    assert render(CADEAU, tmp_path, today=dt.date(2027, 3, 31)) == _make(CADEAU)


def write(folder: Path, data: dict[str, Any]) -> Path:
    """Write a document and return its path."""
    path = folder / "document.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def has_file(pdf: bytes) -> bool:
    """Say whether a PDF carries any file, or says that it is Factur-X."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        names = opened.Root.get("/Names", pikepdf.Dictionary())
        said = b"factur-x" in opened.Root.Metadata.read_bytes()
        return "/AF" in opened.Root or "/EmbeddedFiles" in names or bool(opened.attachments) or said


def test_what_carries_one_is_seen() -> None:
    """The question that the next tests ask is answered « yes » for an invoice."""
    assert has_file(_make(CADEAU))


@pytest.mark.parametrize("name", ["devis", "relance-1-rappel", "courrier-report-delai", "facture-particulier-ttc"])
def test_what_is_no_e_invoice_carries_none(name: str, tmp_path: Path) -> None:
    """A devis, a notice, a letter and a consumer's invoice are paper only."""
    assert not has_file(render(RACINE / "examples" / f"{name}.yaml", tmp_path))


@pytest.mark.parametrize(
    "changes",
    [
        {"numero": None},
        {"titre": "Facture pro forma"},
        {"client": {key: value for key, value in CLIENT.items() if key != "siren"} | {"qualite": "professionnel"}},
        {"lignes": [{"designation": "Variante", "prix_unitaire": "300", "option": "oui"}]},
    ],
    ids=["brouillon", "pro-forma", "sans-siren", "options-seules"],
)
def test_an_invoice_that_is_not_one_carries_none(changes: dict[str, Any], tmp_path: Path) -> None:
    """A draft, a pro forma, a buyer without SIREN and options alone: the PDF is made, without the file."""
    data = {key: value for key, value in {**FACTURE, **changes}.items() if value is not None}

    assert not has_file(render(write(tmp_path, data), tmp_path))


@pytest.mark.parametrize("options", [{"duplicata": True}, {"facturx": False}], ids=["duplicata", "no-facturx"])
def test_the_command_can_leave_it_out(options: dict[str, bool], tmp_path: Path) -> None:
    """A copy is to be read, and --no-facturx is obeyed."""
    assert not has_file(render(CADEAU, tmp_path, **options))
