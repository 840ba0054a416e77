"""From a page to the bytes of a PDF: the only module that knows WeasyPrint, and nothing of invoices.

Why: the engine prints what it can and merely logs the rest - a missing image, a property it does not know, a
font it replaced - and says nothing at all of text past the margin. An invoice with a hole in it must not
leave the house, so everything it logs, and what it does not even log, is collected here and refused with a
`RenduError`.

The engine is imported inside functions: `facture --help`, `facture check` and an unchanged document never pay
    for it.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import hashlib
import importlib.metadata
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from io import BytesIO, StringIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import facture
from facture.errors import FactureError, RessourceError
from facture.geometrie import arrange, build_css, build_ressources
from facture.page import Page, Probleme, RenduError
from facture.ressources import resource_dir
from facture.themes import Theme, load_theme, render_html

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "Epreuve",
    "Probleme",
    "RenduError",
    "compose",
    "compute_empreinte",
    "fingerprint",
    "hb_subset_available",
    "press",
    "read_empreinte",
    "warm_up",
]

FAMILLE = "Facture Sans"
SCHEME = "facture:"

MM = 96 / 25.4
"""CSS pixels in a millimetre."""

DERNIERE_PAGE = 0.5
"""Part of the last page under which a document may be laid out a second time, tighter."""
GAIN = 0.12
"""Part of its height that the tighter sheet saves at most: past it, a second try is lost time."""
VIDE = 50.0
"""Millimetres left blank by a piece that went overleaf, from which a second try is worth its time."""

LIMITE_DROITE = 190.0
LIMITE_BAS = 274.0
# Collapsed borders and rounding to Pango units move a box by less than this (CSS pixels, 0.13 mm).
_TOLERANCE = 0.5

MAX_OCTETS_IMAGE = 5_000_000
MAX_PIXELS_IMAGE = 25_000_000
MAX_ELEMENTS_SVG = 20_000
MAX_PROFONDEUR_SVG = 60


@dataclass(frozen=True, slots=True)
class Epreuve:
    """Everything that decides the bytes of a PDF: values in, bytes out. Picklable, for `--jobs`.

    Attributes:
        css: style sheets in order: the theme's, then the few rules of the document.
        serre: a sheet read last on a second try, when the last page is nearly empty; "" for no second try.
        ressources: what `facture:NAME` and bare names give: logo, watermark, images of the theme. Nothing
            else exists.
        date_iso: date of the document, the only one the PDF knows.
        fichiers: names of the sheets of `css`, for messages.
        facturx: XML of the e-invoice to embed; empty for none.
    """

    html: str
    css: tuple[str, ...]
    langue: str
    titre: str
    auteur: str
    date_iso: str
    sujet: str = ""
    ressources: Mapping[str, bytes] = field(default_factory=dict)
    fichiers: tuple[str, ...] = ()
    serre: str = ""
    facturx: bytes = b""


def compose(page: Page, theme: Theme | None = None) -> Epreuve:
    """Return what has to be printed for a page, without loading the engine.

    Raises: ThemeError, RenduError R607.
    """
    used = theme or load_theme()
    disposition = arrange(page)
    sheets = used.list_sheets(clauses=disposition.clauses, lettre=disposition.lettre is not None)
    return Epreuve(
        html=render_html(page, used, disposition),
        css=(*map(used.read, sheets), build_css(page, disposition)),
        langue=page.langue,
        titre=page.titre_pdf,
        auteur=page.auteur,
        sujet=page.sujet,
        date_iso=page.date_iso,
        ressources={**used.load_images(), **build_ressources(page)},
        fichiers=(*(str(used.find(name)) for name in sheets), "style du document"),
        serre=used.read_serre(),
    )


# --------------------------------------------------------------------------------------------------
# Fingerprints

_PAQUETS = ("weasyprint", "pydyf", "tinyhtml5", "tinycss2", "cssselect2", "fonttools", "Pillow")
# The same names as WeasyPrint tries, so that what is reported is what it loads.
_PANGO = (
    "libpango-1.0-0",
    "libpango-1.0.so.0",
    "libpango-1.0.dylib",
    "libpango-1.0.0.dylib",
    "libpango-1.0-0.dll",
)
_HARFBUZZ = ("libharfbuzz-0", "libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll")
_HARFBUZZ_SUBSET = (
    "libharfbuzz-subset-0",
    "libharfbuzz-subset.so.0",
    "libharfbuzz-subset.0.dylib",
    "libharfbuzz-subset-0.dll",
)


def _load_library(names: Iterable[str]) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _library_version(names: Iterable[str], function: str) -> str:
    library = _load_library(names)
    if library is None:
        return "absente"
    call = getattr(library, function)
    call.restype = ctypes.c_char_p
    return bytes(call()).decode()


@cache
def hb_subset_available() -> bool:
    """Say whether HarfBuzz-Subset is installed: without it a page takes three times as long."""
    return _load_library(_HARFBUZZ_SUBSET) is not None


@cache
def _fonts_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted((resource_dir("templates") / "polices").iterdir()):
        if path.suffix in (".ttf", ".conf"):
            content = path.read_bytes()
            digest.update(f"{path.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


@cache
def fingerprint() -> Mapping[str, str]:
    """Return what besides the documents decides the bytes: versions of the engine and digest of the fonts.

    Why: two machines that print the same fingerprint make the same PDF of the same files; when they do not,
    this says why. Nothing is imported for it.
    """
    versions = {"facture": facture.__version__}
    for name in _PAQUETS:
        try:
            versions[name.lower()] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name.lower()] = "absent"
    return versions | {
        "pango": _library_version(_PANGO, "pango_version_string"),
        "harfbuzz": _library_version(_HARFBUZZ, "hb_version_string"),
        "harfbuzz-subset": "oui" if hb_subset_available() else "absente",
        "polices": _fonts_digest()[:16],
    }


def compute_empreinte(epreuve: Epreuve) -> str:
    """Return the digest of all that decides the bytes, 32 hexadecimal digits, without loading the engine.

    Why: it is written in the PDF's own /ID, so an unchanged document is recognised by reading the end of the
    file that is already there, and no cache folder has to be kept in step.
    """
    digest = hashlib.sha256()

    def feed(*values: str | bytes) -> None:
        # Lengths first: otherwise « ab » + « c » and « a » + « bc » would be the same document.
        for value in values:
            raw = value.encode() if isinstance(value, str) else value
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)

    feed("epreuve 2", epreuve.html, str(len(epreuve.css)), *epreuve.css, epreuve.serre)
    feed(epreuve.langue, epreuve.titre, epreuve.auteur, epreuve.sujet, epreuve.date_iso)
    for name in sorted(epreuve.ressources):
        feed(name, epreuve.ressources[name])
    if epreuve.facturx:
        feed("facturx", epreuve.facturx)
    feed(*(f"{name}={version}" for name, version in fingerprint().items()), _fonts_digest())
    return digest.hexdigest()[:32]


_STARTXREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_ID = re.compile(rb"/ID\s*\[\s*\(([0-9a-f]{32})\)")


def read_empreinte(path: Path) -> str | None:
    """Return the digest written in a PDF, or None: no such file, or not one of ours.

    Why: three short reads, whatever the size of the file.
    """
    try:
        if not path.is_file():
            # A pipe would wait for somebody to write into it.
            return None
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - 64))
            tail = _STARTXREF.search(stream.read())
            if tail is None or int(tail[1]) >= size:
                return None
            stream.seek(int(tail[1]))
            # The dictionary of the cross-reference stream comes first, and /ID stands in it uncompressed.
            found = _ID.search(stream.read(1024))
    except OSError:
        return None
    return found[1].decode() if found else None


# --------------------------------------------------------------------------------------------------
# Images

_XLINK = "{http://www.w3.org/1999/xlink}href"
_URL_CSS = re.compile(r"url\(\s*['\"]?\s*([^'\")\s]*)", re.IGNORECASE)
_ENCODAGE = re.compile(r"^<\?xml[^>]*encoding=[\"']([^\"']+)", re.IGNORECASE)
_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_FORMATS = frozenset({"PNG", "JPEG", "GIF", "WEBP"})


@lru_cache(maxsize=32)
def check_image(nom: str, contenu: bytes) -> tuple[Probleme, ...]:
    """Return why an image cannot be printed in an archive PDF; nothing when it can.

    Why: WeasyPrint embeds a CMYK or truncated JPEG without a word and the file is no longer PDF/A; an SVG may
    hold entities, scripts, links to the outside, or a few lines that draw ten billion shapes.
    """

    def refuse(message: str, advice: str = "") -> tuple[Probleme, ...]:
        return (Probleme("R605", f"image « {nom} » : {message}", advice),)

    if len(contenu) > MAX_OCTETS_IMAGE:
        return refuse(f"{len(contenu) / 1e6:.1f} Mo, 5 Mo au plus".replace(".", ","), "réduisez l’image")
    if nom.lower().endswith(".svg") or contenu.lstrip()[:5] in (b"<?xml", b"<svg ") or b"<svg" in contenu[:1024]:
        reason = _check_svg(contenu)
        return refuse(reason, "exportez un SVG simple, tracés vectorisés") if reason else ()

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(contenu)) as image:
            if image.format not in _FORMATS:
                return refuse(f"format {image.format} non pris en charge", "fournissez un PNG, un JPEG ou un SVG")
            if image.width * image.height > MAX_PIXELS_IMAGE:
                return refuse(
                    f"{image.width} x {image.height} pixels, c’est trop",
                    "réduisez-la : 1200 pixels de large suffisent",
                )
            if image.mode not in _MODES:
                return refuse(
                    f"couleurs « {image.mode} », qu’un PDF d’archive n’admet pas",
                    "enregistrez-la en RVB (sRGB)",
                )
            image.load()
    except UnidentifiedImageError:
        return refuse("ce n’est pas une image lisible", "fournissez un PNG, un JPEG ou un SVG")
    # A decoder may raise nearly anything on a damaged file: SyntaxError, ValueError, OSError, struct.error…
    except Exception as error:
        return refuse(f"image abîmée ({error})", "enregistrez-la à nouveau")
    return ()


def _check_svg(contenu: bytes) -> str:
    """Return why an SVG is refused, or ""."""
    try:
        text = contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        # UTF-16 would hide an entity from the search below.
        return "ce SVG n’est pas en UTF-8"
    declared = _ENCODAGE.match(text.lstrip())
    if declared and declared[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        return f"ce SVG est déclaré en {declared[1]}, il doit être en UTF-8"
    # Before any parser sees it.
    if "<!ENTITY" in text or "<!entity" in text:
        return "ce SVG déclare des entités XML"
    try:
        root = ElementTree.fromstring(text.encode())
    except (ElementTree.ParseError, RecursionError, MemoryError, ValueError, LookupError) as error:
        return f"ce SVG est mal formé ({error})"
    return _check_svg_tree(root)


_NOMBRE_FOU = re.compile(r"nan|inf|[0-9][eE][+]?[0-9]{2,}", re.IGNORECASE)
_TEXTE_LIBRE = frozenset({"id", "class", "style", "font-family", "href", _XLINK})


def _check_svg_tree(root: ElementTree.Element) -> str:
    if root.tag.rpartition("}")[2] != "svg":
        return "ce fichier n’est pas un dessin SVG"
    for element in root.iter():
        for name, value in element.attrib.items():
            # The engine writes « inf 0 nan 5 re » into the PDF as it stands, and readers stumble on it.
            if (
                name not in _TEXTE_LIBRE
                and any(c.isdigit() for c in value + "0")
                and _NOMBRE_FOU.fullmatch(value.strip())
            ):
                return f"ce SVG contient un nombre impossible ({name})"
            if name in ("transform", "viewBox", "d", "points") and _NOMBRE_FOU.search(value):
                return f"ce SVG contient un nombre impossible ({name})"
            if name == "spreadMethod" and value != "pad":
                return "ce SVG répète un dégradé sans fin (spreadMethod)"
    by_id: dict[str, ElementTree.Element] = {}
    count = 0
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        count += 1
        if count > MAX_ELEMENTS_SVG or depth > MAX_PROFONDEUR_SVG:
            return "ce SVG est trop compliqué"
        tag = str(element.tag).rpartition("}")[2]
        if tag in ("script", "foreignObject", "iframe", "animate", "set", "handler"):
            return f"ce SVG contient un élément <{tag}>"
        for name, value in element.attrib.items():
            local = name.rpartition("}")[2]
            if local.lower().startswith("on"):
                return f"ce SVG contient un script ({local})"
            # A picture inside the picture would escape the checks made on pictures.
            if local in ("href", "src") and not value.startswith("#"):
                return f"ce SVG renvoie à l’extérieur ({value[:40]})"
            if _points_outside(value):
                return f"ce SVG renvoie à l’extérieur ({value[:40]})"
        if tag == "style" and element.text and ("@import" in element.text or _points_outside(element.text)):
            return "la feuille de style de ce SVG renvoie à l’extérieur"
        if "id" in element.attrib:
            by_id[element.attrib["id"]] = element
        stack.extend((child, depth + 1) for child in element)
    return "" if _count_drawn(root, by_id, {}, 0) <= MAX_ELEMENTS_SVG else "ce SVG se répète trop de fois"


def _points_outside(value: str) -> bool:
    return any(not target.startswith("#") for target in _URL_CSS.findall(value))


def _count_drawn(
    element: ElementTree.Element, by_id: Mapping[str, ElementTree.Element], known: dict[int, int], depth: int
) -> int:
    """Return how many elements are drawn once every reference is followed: ten <use> of ten <use> of ten…"""
    key = id(element)
    if key in known:
        return known[key]
    if depth > 2 * MAX_PROFONDEUR_SVG:
        return MAX_ELEMENTS_SVG + 1
    # An element that draws itself is met again while its own count is under way.
    known[key] = MAX_ELEMENTS_SVG + 1
    total = 1
    for name, value in element.attrib.items():
        targets = [value] if name in ("href", _XLINK) else _URL_CSS.findall(value)
        for target in targets:
            if target.startswith("#") and target[1:] in by_id:
                total += _count_drawn(by_id[target[1:]], by_id, known, depth + 1)
    total += sum(_count_drawn(child, by_id, known, depth + 1) for child in element)
    known[key] = min(total, MAX_ELEMENTS_SVG + 1)
    return known[key]


# --------------------------------------------------------------------------------------------------
# The engine


@cache
def _load_engine() -> tuple[ModuleType, Any]:
    """Import WeasyPrint with our fonts and no others; return it with the process's one font configuration.

    Why: fontconfig reads FONTCONFIG_FILE when a configuration is created. With the machine's own
    configuration a missing weight, or a character we do not have, is taken from whatever font the machine
    holds, and the page changes from one computer to the next; the private file knows one folder, ours. So it
    is set before Pango is loaded.
    """
    os.environ["FONTCONFIG_FILE"] = str(resource_dir("templates") / "polices" / "fonts.conf")
    with warnings.catch_warnings(), _import_quickly():
        # « HarfBuzz-Subset will be required » is said by `facture doctor`, not on every run.
        warnings.simplefilter("ignore")
        try:
            import weasyprint
            from weasyprint.text.fonts import FontConfiguration
        except OSError as error:
            raise RessourceError(
                "Pango est introuvable sur cette machine ; installez-le : "
                "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
            ) from error
    return weasyprint, FontConfiguration()


@contextmanager
def _import_quickly() -> Iterator[None]:
    """Import the engine without the detours that cost a cold start a quarter of a second.

    Why: for each library it tries several names, and for a name that is not there cffi asks
    `ctypes.util.find_library`, which on Linux starts gcc and ldconfig (12 ms a time, 22 times). Each list holds
    the exact name that Linux loads, so the search finds nothing that the next try would not. The engine also
    prints an advice in English on stdout, where results go.
    """
    import ctypes.util

    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        ctypes.util.find_library = search


def warm_up() -> None:
    """Load the engine ahead of the first page: what a worker process does while it waits for work."""
    _load_engine()


class _Fetcher:
    """What the engine asks to open anything: it gets the resources of the proof, and nothing else in the
    world.

    Why: no subclass of `weasyprint.urls.URLFetcher`, whose constructor prepares HTTP, FTP and file handlers
    that must not exist here. The engine only calls it and reads `_fail_on_errors`.
    """

    _fail_on_errors = False

    def __init__(self, ressources: Mapping[str, bytes]) -> None:
        self._ressources = ressources
        self.refused: list[str] = []

    def __call__(self, url: str) -> Any:
        from weasyprint.urls import URLFetcherResponse

        name = url.removeprefix(SCHEME)
        content = self._ressources.get(name)
        if content is None:
            self.refused.append(url)
            raise ValueError("ressource refusée")
        mime = "image/svg+xml" if name.lower().endswith(".svg") else "application/octet-stream"
        return URLFetcherResponse(url, content, {"Content-Type": mime})

    fetch = __call__


class _Journal(logging.Handler):
    """Keeps what the engine logs in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.messages.append(record.getMessage())


