-- A document knows the labels it is listed by, so that they are found without an index of their own; lists over every
-- tenant are those of a few labels, which begin with a dollar sign.

UPDATE document_labels SET label = '$aside' WHERE label = 'aside' AND view LIKE 'relay-aside/%';
UPDATE document_labels SET label = '$pending' WHERE label = 'pending' AND view LIKE 'deliveries.v%';

ALTER TABLE documents ADD COLUMN place text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN labels jsonb NOT NULL DEFAULT '[]';
UPDATE documents SET
    place = coalesce((
        SELECT max(l.place) FROM document_labels l
        WHERE l.view = documents.view AND l.tenant = documents.tenant AND l.key = documents.key), ''),
    labels = coalesce((
        SELECT jsonb_agg(l.label) FROM document_labels l
        WHERE l.view = documents.view AND l.tenant = documents.tenant AND l.key = documents.key), '[]');

DROP INDEX document_labels_of_document;
DROP INDEX document_labels_of_all_tenants;
CREATE INDEX document_labels_of_all_tenants ON document_labels (view, label, place, key, tenant)
    WHERE substr(label, 1, 1) = '$';
