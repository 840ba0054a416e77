"""Many documents at once: read, judge, name, press and write each, with as many processes as asked.

Why two passes: names are worked out for all before anything is written, so that two inputs with one target are
refused at once. The documents themselves are not kept between the passes when they are many: memory stays flat
from ten files to ten thousand.
"""

from __future__ import annotations

import datetime as dt
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from facture.amounts import ZERO
from facture.composition import compose_epreuve, prepare, to_diagnostics
from facture.courriel import compose_message
from facture.documents import Conditions
from facture.dossier import Dossier, build_dossier
from facture.errors import Diagnostic, Position, RefusError, RessourceError, UsageError
from facture.facturx import announce_facturx, build_facturx, check_facturx, explain_absence, has_facturx
from facture.geometrie import arrange, check_page
from facture.lecture import Lecteur, Lecture
from facture.lettres import NIVEAUX, Relance
from facture.mentions import MENTIONS
from facture.modeles import DOSSIER_MODELES
from facture.page import RenduError, ThemeError
from facture.projet import Projet
from facture.relances import compute_demande, is_stayed
from facture.render import Epreuve, check_image, compute_empreinte, press, read_empreinte, warm_up
from facture.source import finding, write_atomic
from facture.taux import TAUX
from facture.themes import THEME_PAR_DEFAUT
from facture.typo import format_money, slugify
from facture.validation import judge_cii

SECONDES_PAR_DOCUMENT = 20.0
SECONDES_PAR_LIGNE = 0.2

_GARDES = 32
"""How many dossiers are kept from the first pass to the second; the others are read again."""


@dataclass(frozen=True)
class Options:
    """What the command asked for, the same for every document.

    Attributes:
        today: the day of the command.
        sortie: `-o`: a file, a folder, `-` for stdout, or None.
        dossier: `--output-dir`.
        html: write the page as HTML instead of PDF.
        dry_run: do everything but write.
        strict: a warning refuses its document.
        duplicata: mark the page as a copy.
        message: also compose the e-mail that goes with it.
        facturx: put the e-invoice into the PDF of a document that has one.
        entree: bytes of standard input, for the file `-`.
    """

    today: dt.date
    sortie: str | None = None
    dossier: str | None = None
    html: bool = False
    dry_run: bool = False
    strict: bool = False
    duplicata: bool = False
    message: bool = False
    facturx: bool = True
    overrides: tuple[tuple[str, str], ...] = ()
    entree: bytes | None = None

    def has_facturx(self, dossier: Dossier) -> bool:
        """Say whether the file to write carries an e-invoice.

        Why not a duplicata: it is a copy to be read, and a platform given its file twice would refuse it.
        """
        return self.facturx and not self.html and not self.duplicata and has_facturx(dossier)


@dataclass
class Tirage:
    """What became of one document."""

    fichier: str
    constats: list[Diagnostic] = field(default_factory=list)
    cible: Path | None = None
    octets: bytes | None = None
    inchange: bool = False
    resume: str = ""
    message: str = ""
    annonce: str = ""
    brouillon_sans_date: bool = False
    lus: tuple[Path, ...] = ()
    refuse: bool = False