@contextmanager
def _listen() -> Iterator[list[str]]:
    logger = logging.getLogger("weasyprint")
    journal = _Journal()
    logger.addHandler(journal)
    try:
        yield journal.messages
    finally:
        logger.removeHandler(journal)


@lru_cache(maxsize=8)
def _parse_sheet(css: str) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Return a style sheet, what the engine said of it, what it was refused.

    Why: each selector is compiled, so this is done once a process; what was said must then be said again to
    every document that uses the sheet.
    """
    weasyprint, fonts = _load_engine()
    fetcher = _Fetcher({})
    with _listen() as messages:
        sheet = weasyprint.CSS(string=css, base_url=f"{SCHEME}feuille", font_config=fonts, url_fetcher=fetcher)
    return sheet, tuple(messages), tuple(fetcher.refused)


@contextmanager
def _collect_less() -> Iterator[None]:
    """Let the garbage collector run less often while a page is laid out.

    Why: the engine makes hundreds of thousands of objects that all live until the page is drawn; at Python's
    default threshold, looking through them again and again takes a fifth of the time (measured on 60 and 300
    lines).
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def press(epreuve: Epreuve) -> bytes:
    """Return the PDF of a proof: PDF/A-3a, tagged, its e-invoice inside; the same bytes wherever and whenever made.

    Raises:
        RenduError: R601 said by the engine, R602 past the margin, R603 resource refused, R604 font, R605 image.
        FactureError: the engine stopped in a way we do not know.
    """
    problemes = [
        probleme for name in sorted(epreuve.ressources) for probleme in check_image(name, epreuve.ressources[name])
    ]
    if problemes:
        # A hostile image must not reach the engine at all.
        raise RenduError(problemes)
    weasyprint, fonts = _load_engine()
    fetcher = _Fetcher(epreuve.ressources)
    from weasyprint.urls import FatalURLFetchingError

    options: dict[str, Any] = {
        "pdf_variant": "pdf/a-3a",
        "pdf_identifier": compute_empreinte(epreuve).encode(),
    }
    if epreuve.facturx:
        options["attachments"] = [_attach(epreuve)]
    try:
        # Before listening: the sheets have their own ear, which also works when they are already parsed.
        sheets: list[Any] = []
        said_of_sheets: list[str] = []

        def add_sheet(name: str, css: str) -> None:
            sheet, said, refused = _parse_sheet(css)
            sheets.append(sheet)
            said_of_sheets.extend(f"{name} : {message}" for message in said)
            fetcher.refused.extend(refused)

        names = (*epreuve.fichiers, *("feuille de style" for _ in epreuve.css))
        for name, css in zip(names, epreuve.css, strict=False):
            add_sheet(name, css)
        with _collect_less(), _listen() as messages:
            html = weasyprint.HTML(string=epreuve.html, base_url=f"{SCHEME}page", url_fetcher=fetcher)
            document = html.render(font_config=fonts, stylesheets=sheets, **options)
            if epreuve.serre and _wants_less_air(document):
                add_sheet("feuille serrée", epreuve.serre)
                tighter = html.render(font_config=fonts, stylesheets=sheets, **options)
                if _is_better(tighter, document):
                    document = tighter
            problemes = list(_inspect(document))
            pdf: bytes = document.write_pdf(finisher=partial(_finish, facturx=bool(epreuve.facturx)), **options)
    except (RecursionError, MemoryError) as error:
        raise RenduError(
            [
                Probleme(
                    "R605",
                    "une image ou un texte est imbriqué trop profondément pour être imprimé",
                    "simplifiez-le",
                )
            ]
        ) from error
    except FatalURLFetchingError as error:
        raise RenduError([Probleme("R603", f"ressource refusée : {error}")]) from error
    except FactureError:
        raise
    except Exception as error:
        if any(name.lower().endswith(".svg") for name in epreuve.ressources if name.startswith("logo")):
            # What the engine makes of a malformed drawing is its own affair: a ValueError here, an assertion there.
            raise RenduError(
                [Probleme("R605", "le dessin SVG du logo ne peut pas être lu", "réenregistrez-le")]
            ) from error
        raise FactureError(f"le moteur de rendu s’est arrêté : {type(error).__name__}: {error}") from error
    problemes += [
        *_explain_refusals(fetcher.refused),
        *_explain_messages([*said_of_sheets, *messages]),
        *_check_fonts(document),
    ]
    if problemes:
        raise RenduError(problemes)
    return pdf


