INSERT INTO shops VALUES ('books', 'Books and maps'), ('cheese', 'Cheese'), ('toys', 'Toys');
INSERT INTO orders (shop_id, id) SELECT shops.id, n FROM shops, generate_series(1, 3) AS n;
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books of % are being audited', NEW.shop_id;
END
$$;
CREATE TRIGGER audited BEFORE UPDATE ON orders FOR EACH ROW WHEN (NEW.shop_id = 'cheese') EXECUTE FUNCTION audited();
