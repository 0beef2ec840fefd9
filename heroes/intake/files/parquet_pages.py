"""Sizes of a Parquet file's pages once unpacked, from the head of each page: what the footer says of them may be wrong.

A page's head is a Thrift structure in the compact protocol (Apache Parquet format, PageHeader): its field 2 is the size unpacked, its
field 3 the size as it lies in the file, behind which the next page begins.
"""

_LARGEST_HEAD = 1024 * 1024
_DEEPEST = 8
_STRUCT, _LIST, _SET, _MAP, _BINARY = 12, 9, 10, 11, 8


class PageError(Exception):
    """The bytes are no page of a Parquet file."""


def unpacked_size(content: bytes, start: int, length: int) -> int:
    """Bytes that the pages of one column chunk have once unpacked. start, length: where the chunk lies. Raises PageError."""
    at, end, total = start, start + length, 0
    if not 0 <= start <= end <= len(content):
        raise PageError
    while at < end:
        head = _Head(content, at)
        unpacked, packed = head.numbers.get(2, -1), head.numbers.get(3, -1)
        if unpacked < 0 or packed < 0 or head.at + packed > end:
            raise PageError
        total += unpacked
        at = head.at + packed
    return total


class _Head:
    """One page's head. numbers: whole numbers of its outermost structure, by field. at: where it ends."""

    def __init__(self, content: bytes, at: int):
        self.content, self.at, self.end = content, at, min(len(content), at + _LARGEST_HEAD)
        self.numbers: dict[int, int] = {}
        self._struct(0)

    def _byte(self) -> int:
        if self.at >= self.end:
            raise PageError
        self.at += 1
        return self.content[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise PageError

    def _struct(self, depth: int) -> None:
        field = 0
        if depth > _DEEPEST:
            raise PageError
        while (head := self._byte()) != 0:
            kind = head & 0x0F
            field = field + (head >> 4) if head >> 4 else _unzigzag(self._varint())
            value = self._value(kind, depth)
            if depth == 0 and value is not None:
                self.numbers[field] = value

    def _value(self, kind: int, depth: int) -> int | None:
        """Passes over one value; a whole number is returned."""
        if kind in (1, 2):
            return None
        if kind == 3:
            self._byte()
            return None
        if kind in (4, 5, 6):
            return _unzigzag(self._varint())
        if kind == 7:
            self._pass(8)
        elif kind == _BINARY:
            self._pass(self._varint())
        elif kind in (_LIST, _SET):
            head = self._byte()
            for _ in range(head >> 4 if head >> 4 < 15 else self._varint()):
                self._value(3 if head & 0x0F in (1, 2) else head & 0x0F, depth + 1)
        elif kind == _MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._value(kinds >> 4, depth + 1)
                self._value(kinds & 0x0F, depth + 1)
        elif kind == _STRUCT:
            self._struct(depth + 1)
        else:
            raise PageError
        return None

    def _pass(self, n: int) -> None:
        self.at += n
        if self.at > self.end:
            raise PageError


def _unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
