"""Why a run is stale, in words."""

import re
from collections.abc import Callable, Iterator, Mapping

_KIND = re.compile(
    "(tags of cell|cell|parameter|definition|module|order of|file|folder|dataset|version of"
    "|variable) (.+)"
)


def changes(
    before: Mapping[str, str] | None,
    now: Mapping[str, str],
    origin: Callable[[str], str | None] = lambda name: None,
) -> list[str]:
    """What differs between the inputs of a kept result and those of today, a line each, the most
    particular first; empty where nothing does. ``origin`` tells the page that a definition
    comes from, by the input's name."""
    if before is None:
        return ["no result yet"]
    found = _Differences(before, now)
    lines = [*_code(found), *_values(found, "parameter", "parameter {}")]
    lines += _definitions(found, origin)
    lines += _contents(found)
    lines += _values(found, "version of", "{}")
    lines += _values(found, "variable", "the variable {}")
    lines += _rest(found)
    if found.differ and not lines:
        lines.append("it depends on other things than before")
    return lines


class _Differences:
    """What is different, by kind and name: the value before and the one now."""

    def __init__(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        self.by_kind: dict[str, dict[str, tuple[str | None, str | None]]] = {}
        for key in {**before, **now}:
            pair = before.get(key), now.get(key)
            if pair[0] != pair[1]:
                match = _KIND.fullmatch(key)
                kind, name = match.groups() if match else ("", key)
                self.by_kind.setdefault(kind, {})[name] = pair
        self.differ = bool(self.by_kind)

    def of(self, kind: str) -> dict[str, tuple[str | None, str | None]]:
        return self.by_kind.get(kind, {})


def _code(found: _Differences) -> Iterator[str]:
    for kind, what in (("cell", "its code changed"), ("tags of cell", "the tags changed")):
        numbers = sorted(found.of(kind), key=int)
        if numbers:
            shown = ", ".join(numbers[:5]) + (", …" if len(numbers) > 5 else "")
            yield f"{what} (cell{'s' if len(numbers) > 1 else ''} {shown})"


def _values(found: _Differences, kind: str, what: str) -> Iterator[str]:
    for name, (old, new) in sorted(found.of(kind).items()):
        subject = what.format(name)
        if new is None:
            yield f"{subject} is no longer there, was {old}"
        else:
            yield f"{subject} is {new}, was {old if old is not None else 'not there'}"


def _definitions(found: _Differences, origin: Callable[[str], str | None]) -> Iterator[str]:
    differing = found.of("definition")
    edited = {name for name, pair in differing.items() if None not in pair}
    if not edited and not found.of("cell") and not found.of("module"):
        edited = set(differing)  # else they only follow from the other changes
    for name in edited:
        module, _, label = name.partition(":")
        old, new = differing[name]
        page = origin(f"definition {name}")
        if new is None:
            yield (
                f"`{label}` was removed from {module}"
                if page is None
                else (f"`{label}` is no longer used")
            )
        elif old is None:
            yield f"`{label}` is used now, from {page or module}"
        else:
            yield f"`{label}` changed in {page or module}"
    for name in found.of("module"):
        yield f"the module {name} changed" if None not in found.of("module")[name] else (
            f"the module {name} is used as a whole now" if found.of("module")[name][0] is None
            else f"the module {name} is no longer used as a whole"
        )  # fmt: skip
    if not edited:
        for name in found.of("order of"):
            yield f"the order of definitions changed in {name}"


def _contents(found: _Differences) -> Iterator[str]:
    for kind in ("file", "folder", "dataset"):
        for name, (old, new) in sorted(found.of(kind).items()):
            what = name if kind == "file" else f"the {kind} {name}"
            if new is None:
                yield f"{what} is no longer read"
            else:
                yield f"{what} changed" if old is not None else f"{what} is read now"


def _rest(found: _Differences) -> Iterator[str]:
    words = {
        "device": "it runs on {1}, ran on {0}",
        "folder": "it moved from {0} to {1}",
        "kernel": "its kernel is {1}, was {0}",
        "preamble": "the preamble of its edition changed",
        "datasets": "the datasets changed",
        "format": "imprint keeps results in a new form",
    }
    for name, text in words.items():
        if name in found.of(""):
            yield text.format(*found.of("")[name])