@dataclass
class Lot:
    """The documents of one command, read and named, not yet written."""

    options: Options
    lecteur: Lecteur = field(default_factory=Lecteur)
    tirages: list[Tirage] = field(default_factory=list)
    _dossiers: dict[str, Dossier] = field(default_factory=dict)

    def prepare(self, fichiers: Sequence[str]) -> None:
        """Read and judge every file, and name its target.

        Raises:
            UsageError: two inputs have one target, or `-o` does not fit (exit 2).
            ConfigurationError: a `facture.toml` is wrong (exit 2).
        """
        for fichier in fichiers:
            self.tirages.append(self._prepare_one(fichier, several=len(fichiers) > 1))
        targets: dict[Path, str] = {}
        for tirage in self.tirages:
            if tirage.cible is None:
                continue
            real = Path(os.path.realpath(tirage.cible))
            other = targets.setdefault(real, tirage.fichier)
            if other != tirage.fichier:
                raise UsageError(f"{other} et {tirage.fichier} donneraient le même fichier : {tirage.cible}")
        for tirage in self.tirages:
            for path in tirage.lus:
                if Path(os.path.realpath(path)) in targets:
                    raise UsageError(f"{path} sert à faire le document : il ne peut pas être aussi sa sortie")

    def run(self, jobs: int = 1) -> Iterator[Tirage]:
        """Press and write what can be, one result a document, in the order of the command."""
        ready = [index for index, tirage in enumerate(self.tirages) if not tirage.refuse]
        workers = min(jobs, len(ready))
        if workers > 1 or len(ready) > 2:
            # Fork shares what is loaded: the engine is imported once, before, and not by each process.
            warm_up()
            _freeze()
        if workers <= 1:
            for tirage in self.tirages:
                yield tirage if tirage.refuse else self._press(tirage)
                if len(ready) > 2:
                    gc.collect()
            return
        context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_enroll, initargs=(self,)) as pool:
            results = pool.map(_press_in_worker, ready)
            try:
                for tirage in self.tirages:
                    yield tirage if tirage.refuse else next(results)
            except BrokenProcessPool as error:
                raise RessourceError(
                    "un processus de rendu a été arrêté (mémoire ?) ; relancez avec --jobs 1"
                ) from error

    def _read(self, fichier: str) -> Dossier:
        data = self.options.entree if fichier == "-" else None
        return build_dossier(self.lecteur.read(fichier, data, self.options.overrides), self.options.today)

    def _prepare_one(self, fichier: str, *, several: bool) -> Tirage:
        tirage = Tirage(fichier)
        try:
            dossier = self._read(fichier)
        except RessourceError as error:
            message = str(error).removeprefix(f"{fichier} : ")
            tirage.constats = [finding("F230", message, Position(fichier))]
            tirage.refuse = True
            return tirage
        tirage.constats = list(dossier.constats)
        if self.options.facturx and not dossier.has_errors:
            tirage.constats += explain_absence(dossier)
        tirage.lus = _list_read(dossier)
        warned = self.options.strict and bool(tirage.constats)
        tirage.refuse = dossier.has_errors or warned or not dossier.is_printable
        if dossier.lecture.type in ("emetteur", "client", "catalogue", "bilan") and not dossier.has_errors:
            place = Position(fichier)
            tirage.constats.append(finding("F201", f"une fiche « {dossier.lecture.type} » ne s'imprime pas", place))
            tirage.refuse = True
        if tirage.refuse:
            return tirage
        suffix = ".html" if self.options.html else ".pdf"
        tirage.cible = choose_target(dossier, self.options, suffix, several=several)
        tirage.brouillon_sans_date = dossier.require_any().date is None
        tirage.resume = _summarise(dossier)
        tirage.message = compose_message(dossier) if self.options.message else ""
        tirage.annonce = announce_facturx(dossier, with_file=self.options.has_facturx(dossier))
        if len(self._dossiers) < _GARDES:
            self._dossiers[fichier] = dossier
        return tirage

    def _press(self, tirage: Tirage) -> Tirage:
        dossier = self._dossiers.pop(tirage.fichier, None) or self._read(tirage.fichier)
        try:
            with _deadline(dossier):
                page = prepare(dossier, duplicata=self.options.duplicata)
                epreuve = compose_epreuve(dossier, page=page)
            cii = build_facturx(dossier) if self.options.has_facturx(dossier) else None
            if cii is not None:
                epreuve = replace(epreuve, facturx=cii.xml)
            warnings = to_diagnostics(check_page(page), dossier)
            tirage.constats += warnings
            if warnings and self.options.strict:
                tirage.refuse = True
                return tirage
            if self.options.html:
                # The engine is not there to refuse it.
                if page.logo is not None and (problems := check_image(page.logo.nom, page.logo.contenu)):
                    raise RenduError(problems)
                _deliver(tirage, build_html(epreuve), self.options)
                return tirage
            empreinte = compute_empreinte(epreuve)
            if tirage.cible is not None and read_empreinte(tirage.cible) == empreinte:
                tirage.inchange = True
                return tirage
            if cii is not None and self._is_blamed(tirage, judge_cii(cii, dossier.lecture)):
                return tirage
            with _deadline(dossier):
                pdf = press(epreuve)
            _deliver(tirage, pdf, self.options)
        except RefusError as error:
            _add(tirage, error.diagnostics)
        except RessourceError as error:
            _add(tirage, [finding("R611", str(error), Position(tirage.fichier))])
        except RenduError as error:
            _add(tirage, to_diagnostics(error.problemes, dossier))
        except ThemeError as error:
            place = Position(error.file or tirage.fichier, error.line or 1)
            _add(tirage, [finding("R610", error.message, place)])
        return tirage

    def _is_blamed(self, tirage: Tirage, diagnostics: list[Diagnostic]) -> bool:
        """Keep what the official rules say; True when it stops the document."""
        tirage.constats += diagnostics
        stopped = any(found.is_error for found in diagnostics) or (self.options.strict and bool(diagnostics))
        tirage.refuse = tirage.refuse or stopped
        return stopped