PAGES_A_SERRER = 4


def _wants_less_air(document: Any) -> bool:
    """Say whether a tighter sheet may save a last page, or fill a page which a large piece left too early.

    Why: a second layout costs as much as the first, so only documents that it can help pay for it: those of a few
    pages. On an invoice of a thousand lines a page saved in thirty is not worth twice the time.
    """
    return len(document.pages) <= PAGES_A_SERRER and any(map(_is_loose, _split_parts(document)))


def _split_parts(document: Any) -> list[list[Any]]:
    """Return the pages, cut where a named page begins: the blank before it is meant."""
    sheets = [page._page_box for page in document.pages]
    return [list(part) for _, part in groupby(sheets, key=lambda sheet: sheet.page_type.name)]


def _is_loose(sheets: list[Any]) -> bool:
    if len(sheets) < 2:
        return False
    last = sheets[-1]
    used = last.height - _measure_foot(last)
    blank = _measure_blank(sheets)
    total = sum(sheet.height for sheet in sheets[:-1]) - blank + used
    # What overflows is what the last page holds, less the blank left by the pieces that moved to it.
    saves = used < DERNIERE_PAGE * last.height and used - blank < GAIN * total
    return bool(saves or blank > VIDE * MM)


def _is_better(tighter: Any, document: Any) -> bool:
    """Say whether the tighter layout is worth its lesser air."""
    if len(tighter.pages) != len(document.pages):
        return len(tighter.pages) < len(document.pages)
    after, before = (sum(map(_measure_blank, _split_parts(one))) for one in (tighter, document))
    return after < before - VIDE / 2 * MM


