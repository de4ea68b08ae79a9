"""What a writer of Parquet is told, so that pages have checksums where the installed pyarrow knows them."""

import inspect

from pyarrow import parquet

CAN_WRITE = "write_page_checksum" in inspect.signature(parquet.ParquetWriter.__init__).parameters
WRITTEN = {"write_page_checksum": True} if CAN_WRITE else {}
