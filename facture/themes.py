"""Themes: folders of templates and styles, the user's files over ours, rendered to HTML in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from traceback import walk_tb
from types import TracebackType

from jinja2 import BaseLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment

from facture.epc import draw_qr
from facture.errors import FactureError
from facture.geometrie import Disposition, arrange, measure_tableau
from facture.libelles import get_textes
from facture.page import Page, Tableau, ThemeError
from facture.prose import Bloc
from facture.ressources import resource_dir
from facture.source import describe_os_error

THEME_PAR_DEFAUT = "sobre"
_FEUILLE, _FEUILLE_SERREE, _FEUILLE_CLAUSES, _FEUILLE_LETTRE = "style.css", "serre.css", "clauses.css", "lettre.css"
_IMAGES = (".svg", ".png", ".jpg", ".jpeg")
_MAX_FICHIER = 2_000_000


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: folders searched in order, the user's first, the shipped one last."""

    nom: str
    dossiers: tuple[Path, ...]

    def find(self, name: str) -> Path | None:
        """Return the file of that name in the first folder that has it, or None.

        Raises: ThemeError when the file really lies outside its folder, through `..` or a symbolic link.
        """
        for dossier in self.dossiers:
            try:
                root = dossier.resolve()
                path = (root / name).resolve()
                found = path.is_file()
            except (OSError, RuntimeError, ValueError) as error:
                raise ThemeError("chemin impossible à suivre", str(dossier / name[:80])) from error
            if not path.is_relative_to(root):
                raise ThemeError("ce fichier du thème est hors de son dossier", str(dossier / name))
            if found:
                return path
        return None

    def read(self, name: str) -> str:
        """Return the text of a file of the theme.

        Raises: ThemeError when it is missing, too large, or not UTF-8.
        """
        path = self.find(name)
        if path is None:
            raise ThemeError(f"fichier absent du thème « {self.nom} »", name)
        return _read_text(path)

    def read_serre(self) -> str:
        """Return the tighter sheet that goes with the theme's own, "" when it has none.

        Why: it undoes measures of one sheet. A theme with its own `style.css` has its own tighter one, or none.
        """
        for dossier in self.dossiers:
            if (dossier / _FEUILLE_SERREE).is_file():
                return self.read(_FEUILLE_SERREE)
            if (dossier / _FEUILLE).is_file():
                break
        return ""

    def list_sheets(self, *, clauses: bool, lettre: bool = False) -> tuple[str, ...]:
        """Return the names of the style sheets that a page needs, in order.

        Args:
            clauses: True when the page has clauses, or lists what it lacks. The others do without that sheet:
                each selector of it would be tried on each of their elements.
            lettre: True when the page is a notice or a letter.
        """
        wanted = ((_FEUILLE, True), (_FEUILLE_CLAUSES, clauses), (_FEUILLE_LETTRE, lettre))
        return tuple(name for name, needed in wanted if needed)

    def load_images(self) -> dict[str, bytes]:
        """Return the images at the top of the theme's folders by file name: `url(trait.svg)` finds them."""
        images: dict[str, bytes] = {}
        for dossier in self.dossiers:
            for path in sorted(dossier.glob("*")):
                if path.suffix.lower() in _IMAGES and path.name not in images:
                    found = self.find(path.name)
                    if found is not None:
                        images[path.name] = _read_bytes(found)
        return images


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_FICHIER:
            raise ThemeError("fichier de plus de 2 Mo", str(path))
        return path.read_bytes()
    except OSError as error:
        raise ThemeError(f"fichier illisible : {describe_os_error(error)}", str(path)) from error


def _read_text(path: Path) -> str:
    try:
        return _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ThemeError("ce fichier n’est pas en UTF-8", str(path)) from error


def _shipped(nom: str = THEME_PAR_DEFAUT) -> Path:
    return resource_dir("templates") / nom


def _is_theme(dossier: Path) -> bool:
    return dossier.is_dir() and ((dossier / _FEUILLE).is_file() or any(dossier.glob("*.html.j2")))


def list_themes(racines: Sequence[Path] = ()) -> dict[str, Path]:
    """Return the themes by name: those of the project's folders first, then the shipped ones."""
    themes: dict[str, Path] = {}
    for racine in (*racines, resource_dir("templates")):
        if racine.is_dir():
            for dossier in sorted(racine.iterdir()):
                if _is_theme(dossier):
                    themes.setdefault(dossier.name, dossier)
    return themes


def load_theme(nom: str = THEME_PAR_DEFAUT, racines: Sequence[Path] = ()) -> Theme:
    """Return a theme by name; each file it lacks comes from `sobre`.

    Args:
        nom: name of a folder in `racines` or among the shipped themes.
        racines: folders of the project that hold themes, one folder a theme.

    Raises: ThemeError for a theme that is nowhere.
    """
    if nom in ("", ".", "..") or "/" in nom or "\\" in nom:
        raise ThemeError(f"nom de thème « {nom} » refusé : c’est le nom d’un dossier, sans chemin")
    dossiers = []
    for racine in racines:
        if _is_theme(racine / nom):
            if not (racine / nom).resolve().is_relative_to(racine.resolve()):
                raise ThemeError("ce thème est un lien vers un dossier hors du projet", str(racine / nom))
            dossiers.append(racine / nom)
    if _is_theme(_shipped(nom)):
        dossiers.append(_shipped(nom))
    if not dossiers:
        raise ThemeError(f"thème « {nom} » introuvable ; thèmes connus : {', '.join(list_themes(racines))}")
    if _shipped() not in dossiers:
        dossiers.append(_shipped())
    return Theme(nom, tuple(dossiers))


