"""The review of a library: each file, and above all the files together.

One clause alone may be sound and the library not: a reference that leads nowhere, two variants for one public, versions
out of order, a preset that no longer holds.
"""

from __future__ import annotations

import datetime as dt
import graphlib
from collections.abc import Iterable

from facture.bibliotheques import ANCIENNES, MANIFESTE, Bibliotheque, Fonds, ModeleClauses, matches
from facture.clauses import A_REDIGER, ClauseLue, ValeurRefusee, is_stale, parse_valeur
from facture.errors import (
    Diagnostic,
    Position,
    sort_diagnostics,
)
from facture.grammaire import (
    QUALITES,
    Renvoi,
    parse_renvoi,
)
from facture.projet import (
    CONFIGURATION,
    display_path,
)
from facture.source import finding
from facture.typo import suggest
from facture.verrou import VERROU


def lint(fonds: Fonds, bibliotheque: str, today: dt.date) -> list[Diagnostic]:
    """Review one library: each of its files, and what its clauses and presets say of one another.

    Args:
        bibliotheque: its name in this project; what its clauses refer to is looked up in every library.
        today: day of the review, for clauses not read again for a year.
    """
    library = fonds.find_bibliotheque(bibliotheque)
    if library is None:
        return [fonds.say_no_library(bibliotheque, Position(display_path(fonds.projet.racine / CONFIGURATION)), "")]
    return _Relecture(fonds, library, today).review()


