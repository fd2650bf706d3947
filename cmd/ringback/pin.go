package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"ringback/ivr/caller"
)

// pinCmd prints the hash of a PIN. The PIN is read from standard input: an
// argument would stand in the shell's history.
type pinCmd struct{}

// Help is more than one line of it.
func (*pinCmd) Help() string {
	return "The PIN is read from standard input, or asked for at a terminal, so that it stands in no history."
}

// Run reads the PIN and prints its hash.
func (*pinCmd) Run(s streams) error {
	pin, err := readPIN(s)
	if err != nil {
		return err
	}
	hash, err := caller.HashPIN(pin, caller.HashParams{})
	if err != nil {
		return fmt.Errorf("%w\nhint: eight digits or more, not all the same and not in a row", err)
	}
	fmt.Fprintln(s.out, hash)
	return nil
}

func readPIN(s streams) (string, error) {
	if f, ok := s.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(s.err, "PIN: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(s.err)
		if err != nil {
			return "", fmt.Errorf("read PIN: %w", err)
		}
		return string(b), nil
	}
	line, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("no PIN on standard input\nhint: ringback pin < file, or type it at the prompt")
	}
	return strings.TrimSpace(line), nil
}
