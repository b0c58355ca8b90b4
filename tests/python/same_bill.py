"""The bill of a measured month as somebody would make it who has DuckDB or Polars and no ratebook.

  same_bill.py versions                            the versions of both, or an error
  same_bill.py duckdb|polars --prices prices.csv --root TENANT --out DIR PAYLOAD...
  same_bill.py totals DIR                          what was written, as `customer,cents`

The same records are left out, units converted and rounded, prices looked up, lines rounded to cents and added up for
each customer. All in whole numbers and decimals: binary floats bill some lines wrong. Nothing is checked, no line is
kept and none can be explained: written are the lines of the bills and the bills, as Parquet.
"""

import argparse
import pathlib

# The columns of the report, in order; those that are read have a type of their own.
COLUMNS = """application.id application.name date infra.backend_type infra.id infra.name infra.owner_id is_range
measurement_unit name pricing.currency pricing.mode pricing.price pricing.total_cost quota.value tenant.customer_id
tenant.id tenant.kind tenant.name usage.absolute.production usage.absolute.total usage.absolute.trial
usage.delta.production usage.delta.total usage.delta.trial usage.effective.production usage.effective.total
usage.effective.trial edition sku""".split()
QUANTITY = "usage.effective.production"

BILL_LINES = """
CREATE TABLE bill_lines AS
WITH lines AS (
    SELECT "tenant.customer_id" AS customer, sku, "infra.id" AS place, "measurement_unit" AS unit,
           "usage.effective.production" AS used
    FROM read_csv($payloads, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
                  compression = 'gzip', columns = {columns})
    WHERE "tenant.kind" = 'customer' AND "tenant.id" <> $root AND sku IS NOT NULL AND "usage.effective.production" <> 0
), converted AS (
    SELECT customer, sku, place,
           CASE unit WHEN 'bytes' THEN 'GiB' WHEN 'seconds' THEN 'compute point' ELSE unit END AS unit,
           -- Hundredths, half up.
           CASE unit WHEN 'bytes' THEN (used * 200 + 1073741824) // 2147483648
                     WHEN 'seconds' THEN (used * 200 + 3600) // 7200
                     ELSE used * 100 END AS hundredths
    FROM lines
)
SELECT customer, sku, place, unit, hundredths, price.thousandths,
       -- Cents, half up.
       (hundredths * price.thousandths * 2 + 1000) // 2000 AS cents
FROM converted JOIN prices AS price USING (sku)
"""


def with_duckdb(payloads, prices, root, out):
    import duckdb

    columns = ", ".join(f"'{name}': '{'BIGINT' if name == QUANTITY else 'VARCHAR'}'" for name in COLUMNS)
    connection = duckdb.connect()
    # Nobody asks in which order lines are read.
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        "CREATE TABLE prices AS SELECT sku, CAST(price * 1000 AS BIGINT) AS thousandths"
        " FROM read_csv(?, header = true, columns = {'sku': 'VARCHAR', 'price': 'DECIMAL(9,3)'})",
        [str(prices)],
    )
    sql = BILL_LINES.replace("{columns}", "{" + columns + "}")
    connection.execute(sql, {"payloads": [str(payload) for payload in payloads], "root": root})
    connection.execute(
        "COPY (SELECT * FROM bill_lines ORDER BY customer)"
        f" TO '{out / 'bill_lines.parquet'}' (FORMAT parquet)"
    )
    connection.execute(
        "COPY (SELECT customer, CAST(sum(cents) AS BIGINT) AS cents, count(*) AS lines FROM bill_lines"
        f" GROUP BY customer ORDER BY customer) TO '{out / 'bills.parquet'}' (FORMAT parquet)"
    )


def with_polars(payloads, prices, root, out):
    import polars as pl

    types = {name: pl.Int64 if name == QUANTITY else pl.String for name in COLUMNS}
    price = pl.read_csv(prices, schema={"sku": pl.String, "price": pl.String}).select(
        "sku", thousandths=pl.col("price").str.replace(".", "", literal=True).cast(pl.Int64)
    )
    used, unit = pl.col(QUANTITY), pl.col("measurement_unit")
    bill_lines = (
        pl.scan_csv([str(payload) for payload in payloads], schema=types)
        .filter(
            (pl.col("tenant.kind") == "customer") & (pl.col("tenant.id") != root) & pl.col("sku").is_not_null() & (used != 0)
        )
        .select(
            pl.col("tenant.customer_id").alias("customer"),
            "sku",
            pl.col("infra.id").alias("place"),
            pl.when(unit == "bytes")
            .then(pl.lit("GiB"))
            .when(unit == "seconds")
            .then(pl.lit("compute point"))
            .otherwise(unit)
            .alias("unit"),
            # Hundredths, half up.
            pl.when(unit == "bytes")
            .then((used * 200 + 1073741824) // 2147483648)
            .when(unit == "seconds")
            .then((used * 200 + 3600) // 7200)
            .otherwise(used * 100)
            .alias("hundredths"),
        )
        .join(price.lazy(), on="sku", how="inner")
        # Cents, half up.
        .with_columns(cents=(pl.col("hundredths") * pl.col("thousandths") * 2 + 1000) // 2000)
        .sort("customer")
        .collect(engine="streaming")
    )
    bill_lines.write_parquet(out / "bill_lines.parquet")
    bills = bill_lines.group_by("customer").agg(pl.col("cents").sum(), pl.len().alias("lines")).sort("customer")
    bills.write_parquet(out / "bills.parquet")


def versions():
    import duckdb
    import polars

    print(f"DuckDB {duckdb.__version__}, Polars {polars.__version__}")


def totals(out):
    import duckdb

    rows = duckdb.sql(f"SELECT customer, cents FROM read_parquet('{out / 'bills.parquet'}') ORDER BY customer")
    print("\n".join(f"{customer},{cents}" for customer, cents in rows.fetchall()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("versions")
    commands.add_parser("totals").add_argument("out", type=pathlib.Path)
    for name in ["duckdb", "polars"]:
        command = commands.add_parser(name)
        command.add_argument("--prices", type=pathlib.Path, required=True)
        command.add_argument("--root", required=True)
        command.add_argument("--out", type=pathlib.Path, required=True)
        command.add_argument("payloads", type=pathlib.Path, nargs="+")
    given = parser.parse_args()
    if given.command == "versions":
        versions()
    elif given.command == "totals":
        totals(given.out)
    else:
        with_one = {"duckdb": with_duckdb, "polars": with_polars}[given.command]
        with_one(given.payloads, given.prices, given.root, given.out)


if __name__ == "__main__":
    main()
