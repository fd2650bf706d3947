// Package box is the world in a box: Ringback itself with a carrier, a Duo, an
// embedded Redis and a ledger, sample people and agents, joined over real
// loopback HTTP in one process. Nothing in Ringback knows that it is in a box;
// only base URLs differ.
//
// [Open] makes the world, in real time for a demo or on a virtual clock for
// scripts; [Parse] and [World.Play] play call scripts in it, which are tests,
// documentation and load profiles at once.
package box