def theme_roots(projet: Projet) -> tuple[Path, ...]:
    """Return the folders of a project that may hold themes; the first is where a new one goes."""
    return (projet.racine / "themes", projet.racine)


def inspect_dossier(dossier: Dossier) -> list[Diagnostic]:
    """Return what the page would refuse or warn of, without the PDF engine: logo, colours, columns, address.

    Args:
        dossier: without errors; a fiche (emetteur, client) has no page and nothing to find.
    """
    if not dossier.is_printable:
        return []
    try:
        page = prepare(dossier)
        arrange(page)
        if page.logo is not None and (problems := check_image(page.logo.nom, page.logo.contenu)):
            return to_diagnostics(problems, dossier)
    except RefusError as error:
        known = set(dossier.constats)
        return [found for found in error.diagnostics if found not in known]
    except RenduError as error:
        return to_diagnostics(error.problemes, dossier)
    return [*check_facturx(dossier), *to_diagnostics(check_page(page), dossier)]


_current: Lot | None = None


@contextmanager
def _deadline(dossier: Dossier) -> Iterator[None]:
    """Stop a theme of the user's that would run for ever: loops in loops, style rules that double at each line.

    Why: a template in its sandbox can do no harm but take time, and the engine that lays out a style sheet has no
    limit of its own. Our own theme needs none, and a slow machine must not stop it.
    """
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not usable or dossier.lecture.projet.theme == THEME_PAR_DEFAUT:
        yield
        return
    rows = len(dossier.totaux.lignes) if dossier.totaux is not None else 0
    rows += len(dossier.corpus.particulieres) + len(dossier.corpus.generales)
    seconds = SECONDES_PAR_DOCUMENT + SECONDES_PAR_LIGNE * rows
    name = dossier.lecture.projet.theme

    def stop(*_: object) -> None:
        raise ThemeError(f"le thème « {name} » n'a pas fini au bout de {seconds:.0f} secondes")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _enroll(lot: Lot) -> None:
    global _current  # noqa: PLW0603 - one lot a process, set once when the process starts
    _current = lot
    # Ctrl-C is for the parent: it stops its workers, and says one word instead of one traceback a worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _freeze()


def _freeze() -> None:
    """Set aside what will live as long as the process, so that collecting one document's garbage is cheap.

    Why: a layout is a web of cycles. Collected after each document it costs 10 ms once the engine's own 200,000 objects
    are set aside; left to pile up, memory grows by a megabyte every three documents, and time by a tenth.
    """
    gc.collect()
    gc.freeze()


def _press_in_worker(index: int) -> Tirage:
    if _current is None:
        raise RuntimeError("worker started without its lot")
    done = _current._press(_current.tirages[index])
    gc.collect()
    return done


def _add(tirage: Tirage, diagnostics: Sequence[Diagnostic]) -> None:
    known = set(tirage.constats)
    tirage.constats += [diagnostic for diagnostic in diagnostics if diagnostic not in known]
    tirage.refuse = True


def _deliver(tirage: Tirage, data: bytes, options: Options) -> None:
    if options.dry_run:
        return
    if tirage.cible is None:
        tirage.octets = data
    else:
        write_atomic(tirage.cible, data)


