CREATE TABLE shops (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    shop_id text NOT NULL REFERENCES shops (id),
    id bigint NOT NULL,
    state text NOT NULL DEFAULT 'new',
    PRIMARY KEY (shop_id, id)
);