class _Relecture:
    """The review of one library."""

    def __init__(self, fonds: Fonds, library: Bibliotheque, today: dt.date) -> None:
        self.fonds = fonds
        self.library = library
        self.today = today
        self.rayon = fonds.rayon(library)
        self.found: list[Diagnostic] = list(fonds.list_manifeste_findings(library.nom))
        self.propres = {read.id: read for read in fonds.iter_bibliotheque(library.nom)}
        for ident in self.rayon.courantes:
            self.found += fonds.read_current(library, ident)[1]
        visible = {read.id: read for read in fonds.visible()}
        self.toutes = {**visible, **self.propres}
        """By identifier: the clauses of this library, then what a bare reference means."""

    def review(self) -> list[Diagnostic]:
        for path, example in self.rayon.refuses:
            place = Position(self.rayon.name(path))
            self.found.append(
                finding("C520", f"« {path.name} » n'est pas un nom que l'on puisse citer", place, advice=example)
            )
        self._check_versions()
        declared = {theme for library in self.fonds.bibliotheques for theme in library.themes}
        for read in self.propres.values():
            self._check_references(read)
            self._check_themes(read, declared)
            self._check_relecture(read)
            self._check_redaction(read)
            self._check_progres(read)
        self._check_cycles()
        self._check_familles()
        for path in self.rayon.modeles.values():
            modele, findings = self.fonds.read_modele(self.library, path)
            self.found += findings
            if modele is not None:
                self._check_modele(modele)
        return sort_diagnostics(self.found)

    # --- one clause

    def _check_versions(self) -> None:
        for ident, olds in self.rayon.anciennes.items():
            for version in olds:
                self.found += self.fonds.read_ancienne(self.library, ident, version)[1]
            if ident in self.rayon.courantes:
                continue
            # A clause may be withdrawn and its versions kept: old documents still print.
            last = max(olds)
            if missing := _describe_missing(set(range(1, last)) - set(olds)):
                place = Position(self.rayon.name(olds[last]))
                self.found.append(finding("C519", f"« {ident} » : {missing}", place, "", _RETROUVER))
        for ident, read in self.propres.items():
            olds = self.rayon.anciennes.get(ident, {})
            if missing := _describe_missing(set(range(1, read.version)) - set(olds)):
                self.found.append(read.find("C519", ("version",), missing, _RETROUVER))
            for version, path in olds.items():
                if version >= read.version:
                    message = f"version {version} rangée, et la version courante est la {read.version}"
                    advice = "une version rangée est plus ancienne que la courante : corrigez l'une ou l'autre"
                    self.found.append(finding("C519", message, Position(self.rayon.name(path)), "version", advice))

    def _check_references(self, read: ClauseLue) -> None:
        clause = read.clause
        for index, renvoi in enumerate(clause.requiert):
            if not self.fonds.holds(renvoi):
                message = f"« {renvoi} » n'existe dans aucune bibliothèque{self._hint(renvoi)}"
                self.found.append(read.find("C509", ("requiert", index), message))
                continue
            needed = self._follow(renvoi)
            without = [name for name in clause.public if needed is not None and name not in needed.clause.public]
            if without:
                message = f"« {renvoi} » n'est pas écrite pour : {_list_publics(without)}"
                self.found.append(read.find("C509", ("requiert", index), message))
        for key in ("incompatible", "remplace"):
            for index, renvoi in enumerate(getattr(clause, key)):
                if not self.fonds.holds(renvoi):
                    message = f"« {renvoi} » n'existe dans aucune bibliothèque{self._hint(renvoi)}"
                    self.found.append(read.find("C502", (key, index), message))
        for name, line in read.renvois:
            target = parse_renvoi(name)
            if target is not None and not self.fonds.holds(target):
                message = f"« [[{name}]] » ne renvoie à aucune clause{self._hint(target)}"
                self.found.append(finding("C507", message, read.place_line(line), "texte"))

    def _hint(self, renvoi: Renvoi) -> str:
        near = suggest(renvoi.id, self.toutes)
        return f" ; vouliez-vous « {near} » ?" if near and near != renvoi.id else ""

    def _follow(self, renvoi: Renvoi) -> ClauseLue | None:
        """Return the clause that a clause of this library means."""
        if not renvoi.version and renvoi.bibliotheque in ("", self.library.nom) and renvoi.id in self.propres:
            return self.propres[renvoi.id]
        return self.fonds.find_unpinned(renvoi, Position(VERROU), "")[0]

    def _check_themes(self, read: ClauseLue, declared: set[str]) -> None:
        for index, theme in enumerate(read.clause.themes):
            if declared and theme not in declared:
                near = suggest(theme, declared)
                hint = f" ; vouliez-vous « {near} » ?" if near else ""
                message = f"le thème « {theme} » n'est déclaré par aucun {MANIFESTE}{hint}"
                self.found.append(
                    read.find(
                        "C526", ("themes", index), message, f"corrigez-le, ou ajoutez-le à {MANIFESTE}"
                    ).as_warning()
                )

    def _check_progres(self, read: ClauseLue) -> None:
        """Say when a version prints nothing that the one before did not: an amendment waits for its text."""
        if read.version < 2:
            return
        before = self.fonds.read_version(self.library.nom, read.id, read.version - 1)
        if before is not None and _says_same(before, read):
            message = f"la version {read.version} dit encore ce que disait la {read.version - 1}"
            self.found.append(read.find("C544", ("texte",), message))

    def _check_redaction(self, read: ClauseLue) -> None:
        if A_REDIGER in (read.clause.texte or ""):
            self.found.append(read.find("C536", ("texte",), f"« {read.id} » n'est pas encore rédigée"))

    def _check_relecture(self, read: ClauseLue) -> None:
        seen = read.clause.verifie_le
        if seen is None:
            self.found.append(
                read.find(
                    "C513",
                    ("id",),
                    "« verifie_le » manque : personne ne dit l'avoir relue",
                    "relisez-la, puis ajoutez verifie_le: et la date du jour",
                )
            )
        elif is_stale(seen, self.today):
            self.found.append(read.find("C513", ("verifie_le",), f"relue pour la dernière fois le {seen.isoformat()}"))

    # --- clauses together

    def _check_cycles(self) -> None:
        """Say each circle of `requiert` once, from the clause of this library that comes first."""
        graph: dict[str, list[str]] = {}
        known: dict[str, ClauseLue] = {}
        waiting = list(self.propres.values())
        while waiting:
            read = waiting.pop()
            if read.reference in graph:
                continue
            known[read.reference] = read
            needed = [target for renvoi in read.clause.requiert if (target := self._follow(renvoi)) is not None]
            graph[read.reference] = list(dict.fromkeys(target.reference for target in needed))
            waiting += needed
        # Each circle is found by opening the one before; a library with more than twenty is mended twenty at a time.
        for _ in range(20):
            try:
                graphlib.TopologicalSorter({name: graph[name] for name in sorted(graph) if graph[name]}).prepare()
                return
            except graphlib.CycleError as error:
                circle = [known[name] for name in reversed(error.args[1])][:-1]
            own = [index for index, read in enumerate(circle) if read.bibliotheque == self.library.nom]
            start = min(own, key=lambda index: circle[index].id, default=0)
            circle = circle[start:] + circle[:start]
            first, following = circle[0], circle[1 % len(circle)]
            graph[first.reference].remove(following.reference)
            if own:
                index = next(i for i, renvoi in enumerate(first.clause.requiert) if self._follow(renvoi) is following)
                names = " → ".join(read.id for read in (*circle, first))
                self.found.append(
                    first.find("C508", ("requiert", index), f"chaque clause attend la suivante : {names}")
                )

    def _check_familles(self) -> None:
        families: dict[str, list[ClauseLue]] = {}
        for _, read in sorted(self.toutes.items()):
            if read.clause.famille is not None:
                families.setdefault(read.clause.famille, []).append(read)
        for name, members in families.items():
            own = [read for read in members if self.propres.get(read.id) is read]
            if own:
                self._check_famille(name, members, own)

    def _check_famille(self, name: str, members: list[ClauseLue], own: list[ClauseLue]) -> None:
        preferred = [read for read in members if read.clause.position == "preferee"]
        for index, second in enumerate(preferred):
            for first in preferred[:index]:
                shared = _find_shared(first, second)
                if shared and (first in own or second in own):
                    said, other = (second, first) if second in own else (first, second)
                    message = f"« {other.id} » est aussi la préférée de « {name} » pour : {_list_publics(shared)}"
                    self.found.append(said.find("C533", ("position",), message).as_warning())
        covered = {public for read in members for public in read.clause.public}
        missing = covered - {public for read in preferred for public in read.clause.public}
        if missing:
            message = f"la famille « {name} » n'a pas de variante préférée pour : {_list_publics(missing)}"
            advice = "écrivez « position: preferee » dans l'une d'elles"
            self.found.append(own[0].find("C533", ("famille",), message, advice).as_warning())

    # --- presets

    def _check_modele(self, modele: ModeleClauses) -> None:
        cited: list[tuple[int, ClauseLue]] = []
        seen: dict[str, int] = {}
        for index, item in enumerate(modele.clauses):
            place, path = modele.place(index), f"clauses[{index}]"
            read, findings = self.fonds.find_unpinned(item.renvoi, place, path)
            # The mistakes of a clause's own file belong to the review of its library.
            self.found += [found for found in findings if found.position == place]
            if read is None:
                continue
            if read.id in seen:
                message = f"« {read.id} » est déjà nommée ligne {modele.place(seen[read.id]).line}"
                self.found.append(finding("C524", message, place, path))
                continue
            seen[read.id] = index
            cited.append((index, read))
            self._check_valeurs(modele, index, read)
        joining = [
            (-1, read) for read in self.toutes.values() if modele.nom in read.clause.modeles and read.id not in seen
        ]
        said: dict[tuple[str, int, str], list[str]] = {}
        for public in QUALITES:
            self._check_public(modele, [*cited, *joining], public, said)
        for (code, index, message), publics in said.items():
            place = modele.place(index) if index >= 0 else modele.racine.position
            path = f"clauses[{index}]" if index >= 0 else ""
            self.found.append(finding(code, f"{message}, pour : {_list_publics(publics)}", place, path))

    def _check_valeurs(self, modele: ModeleClauses, index: int, read: ClauseLue) -> None:
        for name, text in modele.clauses[index].valeurs:
            path = f"clauses[{index}].{modele.clauses[index].cle}.{name}"
            variable = read.clause.variables.get(name)
            if variable is None:
                near = suggest(name, read.clause.variables)
                hint = f" ; vouliez-vous « {near} » ?" if near else ""
                known = ", ".join(read.clause.variables) or "aucune"
                message = f"« {read.id} » n'a pas de variable « {name} »{hint}"
                place = modele.place_value(index, name, at_key=True)
                self.found.append(finding("C504", message, place, path, f"ses variables : {known}"))
                continue
            try:
                parse_valeur(variable, text, read.clause.langue)
            except ValeurRefusee as error:
                self.found.append(finding("C506", str(error), modele.place_value(index, name), path, error.advice))

    def _check_public(
        self,
        modele: ModeleClauses,
        members: list[tuple[int, ClauseLue]],
        public: str,
        said: dict[tuple[str, int, str], list[str]],
    ) -> None:
        """Judge what a preset leaves for one public, with the clauses that others require."""

        def say(code: str, index: int, message: str) -> None:
            said.setdefault((code, index, message), []).append(public)

        kept = [(index, read) for index, read in members if public in read.clause.public]
        by_id = {read.id: read for _, read in kept}
        for index, read in kept:
            for renvoi in read.clause.requiert:
                if renvoi.id in by_id:
                    continue
                needed = self._follow(renvoi)
                if needed is not None and public in needed.clause.public:
                    by_id[needed.id] = needed
                    kept.append((index, needed))
                elif read.bibliotheque != self.library.nom:
                    # In a clause of this library it is said at the clause itself.
                    say("C509", index, f"« {read.id} » requiert « {renvoi} », qui manque")
        families: dict[str, list[ClauseLue]] = {}
        for index, read in kept:
            family = read.clause.famille
            if family is not None:
                for other in families.setdefault(family, []):
                    if _find_shared(other, read):
                        say("C533", index, f"« {other.id} » et « {read.id} » sont deux variantes de « {family} »")
                        break
                families[family].append(read)
            for renvoi in read.clause.incompatible:
                opposed = by_id.get(renvoi.id)
                if opposed is not None and matches(renvoi, opposed) and _find_shared(opposed, read):
                    say("C510", index, f"« {read.id} » et « {opposed.id} » ne vont pas ensemble")


