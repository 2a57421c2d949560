"""Exercises: whether each has its solution."""

from collections.abc import Iterator, Sequence

from imprint import exercises
from imprint.book import Book
from imprint.checks.finding import Finding
from imprint.pages import Notebook


def unmatched(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Said only where the book has solutions at all."""
    for page, one, message in exercises.unmatched(pages):
        remedy = f"write it under (sol-{one.name})=, with a heading ### Exercise {one.number}"
        if message.startswith("there is no"):
            remedy = "number it as the exercise, or remove it"
        if message.startswith("another page"):
            remedy = "give one of the files another name"
        yield Finding("X601", page.path, one.line, message, remedy)
