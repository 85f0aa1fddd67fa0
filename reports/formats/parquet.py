"""Tables as Parquet, with a type for each column; pyarrow writes them, where it is installed."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from typing import IO, Any, Final

from reports.formats.keys import Keyed, Type
from scanner.errors import SettingsError

SUFFIX: Final = ".parquet"
READING: Final = (
    "Apache Parquet: text is a string, integer an int64, number a double, moment a timestamp in seconds (kept in "
    "milliseconds) in UTC; unknown values are null."
)
_CHUNK: Final = 16_384  # rows of one group


def library() -> tuple[Any, Any]:
    """The library pyarrow and its module for Parquet. Raises SettingsError where it is not installed."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise SettingsError(
            "Parquet needs the library pyarrow, which is not installed.",
            "Install it with `pip install missedbcc[parquet]`, or choose csv or json.",
        ) from None


def write(table: Keyed, stream: IO[bytes]) -> None:
    """Write one table, a chunk of rows at a time."""
    arrow, parquet = library()
    types = {
        Type.TEXT: arrow.string(),
        Type.INTEGER: arrow.int64(),
        Type.NUMBER: arrow.float64(),
        Type.MOMENT: arrow.timestamp("ms", tz="UTC"),
    }
    schema = arrow.schema([arrow.field(field.key, types[field.type]) for field in table.fields])
    rows = table.rows()
    with parquet.ParquetWriter(stream, schema) as writer:
        while chunk := list(islice(rows, _CHUNK)):
            columns = [
                arrow.array([_sound(value) for value in column], schema.field(number).type)
                for number, column in enumerate(zip(*chunk, strict=True))
            ]
            writer.write_batch(arrow.record_batch(columns, schema=schema))


def _sound(value: Any) -> Any:
    """The value; a lone surrogate, which no UTF-8 can hold, written out."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
