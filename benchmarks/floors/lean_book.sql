-- The tables of the lean floor: only columns and indexes that the answers need, filled from a book `f`.
CREATE TABLE policy (
    id INTEGER PRIMARY KEY, client_id INTEGER, issue_date TEXT, served_from TEXT, ended_on TEXT,
    status TEXT
);
CREATE TABLE client (
    id INTEGER PRIMARY KEY, birthday TEXT, phone TEXT, email TEXT, channel TEXT, consent INTEGER
);
CREATE TABLE premium (policy_id INTEGER, due_date TEXT, amount INTEGER, paid_on TEXT);
CREATE TABLE touchpoint (
    id INTEGER PRIMARY KEY, key TEXT, occurrence TEXT, subject INTEGER, policy_id INTEGER,
    client_id INTEGER, anchor_on TEXT, due_on TEXT
);
CREATE TABLE message (touchpoint_id INTEGER PRIMARY KEY, state TEXT, planned_on TEXT, until TEXT);
CREATE TABLE task (touchpoint_id INTEGER PRIMARY KEY, show_on TEXT, closes_on TEXT);

INSERT INTO policy
SELECT id, client_id, issue_date, served_from, ended_on, status FROM f.policy;
INSERT INTO client
SELECT id, birthday, phone, email, channel, marketing_consent FROM f.client;
INSERT INTO premium SELECT policy_id, due_date, amount, paid_on FROM f.premium;

CREATE INDEX policy_issued ON policy (issue_date);
CREATE INDEX policy_held ON policy (client_id);
CREATE INDEX client_born ON client (birthday);
CREATE INDEX premium_due ON premium (due_date);
CREATE UNIQUE INDEX touchpoint_once ON touchpoint (subject, key, occurrence);
CREATE INDEX message_waits ON message (planned_on) WHERE state = 'queued';
