// Package ledger keeps the facts that must outlive every cache: what was done
// in whose name, what was tried and failed, and since when a number is on file.
//
//   - The audit ([Ledger.Append], [Ledger.Verify]) is a chain: each row holds the
//     hash of the one before, so that an edited, removed or reordered row shows.
//   - Actions ([Ledger.Claim], [Ledger.Finish]) are claimed before they are done.
//     A claim is unique for a subject, day and ordinal, and belongs to one effect
//     of one call, so that nothing is done twice however often an effect re-runs.
//     Claim and intent are one transaction, and so are finish and outcome. What
//     was claimed by somebody who died is found by [Ledger.Stale].
//   - Failures ([Ledger.Reserve], [Ledger.Settle], [Ledger.Unlock]) count the
//     consecutive failures of a subject's factor. A try is counted before it is
//     compared, so that a crash, a lost answer or tries at the same time never
//     count less.
//   - Numbers ([Ledger.SeeNumber], [Ledger.ImportNumbers]) remember when a number
//     was first seen on file.
//   - Codes count once ([Ledger.Spend]), in whatever call and instance; PINs and
//     recovery codes ([Ledger.SetPIN], [Ledger.UseRecoveryCode]) are kept for
//     directories that cannot, as hashes.
//   - Freezes ([Ledger.Freeze]) stop a subject's recovery: no action is claimed
//     for it. The elevated threat ([Ledger.SetThreat]) is for everybody.
//   - Notices ([Ledger.Owe], [Ledger.Claim], [Ledger.FinishOwing]) are owed in the
//     transaction of what they tell, and leave by workers that claim them for the length of a
//     lease ([Ledger.ClaimNotices], [Ledger.SettleNotice]).
//   - Number changes ([Ledger.PutNumberChange]) are written over the version before,
//     with the rows of the audit and the notices that belong to the step. Cases
//     ([Ledger.OpenCase]) are people who are with the desk and not on the line.
//   - Callbacks ([Ledger.TakeCallback], [Ledger.PutCallback]) are people who are to
//     be called, one at a time for a number and within caps that are counted in the
//     same transaction; each is written over its version before.
//
// Subjects and numbers arrive as HMACs, addresses and bodies sealed; the ledger
// never sees who they are. Whoever can write the database can rewrite an unkeyed
// chain: give [Options.Key] ([ChainKey]), and keep a [Head] elsewhere from time
// to time to hand it to Verify as a pin. Only a pin shows that a whole tail, with
// the head, was put back to an older state. No write goes on from a head that
// was not made with the key, lest it be sealed.
//
// An error other than the sentinels of this package means that the ledger is
// down. Callers then refuse: no action without its row. [ErrKey] is as bad.
//
// The database is SQLite, for one machine, or PostgreSQL, for several instances;
// the statements keep to what both share, and package ledgertest holds both to
// the same. All writes are serialised by the row of the chain's head.
package ledger
