//go:build race

package caller_test

// walkSteps are fewer here: the race detector slows hashes down tenfold.
const walkSteps = 80_000
