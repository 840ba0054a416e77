"""From a file to a typed, located document: parse, follow references, validate, and place each finding.

Why one pass that goes on after a mistake: a person wants every error of a file at once. What cannot be read is
reported, taken out of the tree, and the rest is validated again, so that the rules can still judge everything
that is sound.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from facture.bibliotheques import Fonds
from facture.documents import (
    FICHES,
    TEXTES,
    TYPES,
    Article,
    Avoir,
    Conditions,
    Contrat,
    Document,
    Facture,
    PorteClauses,
    models_at,
)
from facture.errors import Chemin, Diagnostic, Position, RessourceError, UsageError, format_path
from facture.grammaire import Modele, Refus, known_keys, validate
from facture.lettres import LETTRES, MODELES, Courrier, Relance
from facture.projet import Projet, display_path, find_projet, resolve_reference
from facture.source import (
    Liste,
    Noeud,
    Table,
    Texte,
    find_node,
    finding,
    locate,
    parse,
    parse_scalar_or_flow,
    read_bytes,
)
from facture.typo import suggest

DOSSIER_TYPES = {
    "devis": "devis",
    "factures": "facture",
    "avoirs": "avoir",
    "emetteurs": "emetteur",
    "clients": "client",
    "catalogue": "catalogue",
    "relances": "relance",
    "courriers": "courrier",
    "conditions": "conditions",
    "contrats": "contrat",
    "bilans": "bilan",
}
"""The kind of a file without `type`, by its folder."""

DOSSIERS_IGNORES = frozenset({"sortie", "registre", "schemas", "node_modules", "build", "dist", "venv"})
"""Folders of a project that hold no document to read."""

_ANNEXES = {"devis": ("conditions",), "facture": ("conditions",), "contrat": ("devis",)}
"""Keys that name another document, by the type that has them."""

_MAX_CHAINE = 8
_MAX_SUGGESTIONS = 100
_AILLEURS = {
    "acompte": "sur une facture : nature: acompte pour demander un acompte, acomptes_verses: pour en déduire",
    "validite": "une facture a une échéance : paiement: {echeance: 30 jours}",
    "reglements": "un paiement se note sur la facture",
    "echeance": "écrivez paiement: {echeance: 30 jours}",
    "penalites": "écrivez paiement: {penalites: bce+10}",
    "moyens": "écrivez paiement: {moyens: [virement]}",
    "escompte": "écrivez paiement: {escompte: néant}",
}


@dataclass(frozen=True)
class Lecture:
    """What was read of one file.

    Attributes:
        fichier: the file as typed, `-` for standard input.
        projet: the project around it.
        racine: its nodes, references replaced by what they name.
        type: `devis`, `facture`, `avoir`, `emetteur`, `client`, `catalogue`, or "" when unknown.
        document: the typed document; what was refused is missing from it; None when nothing could be read.
        constats: findings of reading (codes Y and F).
        fichiers: every file read, for `--watch`.
        modele: the typed emetteur or client, when the file is one.
        texte: the typed `conditions` or `contrat`, when the file is one.
        conditions: the general conditions that the document names, read.
        devis: the devis that a contract names, read.
        fonds: the clause libraries of the project, when the document asks for clauses.
        memoire: what was computed of these conditions once, for every document that annexes them.
        lettre: the typed `relance` or `courrier`, when the file is one.
        factures: invoices that a notice gathers, read.
        avoirs: credit notes that name this invoice, read; only when somebody asks what is owed on it.
    """

    fichier: str
    projet: Projet
    racine: Table
    type: str = ""
    document: Document | None = None
    constats: tuple[Diagnostic, ...] = ()
    fichiers: tuple[Path, ...] = ()
    modele: Modele | None = None
    texte: Conditions | Contrat | None = None
    conditions: Lecture | None = None
    devis: Lecture | None = None
    fonds: Fonds | None = None
    memoire: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    lettre: Relance | Courrier | None = None
    factures: tuple[Lecture, ...] = ()
    avoirs: tuple[Lecture, ...] = ()

    @property
    def has_errors(self) -> bool:
        """True when reading found at least one error."""
        return any(constat.is_error for constat in self.constats)

    @property
    def is_foreign(self) -> bool:
        """True when nothing in a file or its folder says that it is one of ours."""
        return (
            self.type == ""
            and "type" not in self.racine.entries
            and "lignes" not in self.racine.entries
            and not any(constat.code[0] == "Y" for constat in self.constats)
        )

    def place(self, path: Chemin, *, at_key: bool = False) -> tuple[Position, str]:
        """Return where a path of the document stands, and the path as the user can see it."""
        position, _ = locate(self.racine, path, at_key=at_key)
        return position, format_path(path)


@dataclass
class Lecteur:
    """Reads files of one run; shared files (clients, emetteurs, catalogue) are parsed once."""

    projets: dict[Path, Projet] = field(default_factory=dict)
    _parsed: dict[str, tuple[Table | None, tuple[Diagnostic, ...]]] = field(default_factory=dict)
    _annexes: dict[tuple[str, str], Lecture] = field(default_factory=dict)
    _fonds: dict[Path, Fonds] = field(default_factory=dict)
    _files: dict[tuple[Path, Path], list[tuple[Path, bytes]]] = field(default_factory=dict)

    def find_projet(self, folder: Path) -> Projet:
        """Return the project around a folder, looked up once."""
        key = Path(os.path.abspath(folder))
        if key not in self.projets:
            self.projets[key] = find_projet(key)
        return self.projets[key]

    def read(self, name: str, data: bytes | None = None, overrides: Sequence[tuple[str, str]] = ()) -> Lecture:
        """Read one file of the command line.

        Args:
            name: the path as typed, or `-`.
            data: its bytes when they do not come from the path (standard input).
            overrides: `--set` pairs, in order.

        Raises:
            RessourceError: the file is missing or unreadable (exit 3).
            ConfigurationError: `facture.toml` is wrong (exit 2).
            UsageError: a `--set` names a place that cannot be (exit 2).
        """
        path = Path(os.path.abspath(name)) if name != "-" else Path.cwd() / "-"
        projet = self.find_projet(path.parent)
        content = read_bytes(path, name) if data is None else data
        root, findings = parse(content, name)
        if root is None:
            return Lecture(name, projet, Table(Position(name)), constats=tuple(findings), fichiers=(path,))
        return _Montage(self, name, path, projet, root, findings).build(overrides)

    def open_fonds(self, projet: Projet) -> Fonds:
        """Return the clause libraries of a project, opened once a run."""
        if projet.racine not in self._fonds:
            self._fonds[projet.racine] = Fonds(projet)
        return self._fonds[projet.racine]

    def use_fonds(self, projet: Projet, fonds: Fonds) -> None:
        """Read with other libraries than those of the lock: to write the next one."""
        self._fonds[projet.racine] = fonds

    def find_numero(self, projet: Projet, beside: Path, kind: str, numero: str) -> list[Path]:
        """Return the files of a kind that bear a number, beside a file or in the project."""
        found: dict[str, Path] = {}
        for path in self.iter_kind(projet, beside, kind, numero):
            table, _ = self.parse_file(path)
            node = table.entries.get("numero") if table is not None else None
            if isinstance(node, Texte) and node.value == numero:
                found.setdefault(os.path.realpath(path), path)
        return list(found.values())

    def iter_kind(self, projet: Projet, beside: Path, kind: str, needle: str) -> Iterator[Path]:
        """Yield the files of a kind that hold a text, beside a file or in the project; unreadable ones are not there.

        Why by bytes first: a project of ten years holds thousands of files, and a few are sought.
        """
        # A word of the command line may hold bytes that are no text.
        wanted = needle.encode("utf-8", "surrogateescape")
        for path, data in self._list_files(projet, beside):
            if wanted not in data:
                continue
            try:
                table, _ = self.parse_file(path)
            except RessourceError:
                continue
            said = table.entries.get("type") if table is not None else None
            if kind == (said.value if isinstance(said, Texte) else _kind_of_folder(path)):
                yield path

    def _list_files(self, projet: Projet, beside: Path) -> list[tuple[Path, bytes]]:
        """Return the YAML files beside a file and in its project, read once a run: a notice may name 500 invoices."""
        key = (projet.racine, beside)
        if key not in self._files:
            found = []
            for path in _iter_yaml(projet, beside):
                with contextlib.suppress(RessourceError):
                    found.append((path, read_bytes(path, display_path(path))))
            self._files[key] = found
        return self._files[key]

    def read_followed(self, name: str, data: bytes | None = None, around: tuple[Projet, Path] | None = None) -> Lecture:
        """Read an invoice with the credit notes of its project that name it.

        Args:
            around: the project and the folder of the notice that names the invoice: without a `facture.toml`, the
                invoice alone would not know of the folders beside its own.

        Raises: as `read` does.
        """
        return self.with_avoirs(self.read(name, data), around)

    def with_avoirs(self, lecture: Lecture, around: tuple[Projet, Path] | None = None) -> Lecture:
        """Return the reading of an invoice with the numbered credit notes that name it, each file once."""
        facture = lecture.document
        if not isinstance(facture, Facture) or facture.numero is None:
            return lecture
        beside = Path(os.path.abspath(lecture.fichier)).parent if lecture.fichier != "-" else Path.cwd()
        places = [(lecture.projet, beside)] if around is None else [(lecture.projet, beside), around]
        found: dict[str, Lecture] = {}
        for projet, folder in places:
            for path in self.iter_kind(projet, folder, "avoir", facture.numero):
                read = self.read(display_path(path))
                avoir = read.document if isinstance(read.document, Avoir) else None
                named = avoir.facture.numero if avoir is not None and avoir.facture is not None else None
                if named not in (None, facture.numero) or (avoir is not None and not _same_sender(avoir, facture)):
                    continue
                # What holds the number and cannot say what it does with it is kept, and refused later: left out, the
                # claim would be too large.
                if read.has_errors or (avoir is not None and avoir.numero is not None and named is not None):
                    found.setdefault(os.path.realpath(path), read)
        files = tuple(path for read in found.values() for path in read.fichiers)
        avoirs = tuple(found.values())
        return replace(lecture, avoirs=avoirs, fichiers=tuple(dict.fromkeys((*lecture.fichiers, *files))))

    def parse_file(self, path: Path) -> tuple[Table | None, tuple[Diagnostic, ...]]:
        """Parse a referenced file, once a run.

        Raises: RessourceError when it cannot be read.
        """
        real = os.path.realpath(path)
        if real not in self._parsed:
            label = display_path(path)
            root, findings = parse(read_bytes(path, label), label)
            self._parsed[real] = (root, tuple(findings))
        return self._parsed[real]


@dataclass
class _Montage:
    """The reading of one file, step by step."""

    lecteur: Lecteur
    name: str
    path: Path
    projet: Projet
    root: Table
    findings: list[Diagnostic]
    files: list[Path] = field(default_factory=list)
    deferred: list[tuple[str, Chemin, Noeud]] = field(default_factory=list)

    def build(self, overrides: Sequence[tuple[str, str]]) -> Lecture:
        self.files.append(self.path)
        if self.projet.fichier is not None:
            self.files.append(self.projet.fichier)
        # Before `--set`: `emetteur.siren=…` must change one key of the default emetteur, not replace it.
        self._default_emetteur()
        self._apply_overrides(overrides)
        kind = self._find_kind()
        document: Document | None = None
        modele: Modele | None = None
        texte: Conditions | Contrat | None = None
        lettre: Relance | Courrier | None = None
        factures: list[Lecture] = []
        annexes: dict[str, Lecture] = {}
        if kind in LETTRES:
            self._resolve()
            self._apply_deferred()
            lettre = self._validate(self._find_lettre(kind), self.root)
            if isinstance(lettre, Relance):
                factures = self._read_factures(lettre)
        elif kind in TYPES or kind in TEXTES:
            self._resolve()
            self._apply_deferred()
            for key in _ANNEXES.get(kind, ()):
                if (annexe := self._read_annexe(key)) is not None:
                    annexes[key] = annexe
            if kind in TYPES:
                document = self._validate(TYPES[kind], self.root)
            else:
                texte = self._validate(TEXTES[kind], self.root)
        elif kind in FICHES:
            self._apply_deferred()
            modele = self._validate(FICHES[kind], self.root)
        elif kind == "catalogue":
            for code, entry in self.root.entries.items():
                self._validate(Article, entry, (code,))
        porteur = texte or document
        carries = annexes or (isinstance(porteur, PorteClauses) and porteur.selects)
        return Lecture(
            self.name,
            self.projet,
            self.root,
            kind,
            document,
            tuple(dict.fromkeys(self.findings)),
            tuple(dict.fromkeys(self.files)),
            modele,
            texte,
            annexes.get("conditions"),
            annexes.get("devis"),
            self.lecteur.open_fonds(self.projet) if carries else None,
            lettre=lettre,
            factures=tuple(factures),
        )

    # --- letters ---

    def _find_lettre(self, kind: str) -> type[Modele]:
        """Return the grammar of a letter: that of its `modele`, once it is known."""
        if kind != "courrier":
            return LETTRES[kind]
        node = self.root.entries.get("modele")
        names = ", ".join(MODELES)
        if node is None:
            advice = f"ajoutez modele: suivi d'un de ces noms : {names}"
            self._find("F238", "clé « modele » manquante", self.root.position, "modele", advice)
        elif not isinstance(node, Texte) or node.nul or node.value not in MODELES:
            said = node.value if isinstance(node, Texte) else ""
            near = suggest(said, MODELES) if said else None
            advice = f"vouliez-vous « {near} » ?" if near else f"modèles : {names}"
            self._find("F239", f"« {said} » n'est pas un modèle de courrier", node.position, "modele", advice)
        else:
            return MODELES[node.value]
        # Only what every letter has can be judged; the rest would be a list of keys that this model may well have.
        known = set(known_keys(LETTRES[kind])) - {"modele"}
        for key in [key for key in self.root.entries if key not in known]:
            self.root = self.root.without(key)
        return LETTRES[kind]

    def _read_factures(self, relance: Relance) -> list[Lecture]:
        """Read the invoices that a notice gathers: names, paths or numbers."""
        node = self.root.entries.get("factures")
        items = node.items if isinstance(node, Liste) else (node,) if node is not None else ()
        read: list[Lecture] = []
        seen: dict[str, str] = {}
        for index, item in enumerate(items):
            path = f"factures[{index}]"
            if not isinstance(item, Texte) or item.nul or not item.value.strip():
                continue
            target = self._find_facture(item, path)
            if target is None:
                continue
            real = os.path.realpath(target)
            if real in seen:
                self._find("F240", f"« {item.value} » est la même facture que « {seen[real]} »", item.position, path)
                continue
            kind = self._kind_of(target) or DOSSIER_TYPES.get(target.parent.name, "")
            if kind not in ("", "facture"):
                self._find("F233", f"« {item.value} » est un fichier « {kind} », pas une facture", item.position, path)
                continue
            seen[real] = item.value
            try:
                found = self.lecteur.read_followed(display_path(target), around=(self.projet, self.path.parent))
            except RessourceError as error:
                self._find("F230", str(error), item.position, path)
                continue
            if found.type != "facture" and not found.has_errors:
                kind = found.type or "inconnu"
                self._find("F233", f"« {item.value} » est un fichier « {kind} », pas une facture", item.position, path)
                continue
            read.append(self._keep(found))
        return read

    def _find_facture(self, item: Texte, path: str) -> Path | None:
        beside = self.path.parent
        numbered = self.lecteur.find_numero(self.projet, beside, "facture", item.value)
        if len(numbered) > 1:
            names = [Path(os.path.relpath(found, beside)).as_posix() for found in numbered]
            advice = f"nommez son fichier : {' ou '.join(names)}"
            self._find("F243", f"plusieurs factures portent le numéro « {item.value} »", item.position, path, advice)
            return None
        if numbered:
            return numbered[0]
        target, problem = resolve_reference(
            self.projet,
            item.value,
            beside,
            "facture",
            item.position,
            path,
            suits=lambda found: self._kind_of(found) in ("", "facture"),
        )
        if target is None and problem is not None:
            self.findings.append(problem)
        return target

    # --- overrides ---

    def _apply_overrides(self, overrides: Sequence[tuple[str, str]]) -> None:
        for text, value in overrides:
            path = parse_path(text)
            label = f"--set {text}"
            node, found = parse_scalar_or_flow(value, label)
            self.findings += found
            if node is None:
                continue
            # `--set client.nom=…` where `client: dupont` is a reference has to wait until it is followed.
            crosses_reference = any(isinstance(find_node(self.root, path[:end]), Texte) for end in range(1, len(path)))
            if crosses_reference:
                self.deferred.append((text, path, node))
            else:
                self.root = _set_node(self.root, path, node, text)

    def _apply_deferred(self) -> None:
        for text, path, node in self.deferred:
            self.root = _set_node(self.root, path, node, text)

    # --- documents that a document names ---

    def _read_annexe(self, key: str) -> Lecture | None:
        """Read the conditions annexed to a document, or the devis of a contract: a name, a path, or its keys."""
        node = self.root.entries.get(key)
        if isinstance(node, Table):
            said = node.entries.get("type")
            if isinstance(said, Texte) and said.value != key:
                self._find("F233", f"« type: {said.value} » : un {key} est attendu ici", said.position, f"{key}.type")
                return None
            own = node.with_entry("type", Texte(node.position, key))
            return self._keep(_Montage(self.lecteur, self.name, self.path, self.projet, own, []).build(()))
        if not isinstance(node, Texte) or node.nul:
            return None
        target, problem = resolve_reference(
            self.projet,
            node.value,
            self.path.parent,
            key,
            node.position,
            key,
            suits=lambda path: self._kind_of(path) in ("", key),
        )
        if target is None:
            self.findings += [problem] if problem is not None else []
            return None
        real = (os.path.realpath(target), key)
        if real in self.lecteur._annexes:
            return self._keep(self.lecteur._annexes[real])
        self.files.append(target)
        try:
            table, findings = self.lecteur.parse_file(target)
        except RessourceError as error:
            self._find("F230", str(error), node.position, key)
            return None
        if table is None:
            self.findings += findings
            return None
        said = table.entries.get("type")
        kind = said.value if isinstance(said, Texte) else DOSSIER_TYPES.get(target.parent.name, key)
        if kind != key:
            self._find("F233", f"« {node.value} » est un fichier « {kind} », pas un {key}", node.position, key)
            return None
        own = table if said is not None else table.with_entry("type", Texte(table.position, key))
        read = _Montage(self.lecteur, display_path(target), target, self.projet, own, list(findings)).build(())
        self.lecteur._annexes[real] = read
        return self._keep(read)

    def _keep(self, read: Lecture) -> Lecture:
        self.findings += read.constats
        self.files += read.fichiers
        return read

    # --- kind ---

    def _find_kind(self) -> str:
        by_folder = DOSSIER_TYPES.get(self.path.parent.name, "")
        node = self.root.entries.get("type")
        if node is None:
            if not by_folder:
                self._find(
                    "F201",
                    "clé « type » manquante",
                    self.root.position,
                    "type",
                    "écrivez type: devis, facture ou avoir",
                )
            elif by_folder in TYPES or by_folder in TEXTES or by_folder in LETTRES:
                self.root = self.root.with_entry("type", Texte(self.root.position, by_folder))
            return by_folder
        if not isinstance(node, Texte) or node.nul:
            self._find(
                "F201",
                "un type de document est attendu",
                node.position,
                "type",
                "écrivez type: devis, facture ou avoir",
            )
            return ""
        if node.value in TYPES or node.value in TEXTES or node.value in LETTRES or node.value == "bilan":
            return node.value
        if node.value in FICHES:
            self.root = self.root.without("type")
            return node.value
        near = suggest(node.value, [*TYPES, *TEXTES, *LETTRES])
        advice = f"vouliez-vous « {near} » ?" if near else "types : " + ", ".join([*TYPES, *TEXTES, *LETTRES])
        self._find("F201", f"« {node.value} » n'est pas un type de document", node.position, "type", advice)
        return ""

    # --- references ---

    def _default_emetteur(self) -> None:
        kind = self.root.entries.get("type")
        if isinstance(kind, Texte) and kind.value == "contrat" and "devis" in self.root.entries:
            # The parties of a contract are those of its devis.
            return
        if "factures" in self.root.entries and "lignes" not in self.root.entries and self._is_relance(kind):
            # The sender of a notice is the one of its invoices.
            return
        is_document = "lignes" in self.root.entries or "type" in self.root.entries
        if self.projet.emetteur and is_document and "emetteur" not in self.root.entries:
            place = self.projet.positions.get("emetteur", Position(display_path(self.projet.fichier or self.path)))
            self.root = self.root.with_entry("emetteur", Texte(place, self.projet.emetteur))

    def _is_relance(self, kind: Noeud | None) -> bool:
        said = kind.value if isinstance(kind, Texte) else DOSSIER_TYPES.get(self.path.parent.name, "")
        return said == "relance"

    def _resolve(self) -> None:
        for key in FICHES:
            node = self.root.entries.get(key)
            if isinstance(node, Texte) and not node.nul:
                from_configuration = node.position.file != self.name and not node.position.file.startswith("--set")
                beside = self.projet.racine if from_configuration else self.path.parent
                table = self._follow(key, node, beside, (os.path.realpath(self.path),))
                self.root = self.root.without(key) if table is None else self.root.with_entry(key, table)
        lines = self.root.entries.get("lignes")
        if isinstance(lines, Liste):
            self.root = self.root.with_entry("lignes", self._resolve_lignes(lines, ("lignes",)))

    def _follow(self, key: str, node: Texte, beside: Path, chain: tuple[str, ...]) -> Table | None:
        def suits(path: Path) -> bool:
            return os.path.realpath(path) not in chain and self._kind_of(path) in ("", key)

        target, problem = resolve_reference(self.projet, node.value, beside, key, node.position, key, suits=suits)
        if target is None:
            if problem is not None:
                self.findings.append(problem)
            return None
        real = os.path.realpath(target)
        if real in chain:
            self._find("F232", f"« {node.value} » renvoie à lui-même", node.position, key)
            return None
        self.files.append(target)
        try:
            table, findings = self.lecteur.parse_file(target)
        except RessourceError as error:
            self._find("F230", str(error), node.position, key)
            return None
        self.findings += findings
        if table is None:
            return None
        kind = table.entries.get("type")
        if isinstance(kind, Texte) and kind.value != key:
            self._find("F233", f"« {node.value} » est un fichier « {kind.value} », pas un {key}", node.position, key)
            return None
        base = table.entries.get(key)
        table = self._absolute_logo(table.without("type"), target)
        if isinstance(base, Texte):
            if len(chain) >= _MAX_CHAINE:
                self._find(
                    "F232", f"« {base.value} » : plus de {_MAX_CHAINE} fiches l'une dans l'autre", base.position, key
                )
                return None
            # A file may start from another one of its kind and change a few keys: a second office, another bank.
            inherited = self._follow(key, base, target.parent, (*chain, real))
            if inherited is None:
                return None
            table = table.without(key)
            return Table(table.position, {**inherited.entries, **table.entries}, {**inherited.keys, **table.keys})
        return table

    def _kind_of(self, path: Path) -> str:
        """Return the `type` a file says it has, or ""."""
        try:
            table, _ = self.lecteur.parse_file(path)
        except RessourceError:
            return ""
        node = table.entries.get("type") if table is not None else None
        return node.value if isinstance(node, Texte) else ""

    def _absolute_logo(self, table: Table, target: Path) -> Table:
        """A logo is found from the file that names it."""
        node = table.entries.get("logo")
        if isinstance(node, Texte) and not node.nul and not os.path.isabs(node.value):
            return table.with_entry("logo", Texte(node.position, os.path.join(target.parent, node.value)))
        return table

    def _resolve_lignes(self, lines: Liste, path: Chemin) -> Liste:
        return Liste(
            lines.position, tuple(self._resolve_ligne(item, (*path, index)) for index, item in enumerate(lines.items))
        )

    def _resolve_ligne(self, item: Noeud, path: Chemin) -> Noeud:
        if not isinstance(item, Table):
            return item
        nested = item.entries.get("lignes")
        if isinstance(nested, Liste) and "section" in item.entries:
            return item.with_entry("lignes", self._resolve_lignes(nested, (*path, "lignes")))
        if isinstance(item.entries.get("article"), Texte):
            return self._resolve_article(item, (*path, "article"))
        return item

    def _resolve_article(self, line: Table, path: Chemin) -> Table:
        result = line
        node: Noeud | None = line.entries["article"]
        seen: list[str] = []
        while isinstance(node, Texte) and not node.nul:
            if node.value in seen or len(seen) >= _MAX_CHAINE:
                self._find("F232", f"l'article « {node.value} » renvoie à lui-même", node.position, format_path(path))
                return result
            seen.append(node.value)
            entry = self._find_article(node, path)
            if entry is None:
                return result
            own = {key: value for key, value in entry.entries.items() if key not in result.entries}
            # A line that sets its price TTC does not inherit a price HT as well, and the other way round.
            if "prix_unitaire_ttc" in result.entries:
                own.pop("prix_unitaire", None)
            if "prix_unitaire" in result.entries:
                own.pop("prix_unitaire_ttc", None)
            result = Table(
                result.position,
                {**result.entries, **own},
                {**result.keys, **{key: entry.keys[key] for key in own}},
            )
            node = entry.entries.get("article")
        return result

    def _find_article(self, node: Texte, path: Chemin) -> Table | None:
        names: list[str] = []
        folder = self.projet.racine / "catalogue"
        if folder.is_dir() and self.projet.may_read(folder):
            for file in sorted(folder.glob("*.y*ml")):
                if not self.projet.may_read(file):
                    continue
                try:
                    table, findings = self.lecteur.parse_file(file)
                except RessourceError:
                    continue
                if file not in self.files:
                    self.files.append(file)
                    self.findings += findings
                if table is None:
                    continue
                entry = table.entries.get(node.value)
                if isinstance(entry, Table):
                    return entry
                names += table.entries
        near = suggest(node.value, names) if len(self.findings) < _MAX_SUGGESTIONS else None
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        advice = f"cherché : {display_path(folder)}/*.yaml"
        self._find("F230", f"article « {node.value} » introuvable{hint}", node.position, format_path(path), advice)
        return None

    # --- validation ---

    @cached_property
    def swallowed(self) -> frozenset[tuple[str, int]]:
        """Lines where a comment swallowed a value; known once every file has been parsed."""
        return frozenset((found.position.file, found.position.line) for found in self.findings if found.code == "Y113")

    def _validate(self, model: type[Any], node: Noeud, prefix: Chemin = ()) -> Any:
        data = self._to_data(node, prefix)
        if not isinstance(data, dict):
            self._find("F204", "un groupe de clés est attendu", node.position, format_path(prefix))
            return None
        # Each round takes out what was refused, so this ends; the bound is for the reader's peace of mind.
        for _ in range(50):
            done, refusals = validate(model, data)
            if done is not None:
                return done
            self.findings += [
                self._to_diagnostic(refusal, model, node, prefix)
                for refusal in refusals
                if not self._is_empty_item(node, refusal)
            ]
            for refusal in refusals:
                _prune(data, refusal)
        return None

    def _is_empty_item(self, root: Noeud, refusal: Refus) -> bool:
        """A « - » left empty has been said (F210); what stands in for it is not a second mistake."""
        found = find_node(root, locate(root, refusal.chemin)[1])
        return isinstance(found, Texte) and found.nul

    def _to_data(self, node: Noeud, path: Chemin) -> Any:
        """Turn nodes into plain data; an empty value is a mistake wherever it stands (F210)."""
        if isinstance(node, Texte):
            return node.value
        if isinstance(node, Liste):
            # An empty item keeps its place, or every later index would point at a neighbour.
            stand_in: Any = {} if any(isinstance(item, Table) for item in node.items) else "…"
            return [
                stand_in if self._is_nul(item, item.position, (*path, index)) else self._to_data(item, (*path, index))
                for index, item in enumerate(node.items)
            ]
        return {
            key: self._to_data(item, (*path, key))
            for key, item in node.entries.items()
            if not self._is_nul(item, node.keys[key], (*path, key))
        }

    def _is_nul(self, node: Noeud, position: Position, path: Chemin) -> bool:
        if isinstance(node, Texte) and node.nul:
            # `couleur: #0B5FA5` has been explained as a swallowed comment, on the same line: once is enough.
            if (position.file, position.line) not in self.swallowed:
                self._find("F210", "clé sans valeur", position, format_path(path))
            return True
        return False

    def _to_diagnostic(self, refusal: Refus, model: type[Modele], root: Noeud, prefix: Chemin) -> Diagnostic:
        unknown_key = not refusal.code
        position, reached = locate(root, refusal.chemin, at_key=unknown_key)
        path = format_path((*prefix, *reached))
        if unknown_key:
            return self._unknown_key(model, refusal.chemin, position, path)
        message = refusal.message
        if refusal.code == "F204" and message.endswith(("attendu", "attendue")):
            got = {Texte: "un texte", Liste: "une liste", Table: "un groupe de clés"}
            message += f", pas {got[type(find_node(root, reached) or root)]}"
        return finding(refusal.code, message, position, path, refusal.advice)

    def _unknown_key(self, model: type[Modele], loc: Chemin, position: Position, path: str) -> Diagnostic:
        key = str(loc[-1])
        choices = [name for found in models_at(model, loc[:-1]) for name in known_keys(found)]
        owners = [kind for kind, other in _list_grammars() if key in other.model_fields]
        # A near key is looked for in a file with a few mistakes; in one with hundreds it would only take time.
        near = next((name for name in choices if name in (f"{key}s", key.removesuffix("s"))), None)
        if near is None and len(self.findings) < _MAX_SUGGESTIONS and not (owners and len(loc) == 1):
            near = suggest(key, choices)
        if near:
            return finding("F203", f"clé inconnue ; vouliez-vous « {near} » ?", position, path)
        if owners and len(loc) == 1:
            where = " ou ".join(owners)
            advice = _AILLEURS.get(key, "")
            return finding("F203", f"cette clé n'existe que sur un document de type {where}", position, path, advice)
        return finding(
            "F203", "clé inconnue", position, path, _AILLEURS.get(key, "") or "clés admises ici : " + ", ".join(choices)
        )

    def _find(self, code: str, message: str, position: Position, path: str = "", advice: str = "") -> None:
        self.findings.append(finding(code, message, position, path, advice))


def _list_grammars() -> list[tuple[str, type[Modele]]]:
    return [*TYPES.items(), *TEXTES.items(), *LETTRES.items()]


def _kind_of_folder(path: Path) -> str:
    """Return what the nearest folder of the vocabulary holds: `avoirs/2026/A1.yaml` is a credit note."""
    return next((DOSSIER_TYPES[part] for part in reversed(path.parent.parts) if part in DOSSIER_TYPES), "")


def _same_sender(one: Document, other: Document) -> bool:
    """Say whether two documents come from the same sender: numbers are unique for one sender, not for the world.

    One name is enough: a SIREN mistyped on a credit note must not make it somebody else's.
    """
    first, second = ((doc.emetteur.siren or (doc.emetteur.siret or "")[:9]) for doc in (one, other))
    return one.emetteur.nom == other.emetteur.nom or (bool(first) and first == second)


def _iter_yaml(projet: Projet, beside: Path) -> Iterator[Path]:
    """Yield the files beside a file, then those of its whole project: a credit note may be kept anywhere in it.

    Without a project, what is beside the file and in the folders that the vocabulary names.
    """
    folders = [projet.racine] if projet.exists else [projet.racine / name for name in DOSSIER_TYPES]
    seen: set[Path] = set()
    for folder in dict.fromkeys((beside, projet.racine)):
        names = sorted(folder.iterdir()) if folder.is_dir() else []
        for path in names:
            if path.suffix in (".yaml", ".yml") and path not in seen and projet.may_read(path):
                seen.add(path)
                yield path
    for folder in folders:
        for root, names_below, files in os.walk(folder):
            names_below[:] = sorted(name for name in names_below if name[0] != "." and name not in DOSSIERS_IGNORES)
            for file in sorted(files):
                path = Path(root) / file
                if path.suffix in (".yaml", ".yml") and path not in seen and projet.may_read(path):
                    seen.add(path)
                    yield path


def parse_path(text: str) -> Chemin:
    """Read `lignes[0].prix_unitaire` or `lignes.0.prix_unitaire`, zero-based.

    Raises: UsageError when it is not a path.
    """
    if not re.fullmatch(r"[^\s.\[\]=]+(\.[^\s.\[\]=]+|\[\d{1,6}\])*", text):
        raise UsageError(f"--set {text} : ce chemin n'en est pas un ; exemple : lignes[0].prix_unitaire=450")
    steps = re.findall(r"[^.\[\]]+", text)
    return tuple(int(step) if re.fullmatch(r"[0-9]{1,6}", step) else step for step in steps)


def _set_node(root: Table, path: Chemin, node: Noeud, text: str) -> Table:
    """Return the tree with one node replaced or added."""

    def place(current: Noeud | None, steps: Chemin) -> Noeud:
        if not steps:
            return node
        step, rest = steps[0], steps[1:]
        if isinstance(step, int):
            items = current.items if isinstance(current, Liste) else ()
            if step > len(items) or (current is not None and not isinstance(current, Liste)):
                raise UsageError(f"--set {text} : il n'y a pas d'élément {step} à cet endroit")
            changed = place(items[step] if step < len(items) else None, rest)
            position = current.position if current is not None else node.position
            return Liste(position, (*items[:step], changed, *items[step + 1 :]))
        if current is None:
            current = Table(node.position)
        if not isinstance(current, Table):
            raise UsageError(f"--set {text} : « {step} » ne peut pas se trouver ici")
        return current.with_entry(step, place(current.entries.get(step), rest), node.position)

    result = place(root, path)
    if not isinstance(result, Table):
        raise UsageError(f"--set {text} : une clé est attendue")
    return result


def _prune(data: Any, refusal: Refus) -> None:
    """Take out of plain data what was refused, keeping every index as the user sees it."""
    parents: list[tuple[Any, str | int]] = []
    current = data
    for step in refusal.chemin:
        inside = (isinstance(current, dict) and step in current) or (
            isinstance(current, list) and isinstance(step, int) and step < len(current)
        )
        if inside:
            parents.append((current, step))
            current = current[step]
    while parents:
        holder, step = parents.pop()
        if isinstance(holder, dict):
            del holder[step]
            return
        if refusal.wants_group:
            holder[step] = {}
            return
        # A list of texts cannot lose one item without shifting the others: the whole list goes.
