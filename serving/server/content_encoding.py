"""Request bodies as they were before the client packed them (Content-Encoding)."""

from __future__ import annotations

import zlib

from serving.errors import InvalidRequestError, RequestTooLargeError, UnsupportedEncodingError

_GZIP = 16 + zlib.MAX_WBITS
_MOST_MEMBERS = 64  # what follows a member is copied, so many small ones would take minutes


def unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Returns the body as it was before it was packed.

    Args:
      body: as it came.
      encoding: value of the header Content-Encoding; "" if there is none.
      max_bytes: the most that it may unpack to; never more than that is unpacked.

    Raises:
      UnsupportedEncodingError: the encoding is neither gzip nor identity.
      RequestTooLargeError: it unpacks to more than `max_bytes`.
      InvalidRequestError: it is no whole gzip stream, or has too many members.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in ("gzip", "x-gzip"):
        raise UnsupportedEncodingError(f"Content-Encoding {name[:40]!r} is not read here; send gzip or none")
    parts: list[bytes] = []
    left = max_bytes
    while body or not parts:  # a gzip file may have several members
        if len(parts) == _MOST_MEMBERS:
            raise InvalidRequestError(f"the gzip body has over {_MOST_MEMBERS} members; pack it as one")
        member = zlib.decompressobj(_GZIP)
        try:
            parts.append(member.decompress(body, left + 1))
        except zlib.error as error:
            raise InvalidRequestError(
                f"the body is not gzip, though Content-Encoding says so: {error}"
            ) from error
        left -= len(parts[-1])
        if left < 0:
            raise RequestTooLargeError(f"the body unpacks to over {max_bytes} bytes; send fewer rows")
        if not member.eof:
            raise InvalidRequestError("the gzip body ends too early")
        body = member.unused_data
    return b"".join(parts)
