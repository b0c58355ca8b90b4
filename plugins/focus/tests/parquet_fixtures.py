"""Writes the Parquet payloads of ../fixtures with pyarrow, a writer that shares no code with the plugin's reader.

    pip install pyarrow==26.0.1
    python plugins/focus/tests/parquet_fixtures.py
"""

import csv
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FIXTURES = Path(__file__).parent.parent / "fixtures"
NUMBERS = ["PricingQuantity", "ConsumedQuantity", "ContractedUnitPrice", "BilledCost", "EffectiveCost"]
TIMES = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart"]


def table(rows, number, time, tags):
    """The rows as a table whose numbers, times and tags are of these types; an empty cell is null."""
    columns = {}
    for name in rows[0]:
        cells = [row[name] or None for row in rows]
        if name in NUMBERS:
            read = Decimal if pa.types.is_decimal(number) else float
            columns[name] = pa.array([read(cell) if cell else None for cell in cells], number)
        elif name in TIMES:
            columns[name] = pa.array([datetime.strptime(cell, "%Y-%m-%dT%H:%M:%SZ") for cell in cells], time)
        elif name == "Tags" and pa.types.is_map(tags):
            columns[name] = pa.array([list(json.loads(cell).items()) if cell else None for cell in cells], tags)
        else:
            columns[name] = pa.array(cells, pa.string())
    return pa.table(columns)


def write(case, made, **options):
    pq.write_table(made, FIXTURES / case / "payload.parquet", **options)


def main():
    with open(FIXTURES / "same-csv" / "payload.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    decimal = table(rows, pa.decimal128(38, 18), pa.timestamp("ms", tz="UTC"), pa.string())
    tags = pa.map_(pa.string(), pa.string())
    double = table(rows, pa.float64(), pa.timestamp("ns"), tags)
    write("same-parquet-decimal", decimal, compression="zstd", row_group_size=5)
    write("same-parquet-double", double, compression="snappy")
    write("parquet-floats-refused", double, compression="gzip")
    write("parquet-empty", decimal.slice(0, 0))
    write("parquet-cut", decimal)
    cut = FIXTURES / "parquet-cut" / "payload.parquet"
    cut.write_bytes(cut.read_bytes()[:-100])

    tagged = [{**rows[0], "Tags": text} for text in (
        '{"env": "prod", "customer": "c-17"}', '{"customer": null}', "", '{"Customer": "c-18"}', '{"customer": "Müller"}',
    )]
    write("parquet-map-tags", table(tagged, pa.decimal128(20, 9), pa.timestamp("us", tz="UTC"), tags), version="1.0")

    strange = [{**rows[0], "BilledCost": text} for text in ("nan", "inf", "-1e-300", "0.1")]
    write("parquet-not-a-number", table(strange, pa.float64(), pa.timestamp("us"), pa.string()))

    write("parquet-columns-missing", decimal.drop_columns(["ChargeClass"]))
    lists = pa.array([[cell] for cell in decimal["SkuId"].to_pylist()], pa.list_(pa.string()))
    write("parquet-list", decimal.drop_columns(["SkuId"]).append_column("SkuId", lists))


main()
