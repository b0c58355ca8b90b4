"""Shows what a library reads in a table of a month: every value as text, a JSON object a row.

  read_tables.py versions                                the version of each library, or an error
  read_tables.py duckdb|pyarrow|polars|pandas FILE...    the rows of the files, an empty line after each file

Nulls are left out. A number stands without zeros at its end, and as its column `<name>_exact` has it where that is
filled: 38 digits do not hold every number.
"""

import decimal
import json
import sys

# Else a number of 38 digits is rounded to 28 when something is done to it.
decimal.getcontext().prec = 80


def rows_of_duckdb(path):
    import duckdb

    read = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [path])
    names = [column[0] for column in read.description]
    return [dict(zip(names, row)) for row in read.fetchall()]


def rows_of_pyarrow(path):
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path).to_pylist()


def rows_of_polars(path):
    import polars

    return polars.read_parquet(path).to_dicts()


def rows_of_pandas(path):
    import pandas

    # Its own types have no place for a number that is not there: whole numbers would become binary floats.
    table = pandas.read_parquet(path, dtype_backend="pyarrow")
    columns = {name: [None if is_null(value) else value for value in table[name]] for name in table.columns}
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def is_null(value):
    import pandas

    return value is None or value is pandas.NA


def text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        raise TypeError(f"a binary float: {value}")
    if isinstance(value, decimal.Decimal):
        return without_zeros(format(value, "f"))
    if isinstance(value, (str, int)):
        return str(value)
    return [text(element) for element in value]


def without_zeros(number):
    return number.rstrip("0").rstrip(".") if "." in number else number


def shown(row):
    values = {}
    for name, value in row.items():
        exact = row.get(name + "_exact")
        if value is not None or exact is not None:
            values[name] = without_zeros(exact) if exact is not None else text(value)
    return {name: value for name, value in values.items() if not (name.endswith("_exact") and name[:-6] in row)}


def main(library, *paths):
    sys.stdout.reconfigure(encoding="utf-8")
    if library == "versions":
        names = ["duckdb", "pyarrow", "polars", "pandas"]
        print(", ".join(f"{name} {__import__(name).__version__}" for name in names))
    for path in paths:
        for row in globals()["rows_of_" + library](path):
            print(json.dumps(shown(row), sort_keys=True, ensure_ascii=False))
        print()


if __name__ == "__main__":
    main(*sys.argv[1:])