def choose_target(dossier: Dossier, options: Options, suffix: str, *, several: bool) -> Path | None:
    """Return where the document goes; None for stdout.

    Args:
        suffix: of the file, with its dot.
        several: documents in this command; then `-o` is a folder.

    Raises: UsageError when `-o` is one file for several documents.
    """
    name = _file_name(dossier.lecture, dossier) + suffix
    if options.sortie == "-":
        return None
    if options.sortie is not None:
        target = Path(options.sortie)
        is_folder = options.sortie.endswith(("/", os.sep)) or target.is_dir()
        if several and not is_folder:
            raise UsageError(f"plusieurs documents : -o {options.sortie} doit être un dossier")
        return target / name if is_folder else target
    if options.dossier is not None:
        return Path(options.dossier) / name
    projet = dossier.lecture.projet
    if projet.exists:
        return Path(os.path.relpath(projet.racine / projet.sortie / name))
    return Path(name)


def _file_name(lecture: Lecture, dossier: Dossier) -> str:
    stem = Path(lecture.fichier).stem if lecture.fichier != "-" else f"{lecture.type}-brouillon"
    document = dossier.porteur or dossier.document
    if isinstance(document, Conditions):
        return stem if document.version is None else f"{stem}-v{document.version}"
    if document is None or document.numero is None:
        return stem
    return f"{document.numero.replace('/', '-')}-{slugify(document.client.nom or 'client')}"


def _list_read(dossier: Dossier) -> tuple[Path, ...]:
    """Return every file and theme folder that a document depends on, for `--watch`."""
    lecture = dossier.lecture
    paths = list(lecture.fichiers)
    document = dossier.porteur or dossier.document
    if document is not None and document.emetteur.logo:
        paths.append(Path(os.path.abspath(lecture.fichier)).parent / document.emetteur.logo)
    if lecture.fonds is not None:
        paths += lecture.fonds.fichiers
    if dossier.document is not None:
        paths.append(lecture.projet.racine / MENTIONS)
    if lecture.lettre is not None:
        paths += [lecture.projet.racine / TAUX, lecture.projet.racine / DOSSIER_MODELES]
    paths += [folder / lecture.projet.theme for folder in theme_roots(lecture.projet)]
    return tuple(path for path in paths if path.exists())


def _summarise(dossier: Dossier) -> str:
    articles = len(dossier.corpus.particulieres) + len(dossier.corpus.generales)
    counted = f"{articles} article{'s' if articles > 1 else ''}" if articles else ""
    if dossier.lettre is not None:
        return _summarise_lettre(dossier)
    if dossier.texte is not None:
        return f"{counted}, brouillon" if dossier.texte.is_draft else counted
    document, totaux = dossier.require()
    total = format_money(totaux.total_ttc, totaux.devise, "fr")
    text = f"total {total} TTC" if totaux.total_tva else f"total {total}"
    if totaux.net_a_payer != totaux.total_ttc:
        text += f", net à payer {format_money(totaux.net_a_payer, totaux.devise, 'fr')}"
    if totaux.offert_ht:
        text += f", offert {format_money(totaux.offert_ttc, totaux.devise, 'fr')}"
    if counted:
        text += f", {counted}"
    return f"{text}, brouillon" if document.is_draft else text


def _summarise_lettre(dossier: Dossier) -> str:
    lettre = dossier.require_lettre()
    if not isinstance(lettre, Relance):
        return f"courrier {lettre.modele}"
    demande = compute_demande(lettre, dossier.impayes)
    devise = dossier.impayes[0].facture.devise
    asked = "créance de" if is_stayed(dossier.impayes) else "à régler"
    text = f"{NIVEAUX[lettre.niveau or 1]}, {asked} {format_money(demande.total, devise, 'fr')}"
    if demande.couru:
        return f"{text} ; {format_money(demande.couru, devise, 'fr')} courent déjà, non réclamés"
    left = sum((impaye.decompte.reste_interets for impaye in dossier.impayes), ZERO)
    if left:
        text += f", dont {format_money(left, devise, 'fr')} d'intérêts"
    return text


def build_html(epreuve: Epreuve) -> bytes:
    """Return the page as one HTML file that needs nothing else: styles and images inside.

    Why: to look at a page in a browser or to write a theme. The PDF is made from the same text.
    """
    import base64

    html = epreuve.html
    for name, data in epreuve.ressources.items():
        kind = "svg+xml" if data.lstrip()[:1] == b"<" else "jpeg" if data[:2] == b"\xff\xd8" else "png"
        uri = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        html = html.replace(f"facture:{name}", uri)
    styles = "\n".join(epreuve.css).replace("</", "<\\/")
    return html.replace("</head>", f"<style>\n{styles}\n</style>\n</head>", 1).encode()
