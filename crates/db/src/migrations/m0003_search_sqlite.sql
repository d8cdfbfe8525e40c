-- Trigrams of what lists are searched by; kept by triggers. Only which rows have a trigram is kept, not where.
CREATE VIRTUAL TABLE equipment_search USING fts5(search, content='equipment', content_rowid='seq', tokenize='trigram', detail=none, columnsize=0);
CREATE TRIGGER equipment_search_added AFTER INSERT ON equipment BEGIN INSERT INTO equipment_search (rowid, search) VALUES (new.seq, new.search); END;
CREATE TRIGGER equipment_search_gone AFTER DELETE ON equipment BEGIN INSERT INTO equipment_search (equipment_search, rowid, search) VALUES ('delete', old.seq, old.search); END;
CREATE TRIGGER equipment_search_changed AFTER UPDATE OF search ON equipment WHEN old.search <> new.search BEGIN INSERT INTO equipment_search (equipment_search, rowid, search) VALUES ('delete', old.seq, old.search); INSERT INTO equipment_search (rowid, search) VALUES (new.seq, new.search); END;
CREATE VIRTUAL TABLE inventory_search USING fts5(search, content='inventory', content_rowid='seq', tokenize='trigram', detail=none, columnsize=0);
CREATE TRIGGER inventory_search_added AFTER INSERT ON inventory BEGIN INSERT INTO inventory_search (rowid, search) VALUES (new.seq, new.search); END;
CREATE TRIGGER inventory_search_gone AFTER DELETE ON inventory BEGIN INSERT INTO inventory_search (inventory_search, rowid, search) VALUES ('delete', old.seq, old.search); END;
CREATE TRIGGER inventory_search_changed AFTER UPDATE OF search ON inventory WHEN old.search <> new.search BEGIN INSERT INTO inventory_search (inventory_search, rowid, search) VALUES ('delete', old.seq, old.search); INSERT INTO inventory_search (rowid, search) VALUES (new.seq, new.search); END;