def _find_shared(first: ClauseLue, second: ClauseLue) -> list[str]:
    """Return the publics that may meet both clauses.

    Returns: none when each has its condition, which a review cannot weigh, or when one takes the place of the other.
    """
    conditional = first.quand is not None and second.quand is not None
    replaced = any(matches(renvoi, second) for renvoi in first.clause.remplace)
    replaced |= any(matches(renvoi, first) for renvoi in second.clause.remplace)
    if conditional or replaced or first.id == second.id:
        return []
    return [public for public in first.clause.public if public in second.clause.public]


def _list_publics(publics: Iterable[str]) -> str:
    known = set(publics)
    return ", ".join(public for public in QUALITES if public in known)


_RETROUVER = f"retrouvez ce qui manque dans l'historique de git, et remettez-le dans {ANCIENNES}/"


def _describe_missing(versions: set[int]) -> str:
    if not versions:
        return ""
    *most, last = (str(version) for version in sorted(versions)[:5])
    listed = f"{', '.join(most)}{', ' if len(versions) > 5 else ' et '}{last}" if most else last
    plural = "s" if most else ""
    return f"version{plural} {listed}{', …' if len(versions) > 5 else ''} absente{plural} du dossier {ANCIENNES}/"


def _says_same(before: ClauseLue, after: ClauseLue) -> bool:
    """Say whether two versions print the same words for the same document."""
    one, other = before.clause, after.clause
    names = ("titre", "quand", "public", "emplacement", "variables", "famille", "encadre", "requiert", "incompatible")
    same_text = (one.texte or "").strip() == (other.texte or "").strip()
    return same_text and all(getattr(one, name) == getattr(other, name) for name in names)
