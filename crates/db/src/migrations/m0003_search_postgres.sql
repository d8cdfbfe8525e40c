-- Trigrams of what lists are searched by. Where the extension is not to be had, searching works without, slower.
DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX equipment_search ON equipment USING gin (search gin_trgm_ops); CREATE INDEX inventory_search ON inventory USING gin (search gin_trgm_ops); EXCEPTION WHEN OTHERS THEN RAISE WARNING 'no trigram index: %', SQLERRM; END $$;
