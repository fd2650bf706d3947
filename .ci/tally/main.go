// Command tally reads what `go test -json` writes and prints what a person
// wants of it: a line a package, the whole output of whatever failed, and as
// the closing line `N passed, N failed`, tests and subtests together.
//
// A skipped test is a check that was not made, so it fails the run too; so do
// a package that does not build, one that dies without naming a test, and a
// run in which no test ran.
//
//	go test -json ./... | go run ./.ci/tally -summary FILE
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	summary := flag.String("summary", "", "also write the closing line to this `file`")
	flag.Parse()

	t := newTally(os.Stdout)
	err := t.read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
	}
	line := t.close()
	if *summary != "" {
		if err := os.WriteFile(*summary, []byte(line+"\n"), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "tally: write summary:", err)
			os.Exit(1)
		}
	}
	if err != nil || !t.good() {
		os.Exit(1)
	}
}
