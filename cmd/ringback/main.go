// Command ringback is a phone line that gets people back into their MFA.
// `ringback help` lists its commands; each has a file of its own here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	_ "time/tzdata" // so that hours work where the system has no time zones

	"github.com/alecthomas/kong"
)

// cli are the commands.
type cli struct {
	Demo     demoCmd     `cmd:"" help:"The world in a box on 127.0.0.1, in real time, until it is interrupted."`
	Serve    serveCmd    `cmd:"" help:"Serve the lines of a config."`
	Call     callCmd     `cmd:"" help:"Call a line in a box: by hand, or play call scripts."`
	Load     loadCmd     `cmd:"" help:"Make many calls at once into a box, and say what they took."`
	Flow     flowCmd     `cmd:"" help:"Draw the dialogue, from the code."`
	Check    checkCmd    `cmd:"" help:"Read a config as serve does and report every problem with it."`
	PIN      pinCmd      `cmd:"" name:"pin" help:"Print the hash of a PIN, for a people file, or keep it in the ledger."`
	Audit    auditCmd    `cmd:"" help:"Check the ledger's chain, or read it out."`
	Policy   policyCmd   `cmd:"" help:"What is demanded of a caller."`
	Recovery recoveryCmd `cmd:"" name:"recovery-codes" help:"Give out recovery codes."`
	Threat   threatCmd   `cmd:"" help:"Elevate the threat by hand, end it, or say how it stands."`
	Unlock   unlockCmd   `cmd:"" help:"Enable a factor of a person again."`
	Freeze   freezeCmd   `cmd:"" help:"Stop a person's recovery by phone."`
	Allow    allowCmd    `cmd:"" help:"Allow a person one more set of links today."`
	Unfreeze unfreezeCmd `cmd:"" help:"Let a person recover by phone again."`
	Fallback fallbackCmd `cmd:"" help:"Print the static document for the carrier's fallback URL of a line."`
}

// streams are where commands read and write.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exitError ends the process with a code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exited := -1
	out := &output{w: s.out}
	s.out = out
	parser, err := kong.New(&c,
		kong.Name("ringback"), kong.Description("A phone line that gets people back into their MFA, safely."),
		kong.Writers(s.out, s.err), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "ringback:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		hint := "ringback --help lists the commands"
		if len(args) > 0 && isCommand(parser, args[0]) {
			hint = "ringback " + args[0] + " --help says what it takes"
		}
		fmt.Fprintf(s.err, "ringback: %v\nhint: %s\n", err, hint)
		return 2
	}
	if err := k.Run(); err != nil {
		fmt.Fprintln(s.err, "ringback:", err)
		if e, ok := errors.AsType[*exitError](err); ok {
			return e.code
		}
		return 1
	}
	if err := out.failed(); err != nil {
		fmt.Fprintln(s.err, "ringback:", err)
		return 1
	}
	return 0
}

// isCommand reports whether a word is the name of a command.
func isCommand(parser *kong.Kong, word string) bool {
	return slices.ContainsFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == word })
}
