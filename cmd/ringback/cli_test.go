package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this binary as ringback, and only they do.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ringback": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
	}})
}

// The commands as people type them: each script under testdata/cli is a session.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/cli", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "replace": replace, "taken": taken, "interrupted": interrupted,
		},
	})
}

// exits runs a command that must exit with a code: exits 2 ringback call ...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// replace changes a file: replace OLD NEW FILE; {NL} begins a line.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.NewReplacer("{NL}", "\n")
	from, to, text := lines.Replace(args[0]), lines.Replace(args[1]), ts.ReadFile(args[2])
	if !strings.Contains(text, from) {
		ts.Fatalf("%q is not in %s", from, args[2])
	}
	text = strings.ReplaceAll(text, from, to)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o600))
}

// taken listens on a port until the script is over, and puts it into $TAKEN.
func taken(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("TAKEN", l.Addr().String())
}

// interrupted runs a command, interrupts it once it has said something, and wants
// it to end well.
func interrupted(ts *testscript.TestScript, _ bool, args []string) {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	spoke := make(chan struct{})
	var once sync.Once
	say := func() { once.Do(func() { close(spoke) }) }
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &teller{w: &out, after: "\n", say: say}, &teller{w: &errs, after: "serving", say: say}
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-spoke:
		ts.Check(cmd.Process.Signal(os.Interrupt))
		err = <-ended
	case err = <-ended:
		ts.Fatalf("it ended by itself: %v\n%s%s", err, out.String(), errs.String())
	}
	_, _ = io.Copy(ts.Stdout(), &out)
	_, _ = io.Copy(ts.Stderr(), &errs)
	ts.Check(err)
}

// teller tells when something has been written.
type teller struct {
	w     *bytes.Buffer
	after string
	say   func()
}

func (t *teller) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if strings.Contains(t.w.String(), t.after) {
		t.say()
	}
	return n, err
}
