"""What a rule finds."""

from dataclasses import dataclass

from imprint.errors import at


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule."""

    code: str
    path: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{at(self.path, self.line)}: {self.code} {self.message} ({self.remedy})"
