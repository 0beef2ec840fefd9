"""Compressed datasets (DSJC: gzip or zlib), unpacked within bounds so that a small file cannot fill the memory."""

import zlib

from heroes.intake.files.limits import LARGEST_RATIO, LARGEST_UNPACKED, MEGABYTE, RATIO_FREE

GZIP = b"\x1f\x8b"
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_STEP = MEGABYTE


class PackedFileError(Exception):
    """A compressed file that is not unpacked; `rule` and the sentence say why."""

    def __init__(self, rule: str, sentence: str):
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


def is_packed(content: bytes, suffix: str) -> bool:
    """gzip or zlib by its first bytes. `x^` may also begin a text: it counts under the suffix .dsjc only."""
    if content.startswith(b"\x78\x5e"):
        return suffix == ".dsjc"
    return content.startswith((GZIP, *ZLIB))


def unpack(content: bytes) -> bytes:
    """The bytes inside a gzip or zlib file, several gzip parts in a row included.

    Raises PackedFileError where the file is damaged, cut short, or grows beyond the bounds (a "bomb").
    """
    parts: list[bytes] = []
    size, rest = 0, content
    while rest:
        stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        while not stream.eof:
            try:
                part = stream.decompress(rest, _STEP)
            except zlib.error:
                raise PackedFileError("damaged_dsjc", "The compressed data are damaged.") from None
            rest = stream.unconsumed_tail
            size += len(part)
            if size > LARGEST_UNPACKED or size > max(RATIO_FREE, LARGEST_RATIO * len(content)):
                raise PackedFileError(
                    "unpacks_too_large", f"Unpacked, the file is far larger than a dataset (over {size // MEGABYTE} MB)."
                )
            if not part and not rest and not stream.eof:
                raise PackedFileError("truncated_dsjc", "The compressed data end early: the file was cut short.")
            parts.append(part)
        rest = stream.unused_data
        if rest and not rest.startswith(GZIP):
            raise PackedFileError("damaged_dsjc", "Behind the compressed data stand other bytes: the file is damaged.")
    return b"".join(parts)
