// Package ledger keeps the facts that must outlive every cache: what was done
// in whose name, what was tried and failed, and since when a number is on file.
//
//   - The audit ([Ledger.Append], [Ledger.Verify]) is a chain: each row holds the
//     hash of the one before, so that an edited, removed or reordered row shows.
//   - Actions ([Ledger.Claim], [Ledger.Finish]) are claimed before they are done.
//     A claim is unique for a subject, day and ordinal, and belongs to one effect
//     of one call, so that nothing is done twice however often an effect re-runs.
//     Claim and intent are one transaction, and so are finish and outcome.
//   - Failures ([Ledger.Reserve], [Ledger.Settle], [Ledger.Unlock]) count the
//     consecutive failures of a subject's factor. A try is counted before it is
//     compared, so that a crash, a lost answer or tries at the same time never
//     count less.
//   - Numbers ([Ledger.SeeNumber], [Ledger.ImportNumbers]) remember when a number
//     was first seen on file.
//
// Subjects and numbers arrive as HMACs; the ledger never sees who they are.
// Nothing in it is a secret, but whoever can write the file can rewrite an
// unkeyed chain: give [Options.Key], and keep a [Head] elsewhere from time to
// time to hand it to Verify as a pin. Only a pin shows that a whole tail, with
// the head, was put back to an older state.
//
// An error other than the sentinels of this package means that the ledger is
// down. Callers then refuse: no action without its row.
//
// All writes are serialised by the row of the chain's head, on SQLite and
// wherever else. The statements keep to what SQLite and PostgreSQL share.
// Migrations up to 9 are the first schema's; notices owed take 10 and on.
package ledger
