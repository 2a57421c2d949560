"""Warm kernels: forked from a process that has imported their libraries, instead of started.

``server/`` runs in the edition's environment, ``client.py`` keeps such servers, ``process.py``
is a kernel's process, ``provisioner.py`` offers it all to Jupyter, ``kernelspecs.py`` installs it.
"""

from imprint.execution.warm.client import held, on_notice, start_early, stop_all
from imprint.execution.warm.process import Exit

__all__ = ["Exit", "held", "on_notice", "start_early", "stop_all"]