def _measure_blank(sheets: list[Any]) -> float:
    """Return the height left unprinted at the foot of the pages before the last, in CSS pixels."""
    return sum(map(_measure_foot, sheets[:-1]))


def _measure_foot(sheet: Any) -> float:
    # Text and what cannot be cut, room to sign included, rather than any box: one that goes on overleaf is as tall as
    # its page.
    from weasyprint.formatting_structure import boxes

    lowest = sheet.content_box_y()
    stack = [sheet.children[0]]
    while stack:
        box = stack.pop()
        whole = isinstance(box, boxes.BlockLevelBox) and box.style["break_inside"] == "avoid"
        if whole or isinstance(box, boxes.TextBox | boxes.ReplacedBox):
            lowest = max(lowest, box.position_y + box.margin_height())
        else:
            stack.extend(getattr(box, "children", ()))
    return float(sheet.content_box_y() + sheet.height - lowest)


def _explain_refusals(refused: Iterable[str]) -> Iterator[Probleme]:
    for url in dict.fromkeys(refused):
        shown = url if len(url) <= 80 else url[:77] + "…"
        yield Probleme(
            "R603",
            f"ressource refusée ou absente : « {shown} »",
            "une page ne lit ni le disque ni le réseau : placez l’image dans le dossier du thème",
        )


