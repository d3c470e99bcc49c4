-- Takes tenet's own tables away, unless they say that something is still applied.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL lock_timeout = '5s';
SET LOCAL client_min_messages = warning;
SELECT tenet.require(
    NOT EXISTS (SELECT FROM tenet.migration WHERE rolled_back_at IS NULL),
    'migrations are still applied: roll them back first'
) AS required \gset tenet_
DROP FUNCTION tenet.record(text, text, integer, text, text);
DROP FUNCTION tenet.claim(text, text, integer, text);
DROP FUNCTION tenet.is_applied(text, text, integer);
DROP VIEW tenet.migration;
DROP TABLE tenet.event;
DROP FUNCTION tenet.refuse_change();
DROP FUNCTION tenet.require(boolean, text);
DROP SCHEMA tenet;
COMMIT;
