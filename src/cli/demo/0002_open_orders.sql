-- Orders wait for payment no longer.
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'open';
-- tenet: rollback
-- UPDATE orders SET state = 'new' WHERE state = 'open' AND shop_id = :'tenant_id';
-- tenet: end
UPDATE orders SET state = 'open' WHERE state = 'new';
