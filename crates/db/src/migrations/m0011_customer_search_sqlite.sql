-- Trigrams of what the list of customers is searched by; kept by triggers. Only which rows have a trigram is kept, not where.
CREATE VIRTUAL TABLE customer_search USING fts5(about, named, content='customer_state', content_rowid='seq', tokenize='trigram', detail=none, columnsize=0);
INSERT INTO customer_search (rowid, about, named) SELECT seq, about, named FROM customer_state;
CREATE TRIGGER customer_search_added AFTER INSERT ON customer_state BEGIN INSERT INTO customer_search (rowid, about, named) VALUES (new.seq, new.about, new.named); END;
CREATE TRIGGER customer_search_gone AFTER DELETE ON customer_state BEGIN INSERT INTO customer_search (customer_search, rowid, about, named) VALUES ('delete', old.seq, old.about, old.named); END;
CREATE TRIGGER customer_search_changed AFTER UPDATE OF about, named ON customer_state WHEN old.about <> new.about OR old.named <> new.named BEGIN INSERT INTO customer_search (customer_search, rowid, about, named) VALUES ('delete', old.seq, old.about, old.named); INSERT INTO customer_search (rowid, about, named) VALUES (new.seq, new.about, new.named); END;