def _explain_messages(messages: Iterable[str]) -> Iterator[Probleme]:
    for message in dict.fromkeys(messages):
        # Both are said better elsewhere, by _explain_refusals and _check_fonts.
        if "ressource refusée" in message or message.startswith(".notdef glyph"):
            continue
        if message.startswith("Failed to render SVG image"):
            yield Probleme("R605", f"image illisible : {message.rpartition(' ')[2].removeprefix(SCHEME)}")
        elif message.startswith("Failed to load image at"):
            yield Probleme("R605", f"image illisible ({message})")
        else:
            yield Probleme("R601", f"le moteur de rendu signale : {message}")


def _check_fonts(document: Any) -> Iterator[Probleme]:
    """Say which faces are not ours and which characters no face has; known only once the page is drawn."""
    missing: set[int] = set()
    for font in document.fonts.values():
        missing.update(font.missing)
        if font.family != FAMILLE:
            yield Probleme("R604", f"police étrangère sur la page : « {font.family} »", f"utilisez « {FAMILLE} »")
    if missing:
        shown = ", ".join(f"« {chr(code)} » (U+{code:04X})" for code in sorted(missing)[:10])
        yield Probleme("R604", f"caractère absent de la police : {shown}", "remplacez-le")


def _inspect(document: Any) -> Iterator[Probleme]:
    """Yield the texts and images past the margin or past their own cell, and the typefaces that are not ours.

    Why: the engine lets a text go over the edge of the sheet, over the foot or over the next column, and
    replaces a typeface it does not find, and says nothing. A plain stack and a few comparisons a box: it must
    stay unnoticed on a thousand lines.
    """
    from weasyprint.formatting_structure import boxes

    text_box, replaced, cell, margin = boxes.TextBox, boxes.ReplacedBox, boxes.TableCellBox, boxes.MarginBox
    parent = boxes.ParentBox
    families: set[tuple[str, ...]] = set()
    for number, page in enumerate(document.pages, start=1):
        for root in page._page_box.children:
            top, right, bottom = 0.0, LIMITE_DROITE * MM, LIMITE_BAS * MM
            if isinstance(root, margin):
                # The identity at the foot must not climb over the last lines.
                top, right = root.position_y - _TOLERANCE, root.position_x + root.margin_width()
                bottom = root.position_y + root.margin_height()
            page_right, page_bottom = right + _TOLERANCE, bottom + _TOLERANCE
            stack = [(root, 0.0, page_right)]
            while stack:
                box, left, right = stack.pop()
                if isinstance(box, text_box):
                    families.add(box.style["font_family"])
                    end, low = box.position_x + box.width, box.position_y + box.height
                elif isinstance(box, replaced):
                    end, low = box.position_x + box.margin_width(), box.position_y + box.margin_height()
                else:
                    if isinstance(box, parent):
                        if isinstance(box, cell):
                            left = box.position_x - _TOLERANCE
                        # On its left a column has a gutter, where a mark may hang.
                        if isinstance(box, cell) or box.is_column:
                            right = min(right, box.position_x + box.margin_width() + _TOLERANCE)
                        stack.extend([(child, left, right) for child in box.children])
                    elif hasattr(box, "_box"):  # placeholder of an absolutely placed box
                        stack.append((box._box, left, right))
                    continue
                if low > page_bottom or box.position_y < top:
                    beyond = "le bas de la page"
                elif end > page_right:
                    beyond = "la marge"
                elif end > right or box.position_x < left:
                    beyond = "sa colonne"
                else:
                    continue
                yield Probleme(
                    "R602",
                    f"page {number}, {_describe(box)} dépasse {beyond}",
                    "raccourcissez le texte ou coupez le mot",
                )
    for family in sorted({names[0] for names in families} - {FAMILLE}):
        yield Probleme("R604", f"police « {family} » introuvable", f"la page n’en connaît qu’une : « {FAMILLE} »")


