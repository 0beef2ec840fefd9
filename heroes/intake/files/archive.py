"""ZIP archives, unpacked within bounds: what a delivery was sent in, and what an Excel workbook is inside.

What an archive says of itself is not believed: each entry is inflated step by step and given up where it grows beyond
the bounds, so that a small file can fill neither the memory nor the time of whoever imports it.
"""

import io
import re
import zipfile
import zlib

from heroes.intake.files.limits import LARGEST_ARCHIVE, LARGEST_RATIO, LARGEST_UNPACKED, MEGABYTE, MOST_FILES, RATIO_FREE

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
_STEP = MEGABYTE
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NAME = re.compile(r"[^\x00-\x1f\x7f:]{1,300}$")


class ArchiveError(Exception):
    """An archive that is not unpacked; `rule` and the sentence say why, without a name or a cell."""

    def __init__(self, rule: str, sentence: str):
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


def entries_of(content: bytes) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by their path inside it, in its order. Raises ArchiveError where it cannot be trusted."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeError):
        raise ArchiveError("damaged_archive", "The archive is damaged or was cut short.") from None
    if len(found) > MOST_FILES:
        raise ArchiveError("too_many_files", f"The archive holds more than {MOST_FILES} files.")
    entries = {entry.filename: entry for entry in found}
    if len(entries) < len(found):
        raise ArchiveError("damaged_archive", "Two files of the archive have the same name.")
    if any(entry.flag_bits & _ENCRYPTED for entry in found):
        raise ArchiveError("encrypted_archive", "The archive is encrypted.")
    if any(entry.compress_type not in _METHODS for entry in found):
        raise ArchiveError("damaged_archive", "The archive is compressed in a way that is not read.")
    if not all(_NAME.match(name) and ".." not in name.split("/") and not name.startswith("/") for name in entries):
        raise ArchiveError("damaged_archive", "A file of the archive has a name that is no path inside it.")
    return entries


def unpack_entries(content: bytes, names: list[str]) -> dict[str, bytes]:
    """The bytes of some files of an archive. Raises ArchiveError for damage, and for growth beyond the bounds (a "bomb")."""
    unpacked: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in names:
                unpacked[name] = _inflate(archive, name, total, len(content))
                total += len(unpacked[name])
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, OverflowError, NotImplementedError, OSError, RuntimeError):
        raise ArchiveError("damaged_archive", "A file of the archive is damaged or was cut short.") from None
    return unpacked


def _inflate(archive: zipfile.ZipFile, name: str, before: int, packed: int) -> bytes:
    """One file of an archive; `before`: bytes of those unpacked already."""
    parts, size = [], 0
    with archive.open(name) as stream:
        while part := stream.read(_STEP):
            size += len(part)
            _refuse_growth(size, before, packed)
            parts.append(part)
    return b"".join(parts)


def _refuse_growth(size: int, before: int, packed: int) -> None:
    if size > LARGEST_UNPACKED or size + before > LARGEST_ARCHIVE or size + before > max(RATIO_FREE, LARGEST_RATIO * packed):
        raise ArchiveError("unpacks_too_large", f"Unpacked, the archive is far larger than a delivery (over {(size + before) // MEGABYTE} MB).")


def packed_again(files: dict[str, bytes]) -> bytes:
    """The same files as an archive without compression: what a library may be handed, for nothing in it can grow."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return plain.getvalue()
