"""tfx_bsl's sketch of quantiles from its serialized form, which pickle alone has a public way to."""

from __future__ import annotations

from tfx_bsl.sketches import QuantilesSketch


def serialized(sketch: QuantilesSketch) -> bytes:
    """Returns the sketch's own serialized form, a protobuf."""
    return sketch.__getstate__()


def quantiles_sketch(content: bytes) -> QuantilesSketch:
    """Returns the sketch of a serialized form.

    Raises:
      RuntimeError: it is none.
    """
    sketch = QuantilesSketch.__new__(QuantilesSketch)
    sketch.__setstate__(content)
    return sketch
