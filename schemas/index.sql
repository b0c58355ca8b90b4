-- runs/index.sqlite: what finished months hold, for SQL. Made from their files by `ratebook index`; docs/index.md
-- explains every table. Amounts are texts of decimal digits, as in bills.json. Beside each stands the same amount in
-- minor units (cents), so that SQL can sum without floats; NULL if it has more digits than the currency or 64 bits hold.

CREATE TABLE months (
    month            TEXT PRIMARY KEY,      -- 2026-03
    state            TEXT NOT NULL CHECK (state IN ('draft', 'closed')),
    missing          TEXT NOT NULL,         -- sources whose usage is missing, with commas; '' if none
    manifest_sha256  TEXT NOT NULL,
    engine           TEXT NOT NULL,         -- the program that rated it
    lines            INTEGER NOT NULL,      -- lines of usage; lines = priced + held + dropped
    priced           INTEGER NOT NULL,
    held             INTEGER NOT NULL,
    dropped          INTEGER NOT NULL,
    closed_at        TEXT,                  -- UTC
    closed_by        TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE bills (
    month            TEXT NOT NULL REFERENCES months ON DELETE CASCADE,
    customer         TEXT NOT NULL,
    name             TEXT,
    currency         TEXT NOT NULL,         -- of all amounts of the bill
    total            TEXT NOT NULL,
    total_minor      INTEGER,
    complete         INTEGER NOT NULL,      -- 0 if lines that belong to the bill are held
    PRIMARY KEY (month, customer)
) STRICT, WITHOUT ROWID;

CREATE TABLE bill_lines (
    month            TEXT NOT NULL,
    customer         TEXT NOT NULL,
    position         INTEGER NOT NULL,      -- on the bill, from 0
    kind             TEXT NOT NULL,         -- usage, commitment, add, discount, maximum, minimum, credit, adjustment
    name             TEXT NOT NULL,
    sku              TEXT,
    quantity         TEXT,
    unit             TEXT,
    unit_price       TEXT,
    amount           TEXT NOT NULL,
    amount_minor     INTEGER,
    tax              TEXT NOT NULL,
    rules            TEXT NOT NULL,         -- ids, a JSON list
    adjusts_month    TEXT,                  -- the closed month that an adjustment puts right
    adjusts_position INTEGER,               -- and the line there
    PRIMARY KEY (month, customer, position),
    FOREIGN KEY (month, customer) REFERENCES bills ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX bill_lines_by_sku ON bill_lines (sku, month);

CREATE TABLE skus (
    month            TEXT NOT NULL REFERENCES months ON DELETE CASCADE,
    sku              TEXT NOT NULL,         -- the name of a line without one
    currency         TEXT NOT NULL,
    amount           TEXT NOT NULL,         -- usage and commitments, before what is on whole bills
    amount_minor     INTEGER,
    bills            INTEGER NOT NULL,      -- how many bills have it
    PRIMARY KEY (month, sku, currency)
) STRICT, WITHOUT ROWID;

-- What customers come to, month by month: the total, and how much of it puts closed months right.
-- A sum is NULL if an amount in it has no minor units: nothing is left out of a sum.
CREATE VIEW customer_months AS
SELECT b.month, m.state, b.customer, b.name, b.currency, b.total, b.total_minor,
       (SELECT CASE WHEN count(*) = count(l.amount_minor) THEN coalesce(sum(l.amount_minor), 0) END
          FROM bill_lines l
         WHERE l.month = b.month AND l.customer = b.customer AND l.kind = 'adjustment') AS adjustments_minor
  FROM bills b JOIN months m ON m.month = b.month;

-- Every line with whose bill it is on and in which currency.
CREATE VIEW lines AS
SELECT l.month, m.state, l.customer, b.name AS customer_name, l.position, l.kind, l.name, l.sku, l.quantity, l.unit,
       l.unit_price, b.currency, l.amount, l.amount_minor, l.tax, l.rules, l.adjusts_month
  FROM bill_lines l
  JOIN bills b ON b.month = l.month AND b.customer = l.customer
  JOIN months m ON m.month = l.month;