def _describe(box: Any) -> str:
    text = getattr(box, "text", "")
    if not text:
        return "une image"
    return f"« {text if len(text) <= 40 else text[:39] + '…'} »"


# --------------------------------------------------------------------------------------------------
# Last touch on the PDF

_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_NOM_FACTURX = "factur-x.xml"


def _attach(epreuve: Epreuve) -> Any:
    """Return the e-invoice as an attachment. Its dates are the document's: the engine's default is the clock."""
    weasyprint, _ = _load_engine()
    day = dt.datetime.fromisoformat(epreuve.date_iso)
    return weasyprint.Attachment(
        string=epreuve.facturx,
        url_fetcher=_Fetcher({}),
        name=_NOM_FACTURX,
        description="Factur-X",
        relationship="Alternative",
        created=day,
        modified=day,
    )


def _describe_schema(name: str, uri: str, prefix: str, properties: Mapping[str, tuple[str, str]]) -> str:
    """Return how PDF/A wants a schema it does not know to be described. Source: ISO 19005-3, 6.6.2.3."""
    rows = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{key}</pdfaProperty:name><pdfaProperty:valueType>{kind}</pdfaProperty:valueType>"
        f"<pdfaProperty:category>{category}</pdfaProperty:category>"
        f"<pdfaProperty:description>{key}</pdfaProperty:description></rdf:li>"
        for key, (kind, category) in properties.items()
    )
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{name}</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{uri}</pdfaSchema:namespaceURI><pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{rows}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


