"""Aliases: names of the library that readers never meet, because ``imprint`` writes the
framework's own in their place.

What is rewritten, and what is not:

- ``d2l.zeros``, called or passed as a value, becomes ``torch.zeros``; in a call the keywords under
  ``keywords:`` are renamed, too.
- The call ``d2l.reshape(x, s)`` becomes ``x.reshape(s)``; what such an alias adds of its own
  (``numpy(force=True)``) follows the call's arguments, which win.
- The call ``d2l.transpose(x)`` becomes ``x.T``, where an argument that the expression names twice,
  or out of turn, is a name or a number.
- As they are stay: text in strings, formatted ones included; methods and expressions passed as
  values, or called with ``*arguments`` in the first place or ``x=`` by name; whatever is no longer
  the library's name there, because a function has a variable of the name.
- All else stays as it is to the byte, but for a statement of which a line grew past 79 columns:
  ruff lays it out again.

The library keeps every alias as a public name, which takes what the framework's function takes.
"""

from imprint.aliases.names import Imports, imports_of
from imprint.aliases.rewriting import NotImported, rewritten
from imprint.aliases.targets import Aliases, parsed
from imprint.aliases.text import Rewritten

__all__ = ["Aliases", "Imports", "NotImported", "Rewritten", "imports_of", "parsed", "rewritten"]
