"""Writers whose bytes depend on nothing but the contents."""

import struct
import zipfile
import zlib


def write_gzip(path, data):
    """Write bytes as a gzip file of stored (uncompressed) blocks (RFC 1952).

    Compressed bytes differ between versions of zlib; stored ones do not.
    """
    with open(path, "wb") as file:
        file.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")  # no time
        for start in range(0, len(data), 65535):
            block = data[start : start + 65535]
            last = start + 65535 >= len(data)
            file.write(struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block)
        file.write(struct.pack("<II", zlib.crc32(data), len(data)))


def idx(array):
    """Return a uint8 array in IDX format (yann.lecun.com/exdb/mnist)."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def write_csv(path, columns, rows):
    """Write dictionaries as a CSV file with ``\\n`` line ends and NA for None.

    No value may need quoting.
    """
    with open(path, "w", encoding="ascii", newline="\n") as file:
        print(*columns, sep=",", file=file)
        for row in rows:
            values = ("NA" if row[name] is None else row[name] for name in columns)
            print(*values, sep=",", file=file)


def write_zip(path, files):
    """Write bytes by name as a ZIP archive of stored (uncompressed) files without a date."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)  # of the first of January 1980
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, data)
