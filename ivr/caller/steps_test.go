//go:build !race

package caller_test

// walkSteps is how many random steps are taken together, over ledgers in memory.
const walkSteps = 1_000_000
