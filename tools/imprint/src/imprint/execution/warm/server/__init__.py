"""The fork server of warm kernels: it imports what an edition's pages import, then forks a
fresh IPython kernel per request, and does nothing else: no thread, no socket of ZeroMQ, no device.

This folder also runs under an edition's own interpreter, where imprint is not installed: it
knows nothing but Python's library and itself. ``serving`` is the server's story, ``imports``
what it does before it forks, ``kernel`` what a forked process does to become a kernel;
``messages`` and ``processes`` serve both ends.
"""
