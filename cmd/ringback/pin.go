package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"ringback/cmd/internal/app"
	"ringback/ivr/caller"
)

// pinCmd are the commands for PINs. A PIN is read from standard input: an argument
// would stand in the shell's history.
type pinCmd struct {
	Hash pinHashCmd `cmd:"" default:"1" help:"Print the hash, for a people file; the default."`
	Set  pinSetCmd  `cmd:"" help:"Keep a person's PIN in the ledger, as a hash, for a directory that cannot hold it. It is read from standard input; a PIN in the directory comes first. The person is told."`
}

// pinHashCmd prints the hash of a PIN.
type pinHashCmd struct{}

// Help is more than one line of it.
func (*pinCmd) Help() string {
	return "The PIN is read from standard input, or asked for at a terminal, so that it stands in no history."
}

// Run reads the PIN and prints its hash.
func (*pinHashCmd) Run(s streams) error {
	hash, err := readHash(s)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, hash)
	return nil
}

// pinSetCmd keeps the hash of a PIN.
type pinSetCmd struct {
	leadPlace `embed:""`
}

// Run reads the PIN and keeps its hash.
func (c *pinSetCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(l *app.Lead) error {
		hash, err := readHash(s)
		if err != nil {
			return err
		}
		if err := l.SetPIN(ctx, c.ID, hash, string(c.By), string(c.Reason)); err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		fmt.Fprintln(s.out, "the PIN is set")
		return nil
	})
}

func readHash(s streams) (string, error) {
	pin, err := readPIN(s)
	if err != nil {
		return "", err
	}
	hash, err := caller.HashPIN(pin, caller.HashParams{})
	if err != nil {
		return "", fmt.Errorf("%w\nhint: eight digits or more, not all the same and not in a row", err)
	}
	return hash, nil
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
