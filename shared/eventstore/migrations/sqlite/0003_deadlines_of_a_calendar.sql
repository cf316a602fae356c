-- Open deadlines of another version of a calendar are looked for at every growth of the log; mostly there are none.

CREATE INDEX deadlines_of_calendar ON deadlines (calendar_id, calendar_version) WHERE status <> 'closed';
