package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ringback/cmd/internal/box"
)

// callCmd is a phone into a world in a box.
type callCmd struct {
	Script  []string `placeholder:"FILE" help:"Play call scripts, on a virtual clock."`
	JSON    bool     `help:"Print transcripts as JSON lines."`
	Line    string   `default:"university" help:"By hand: which line to call."`
	Verbose bool     `short:"v" help:"Log to standard error."`
	From    string   `default:"+19195550101" help:"By hand: the number to call from."`
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
	return nil
}

// play plays one script in a world of its own.
func (c *callCmd) play(ctx context.Context, s streams, path string) (ok bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, &exitError{2, fmt.Errorf("read script: %w", err)}
	}
	script, err := box.Parse(filepath.Base(path), f)
	_ = f.Close() // it was only read
	if err != nil {
		return false, &exitError{2, err}
	}
	w, err := box.Open(ctx, box.Options{Virtual: true, Logger: verbose(s, c.Verbose)})
	if err != nil {
		return false, fmt.Errorf("open the box: %w", err)
	}
	result, err := w.Play(ctx, script)
	err = errors.Join(err, w.Close(ctx))
	if err != nil {
		return false, err
	}
	if c.JSON {
		return result.Failure == "", json.NewEncoder(s.out).Encode(result)
	}
	printTranscript(s.out, result, widthOf(s.out))
	return result.Failure == "", nil
}

// byHand connects the terminal with a call, in real time.
func (c *callCmd) byHand(ctx context.Context, s streams) error {
	w, err := box.Open(ctx, box.Options{AlwaysOpen: true, Logger: verbose(s, c.Verbose)})
	if err != nil {
		return fmt.Errorf("open the box: %w", err)
	}
	defer func() { _ = w.Close(context.WithoutCancel(ctx)) }()
	call, err := w.Dial(ctx, c.Line, c.From)
	if err != nil {
		return err //nolint:wrapcheck // it says which line
	}
	fmt.Fprintln(s.out, "Keys and Enter press them; \"tap\" opens the activation link; \"hang up\" ends. Dana Reyes is 1000001, her PIN 24681357.")
	lines := make(chan string)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(s.in)
		for in.Scan() {
			select {
			case lines <- strings.TrimSpace(in.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, m := range call.News() {
			fmt.Fprintf(s.out, "%s  %-8s %s\n", stamp(m.At), m.Who, m.Text)
		}
		if call.Ended() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case line, ok := <-lines:
			if !ok || line == "hang up" {
				call.Hangup()
				lines = nil
				continue
			}
			if msg := call.Do(line); msg != "" {
				fmt.Fprintln(s.out, msg)
			}
		}
	}
}
