-- Orders wait for payment no longer.
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'open';
UPDATE orders SET state = 'open' WHERE state = 'new';
