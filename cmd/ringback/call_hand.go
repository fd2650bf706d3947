package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"ringback/cmd/internal/box"
)

const (
	welcome = `Keys: 0-9 * #. "tap" opens the activation link, "hang up" ends, "help" says more.
Dana Reyes is 1000001, her PIN 24681357.`
	welcomeKeys = `Press 0-9 * # on your keyboard. t taps the activation link, q hangs up, h says more.
Dana Reyes is 1000001, her PIN 24681357.`
)

// helpText is for who asks.
func helpText() string {
	var b strings.Builder
	b.WriteString("  0-9 * #    press keys; # ends what you key in\n  tap        opens the activation link in the last text (t)\n  hang up    ends the call; so do Ctrl-C and Ctrl-D (q)\n  help       this (h)\n")
	for _, p := range box.People() {
		pin := p.PIN
		if pin == "" {
			pin = "none"
		}
		fmt.Fprintf(&b, "  %-11s ID %s, PIN %-8s  --from %s\n", p.Name, p.ID, pin, p.Numbers[0])
	}
	return strings.TrimRight(b.String(), "\n")
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
		return &exitError{2, err}
	}
	width := widthOf(s.out)
	commands, hello, restore := listen(ctx, s.in)
	defer restore()
	if hello == welcomeKeys {
		s.out = returns{s.out}
	}
	fmt.Fprintln(s.out, hello)
	talk(ctx, s.out, call, commands, width)
	return nil
}

// returns writes for a terminal in raw mode, which begins no line by itself.
type returns struct{ w io.Writer }

func (r returns) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, strings.ReplaceAll(string(p), "\n", "\r\n")); err != nil {
		return 0, err //nolint:wrapcheck // a terminal's error as it is
	}
	return len(p), nil
}

// listen reads commands: at a terminal every key at once, else by the line. The
// channel is closed at the end of the input.
func listen(ctx context.Context, in io.Reader) (commands <-chan string, hello string, restore func()) {
	split, hello, restore := bufio.ScanLines, welcome, func() {}
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if before, err := term.MakeRaw(int(f.Fd())); err == nil {
			split, hello = bufio.ScanBytes, welcomeKeys
			restore = func() { _ = term.Restore(int(f.Fd()), before) }
		}
	}
	out := make(chan string)
	go func() {
		defer close(out)
		scan := bufio.NewScanner(in)
		scan.Split(split)
		for scan.Scan() {
			word := strings.TrimSpace(scan.Text())
			if full, ok := map[string]string{"q": "hang up", "\x03": "hang up", "\x04": "hang up", "t": "tap", "h": "help", "?": "help"}[word]; ok {
				word = full
			}
			if word == "" {
				continue
			}
			select {
			case out <- word:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, hello, restore
}

// patienceAtEnd is how long the line may take to say how a call ended.
const patienceAtEnd = 3 * time.Second

// talk goes on until the call is over, and says how it ended.
func talk(ctx context.Context, out io.Writer, call *box.Call, commands <-chan string, width int) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	quit := ctx.Done()
	hungUp := false
	hangUp := func() {
		hungUp, commands, quit = true, nil, nil
		call.Hangup()
	}
	var over time.Time
	for {
		for _, m := range call.News() {
			printMoment(out, m, 8, width)
		}
		if call.Ended() {
			if over.IsZero() {
				over = time.Now()
			}
			ending, known := call.Ending(context.WithoutCancel(ctx))
			if known || time.Since(over) > patienceAtEnd {
				sayEnd(out, hungUp, ending)
				return
			}
		}
		select {
		case <-quit:
			hangUp()
		case <-tick.C:
		case word, ok := <-commands:
			switch {
			case !ok || word == "hang up":
				hangUp()
			case word == "help":
				fmt.Fprintln(out, helpText())
			default:
				if msg := call.Do(word); msg != "" {
					fmt.Fprintln(out, msg)
				}
			}
		}
	}
}

func sayEnd(out io.Writer, hungUp bool, ending string) {
	who := "The line hung up."
	if hungUp {
		who = "You hung up."
	}
	if ending == "" {
		ending = "not known to the line"
	}
	fmt.Fprintf(out, "%s The call ended: %s.\n", who, ending)
}
