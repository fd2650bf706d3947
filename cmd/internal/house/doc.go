// Package house holds the walls of the house: which package may import which,
// which modules we depend on and why, what the pure packages must not touch.
//
// Nothing of it runs in the service. Its tests scan the source tree, apply the
// rules of this package, and say for each breach where it is and what to do.
// The tables are what people edit:
//
//   - layers.go: the floors. A package imports only from floors below its own.
//   - modules.go: the modules in go.mod, each with its reason and its rooms.
//   - top.go: what may lie at the top of the repository.
//
// The rules are functions from a [Tree] to breaches, so that each can be shown
// a made-up tree that breaks it: a rule that cannot fail holds nothing.
package house
