package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ringback/cmd/internal/box"
)

// callCmd is a phone into a world in a box.
type callCmd struct {
	Script  []string `placeholder:"FILE" help:"Play call scripts, on a virtual clock. Exit 0 when all expectations held, 1 when one did not, 2 for a bad script."`
	JSON    bool     `help:"Print transcripts as JSON lines."`
	Line    string   `default:"university" help:"By hand: which line to call, university or health."`
	From    string   `default:"+19195550101" help:"By hand: the number to call from."`
	Verbose bool     `short:"v" help:"Log to standard error."`
}

// Run plays the scripts, or connects the terminal.
func (c *callCmd) Run(ctx context.Context, s streams) error {
	if len(c.Script) == 0 {
		return c.byHand(ctx, s)
	}
	failed := 0
	for _, path := range c.Script {
		ok, err := c.play(ctx, s, path)
		if err != nil {
			return err
		}
		if !ok {
			failed++
		}
	}
	if failed > 0 {
		return &exitError{1, fmt.Errorf("%d of %d scripts did not hold", failed, len(c.Script))}
	}
	if len(c.Script) > 1 && !c.JSON {
		fmt.Fprintf(s.out, "%d scripts, all held\n", len(c.Script))
	}
	return nil
}

// play plays one script in a world of its own.
func (c *callCmd) play(ctx context.Context, s streams, path string) (ok bool, err error) {
	script, err := parse(path)
	if err != nil {
		return false, err
	}
	w, err := box.Open(ctx, box.Options{Virtual: true, Logger: verbose(s, c.Verbose)})
	if err != nil {
		return false, fmt.Errorf("open the box: %w", err)
	}
	result, err := w.Play(ctx, script)
	closed := w.Close(ctx)
	if bad, ok := errors.AsType[*box.ScriptError](err); ok {
		return false, badScript(bad)
	}
	if err := errors.Join(err, closed); err != nil {
		return false, err
	}
	if c.JSON {
		return result.Failure == "", json.NewEncoder(s.out).Encode(result)
	}
	printTranscript(s.out, result, widthOf(s.out))
	return result.Failure == "", nil
}

// parse reads a script.
func parse(path string) (*box.Script, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &exitError{2, fmt.Errorf("read script: %w\nhint: --script takes the path of a call script", err)}
	}
	defer func() { _ = f.Close() }() // it was only read
	script, err := box.Parse(filepath.Base(path), f)
	if err != nil {
		return nil, badScript(err)
	}
	return script, nil
}

func badScript(err error) error {
	return &exitError{2, fmt.Errorf("%w\nhint: docs/call-scripts.md has all instructions", err)}
}