def eject_theme(dest: Path, nom: str = THEME_PAR_DEFAUT) -> tuple[list[Path], list[Path]]:
    """Copy a shipped theme into a folder, to be changed there; a file that exists is never overwritten.

    Returns: the files written, then the files left as they were.
    """
    source = _shipped(nom)
    if not _is_theme(source):
        raise ThemeError(f"thème « {nom} » introuvable parmi ceux de facture")
    written, kept = [], []
    for path in sorted(source.rglob("*")):
        if not path.is_file():
            continue
        target = dest / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Mode x: the test and the creation are one act, nothing can slip between them.
            with target.open("xb") as stream:
                stream.write(path.read_bytes())
            written.append(target)
        except FileExistsError:
            kept.append(target)
    return written, kept


@dataclass(frozen=True, slots=True)
class Point:
    """An item of a list, and the lists inside it; or a paragraph, alone in its group."""

    bloc: Bloc
    groupes: list[Groupe] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Groupe:
    """A paragraph, or the items of one list."""

    kind: str
    points: list[Point] = field(default_factory=list)


def nest_blocs(blocs: Iterable[Bloc]) -> list[Groupe]:
    """Return paragraphs and lists, the items of a second level inside the item that they belong to.

    Why: blocks come one after the other, HTML and the tags of a PDF want a list inside its item.
    """
    top: list[Groupe] = []
    for bloc in blocs:
        groupes = top
        if bloc.niveau and top and top[-1].kind != "p":
            groupes = top[-1].points[-1].groupes
        if bloc.kind == "p" or not groupes or groupes[-1].kind != bloc.kind:
            groupes.append(Groupe(bloc.kind))
        groupes[-1].points.append(Point(bloc))
    return top


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a letter: paragraphs and lists that follow one another, or a table."""

    groupes: list[Groupe] = field(default_factory=list)
    tableau: Tableau | None = None


def split_passages(corps: Iterable[Bloc | Tableau]) -> list[Passage]:
    """Return the body of a letter cut at its tables, the lists between them nested as `nest_blocs` does."""
    passages: list[Passage] = []
    for is_table, run in groupby(corps, key=lambda element: isinstance(element, Tableau)):
        if is_table:
            passages.extend(Passage(tableau=element) for element in run if isinstance(element, Tableau))
        else:
            passages.append(Passage(nest_blocs(element for element in run if isinstance(element, Bloc))))
    return passages


class _ThemeLoader(BaseLoader):
    """Jinja loader over a theme's folders, never outside them."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        path = self._theme.find(template)
        if path is None:
            raise TemplateNotFound(template)
        stamp = path.stat().st_mtime_ns

        def is_fresh() -> bool:
            # A file added to the user's folder must win over the shipped one under `--watch`.
            try:
                return self._theme.find(template) == path and path.stat().st_mtime_ns == stamp
            except OSError:
                return False

        return _read_text(path), str(path), is_fresh


@lru_cache(maxsize=8)
def _environment(theme: Theme) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=_ThemeLoader(theme),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Jinja's own globals and filters reach nothing outside the template; these two draw lots and read no
    # clock, but would make two renderings differ.
    environment.filters.pop("random", None)
    environment.globals.pop("lipsum", None)
    environment.globals |= {
        "qr": draw_qr,
        "nest": nest_blocs,
        "passages": split_passages,
        "largeurs": measure_tableau,
    }
    return environment


def render_html(page: Page, theme: Theme | None = None, disposition: Disposition | None = None) -> str:
    """Return the HTML of a page.

    Args:
        theme: `sobre` when absent.
        disposition: what `arrange` returned for this page, when it is already known.

    Raises:
        ThemeError: a template cannot be read, or asks for what is not there; says the file and the line.
        RenduError: R607, the columns do not fit.
    """
    used = theme or load_theme()
    return render_template(
        used,
        f"{page.genre}.html.j2",
        page=page,
        t=get_textes(page.langue),
        d=disposition or arrange(page),
    )


def render_template(theme: Theme, name: str, /, **values: object) -> str:
    """Return the text of one template of a theme.

    Why: public so that macros are tested alone, and so that other documents use the same themes and the same
    errors.

    Raises: ThemeError with the file and the line in the user's template.
    """
    try:
        return _environment(theme).get_template(name).render(values)
    except TemplateSyntaxError as error:
        raise ThemeError(f"erreur de syntaxe : {error.message}", error.filename or name, error.lineno) from error
    except TemplateNotFound as error:
        raise ThemeError(f"gabarit « {error.name} » absent du thème « {theme.nom} »", name) from error
    except FactureError:
        raise
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        MemoryError,
    ) as error:
        file, line = _locate(error.__traceback__, theme)
        text = str(error) or type(error).__name__
        raise ThemeError(f"le gabarit ne peut pas être rempli : {text}", file or name, line) from error


def _locate(trace: TracebackType | None, theme: Theme) -> tuple[str, int]:
    """Return the innermost template line of a traceback: Jinja maps its compiled code back to the file."""
    place = ("", 0)
    roots = tuple(str(dossier.resolve()) for dossier in theme.dossiers)
    for frame, line in walk_tb(trace):
        if frame.f_code.co_filename.startswith(roots):
            place = (frame.f_code.co_filename, line)
    return place
