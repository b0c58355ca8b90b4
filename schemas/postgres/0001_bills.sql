-- Closed months in PostgreSQL. `ratebook publish` runs this once, in the transaction of the first month; or run it before
-- with psql as somebody who may make a schema, and grant the publishing role USAGE on the schema and SELECT, INSERT on
-- its tables. Amounts are exact NUMERICs with all their minor digits: they can be summed as they are.

CREATE SCHEMA ratebook;

CREATE TABLE ratebook.migrations (
    version          INTEGER PRIMARY KEY,
    applied_at       TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE ratebook.published_months (
    month            TEXT PRIMARY KEY CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    manifest_sha256  TEXT NOT NULL,
    published_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    engine           TEXT NOT NULL,         -- the program that rated it
    lines            BIGINT NOT NULL,       -- lines of usage; lines = priced + held + dropped
    priced           BIGINT NOT NULL,
    held             BIGINT NOT NULL,
    dropped          BIGINT NOT NULL,
    closed_at        TIMESTAMPTZ NOT NULL,
    closed_by        TEXT NOT NULL
);

CREATE TABLE ratebook.bills (
    month            TEXT NOT NULL REFERENCES ratebook.published_months,
    customer         TEXT NOT NULL,
    name             TEXT,
    currency         TEXT NOT NULL,         -- of all amounts of the bill
    total            NUMERIC NOT NULL,
    complete         BOOLEAN NOT NULL,      -- false if lines that belong to the bill were held
    PRIMARY KEY (month, customer)
);

CREATE TABLE ratebook.bill_lines (
    month            TEXT NOT NULL,
    customer         TEXT NOT NULL,
    position         BIGINT NOT NULL,       -- on the bill, from 0
    kind             TEXT NOT NULL,         -- usage, commitment, add, discount, maximum, minimum, credit, adjustment
    name             TEXT NOT NULL,
    sku              TEXT,
    quantity         NUMERIC,
    unit             TEXT,
    unit_price       NUMERIC,
    amount           NUMERIC NOT NULL,
    tax              TEXT NOT NULL,
    rules            TEXT[] NOT NULL,       -- ids, in the order of the phases
    adjusts_month    TEXT,                  -- the closed month that an adjustment puts right
    adjusts_position BIGINT,                -- and the line there
    PRIMARY KEY (month, customer, position),
    FOREIGN KEY (month, customer) REFERENCES ratebook.bills
);

CREATE INDEX bill_lines_by_sku ON ratebook.bill_lines (sku, month);

CREATE TABLE ratebook.skus (
    month            TEXT NOT NULL REFERENCES ratebook.published_months,
    sku              TEXT NOT NULL,         -- the name of a line without one
    currency         TEXT NOT NULL,
    amount           NUMERIC NOT NULL,      -- usage and commitments, before what is on whole bills
    bills            BIGINT NOT NULL,       -- how many bills have it
    PRIMARY KEY (month, sku, currency)
);

-- What customers come to, month by month: the total, and how much of it puts closed months right.
CREATE VIEW ratebook.customer_months AS
SELECT b.month, b.customer, b.name, b.currency, b.total,
       (SELECT coalesce(sum(l.amount), 0) FROM ratebook.bill_lines l
         WHERE l.month = b.month AND l.customer = b.customer AND l.kind = 'adjustment') AS adjustments
  FROM ratebook.bills b;

-- Every line with whose bill it is on and in which currency.
CREATE VIEW ratebook.lines AS
SELECT l.month, l.customer, b.name AS customer_name, l.position, l.kind, l.name, l.sku, l.quantity, l.unit, l.unit_price,
       b.currency, l.amount, l.tax, l.rules, l.adjusts_month
  FROM ratebook.bill_lines l JOIN ratebook.bills b USING (month, customer);

INSERT INTO ratebook.migrations (version) VALUES (1);
