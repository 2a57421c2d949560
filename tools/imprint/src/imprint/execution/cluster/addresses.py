"""Addresses of Dask schedulers: whether anyone is there."""

import socket

from imprint.errors import BookError

WITHIN = 10.0
"""Seconds for a scheduler to answer."""


def refusal(address: str) -> str:
    """Why no Dask scheduler is at an address, empty where one seems to be: asked once, where
    Dask asks for ever (whoever accepts and is silent) or until its timeout. Raises BookError for
    what is no address."""
    from distributed.comm import get_address_host_port, parse_address

    try:
        where = get_address_host_port(address)
        with socket.create_connection(where, WITHIN) as peer:
            if parse_address(address)[0] == "tcp":
                peer.recv(1)  # Dask's listeners speak first
    except OSError as error:
        return error.strerror or in_one_line(error)
    except ValueError as error:
        raise BookError(
            f"no address of a Dask scheduler: {in_one_line(error)}", remedy="tcp://host:8786"
        ) from None
    return ""


def in_one_line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