@cache
def _build_metadata(*, facturx: bool) -> bytes:
    """Return what the metadata say beyond the engine's: the file is also PDF/UA-1 and, with an e-invoice, Factur-X.

    Source: ISO 14289-1, clause 5 (pdfuaid:part); Factur-X 1.09, chapter on XMP (four values and their schema).
    """
    uaid = "http://www.aiim.org/pdfua/ns/id/"
    said = f'<rdf:Description rdf:about="" xmlns:pdfuaid="{uaid}" pdfuaid:part="1"/>'
    schemas = _describe_schema(
        "PDF/UA Universal Accessibility Schema", uaid, "pdfuaid", {"part": ("Integer", "internal")}
    )
    if facturx:
        values = {
            "DocumentFileName": _NOM_FACTURX,
            "DocumentType": "INVOICE",
            "Version": "1.0",
            "ConformanceLevel": "EN 16931",
        }
        rows = "".join(f"<fx:{key}>{value}</fx:{key}>" for key, value in values.items())
        said += f'<rdf:Description rdf:about="" xmlns:fx="{_FX}">{rows}</rdf:Description>'
        schemas += _describe_schema(
            "Factur-X PDFA Extension Schema", _FX, "fx", dict.fromkeys(values, ("Text", "external"))
        )
    return (
        f'{said}<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        f"<pdfaExtension:schemas><rdf:Bag>{schemas}</rdf:Bag></pdfaExtension:schemas></rdf:Description>"
    ).encode()


def _finish(document: Any, pdf: Any, *, facturx: bool) -> None:
    """Complete the metadata, in the one `rdf:RDF` that validators read, and list the e-invoice once.

    Why: the engine's own way writes a second `rdf:RDF`, and its catalogue names an attachment twice.
    """
    number = int(pdf.catalog["Metadata"].split()[0])
    stream = pdf.objects[number].stream
    stream[0] = stream[0].replace(b"</rdf:RDF>", _build_metadata(facturx=facturx) + b"</rdf:RDF>")
    if facturx:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
