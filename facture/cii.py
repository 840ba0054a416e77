"""The syntax of an e-invoice: elements in the order they are given, and the bytes they make.

Why apart from what they say: namespaces, empty groups and where each element came from are one concern, the norm's
content another. An element remembers the key of the YAML that it says, so that who judges the file can point there.

Source: UN/CEFACT Cross Industry Invoice D22B, as Factur-X 1.09 restricts it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facture.errors import Chemin

if TYPE_CHECKING:
    from lxml.etree import _Element

_ESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}


@dataclass(frozen=True, slots=True)
class Cii:
    """An e-invoice.

    Attributes:
        xml: UTF-8, the same bytes for the same dossier.
        chemins: the path in the YAML of what an element says, by element: local names, each with its rank among
            siblings of that name: `/CrossIndustryInvoice[1]/ExchangedDocument[1]/ID[1]`.
    """

    xml: bytes
    chemins: Mapping[str, Chemin]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the XML, before it is written.

    Attributes:
        nom: local name, with its prefix when it is not `ram`.
        chemin: key of the YAML that it says, when there is one.
    """

    nom: str
    texte: str = ""
    enfants: tuple[Element, ...] = ()
    attributs: Mapping[str, str] = field(default_factory=dict)
    chemin: Chemin | None = None


Contenu = Element | Iterable["Element | None"] | None


def put_group(nom: str, *contenu: Contenu, chemin: Chemin | None = None) -> Element | None:
    """Return an element that holds others, or None when there is nothing to hold: the norm wants no empty one."""
    enfants: list[Element] = []
    for part in contenu:
        if isinstance(part, Element):
            enfants.append(part)
        elif part is not None:
            enfants += [element for element in part if element is not None]
    return Element(nom, enfants=tuple(enfants), chemin=chemin) if enfants else None


def put_text(nom: str, value: str | None, chemin: Chemin | None = None, **attributs: str) -> Element | None:
    """Return an element that holds a text, or None without one."""
    text = (value or "").strip()
    return Element(nom, text, attributs=attributs, chemin=chemin) if text else None


def put_day(nom: str, value: dt.date | None, chemin: Chemin | None = None, *, qualifie: bool = False) -> Element | None:
    """Return a date in the norm's form (UNTDID 2379, 102), or None without one."""
    if value is None:
        return None
    inner = "qdt:DateTimeString" if qualifie else "udt:DateTimeString"
    return put_group(nom, put_text(inner, f"{value:%Y%m%d}", format="102"), chemin=chemin)


def write(racine: Element) -> Cii:
    """Return the bytes of a tree, with the place of each key of the YAML in it."""
    from lxml import etree

    chemins: dict[str, Chemin] = {}

    def make(element: Element, parent: _Element | None, place: str) -> _Element:
        prefix, _, local = element.nom.rpartition(":")
        tag, attributs = f"{{{_ESPACES[prefix or 'ram']}}}{local}", dict(element.attributs)
        if parent is None:
            made = etree.Element(tag, attributs, nsmap=_ESPACES)
        else:
            made = etree.SubElement(parent, tag, attributs)
        made.text = element.texte or None
        if element.chemin is not None:
            chemins[place] = element.chemin
        ranks: dict[str, int] = {}
        for child in element.enfants:
            name = child.nom.rpartition(":")[2]
            ranks[name] = ranks.get(name, 0) + 1
            make(child, made, f"{place}/{name}[{ranks[name]}]")
        return made

    root = make(racine, None, "/CrossIndustryInvoice[1]")
    etree.indent(root)
    return Cii(etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n", chemins)


def flatten(text: str) -> str:
    """Return a text with plain spaces: those of print mean nothing to a machine."""
    return re.sub(r"[\u00a0\u202f]", " ", text).strip()


def cut(text: str, size: int) -> list[str]:
    """Cut a long text between words into parts that each fit. Source: BR-FR-MAP-18."""
    parts = []
    rest = text.strip()
    while len(rest) > size:
        at = rest.rfind(" ", size // 2, size)
        at = at if at > 0 else size
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts
