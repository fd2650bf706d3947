package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"ringback/cmd/internal/box"
)

// printTranscript prints what was said and done, with times. Words beyond width
// go on under the words; a width of 0 breaks no lines.
func printTranscript(w io.Writer, r box.Result, width int) {
	fmt.Fprintf(w, "== %s\n", r.Name)
	column := 8
	for _, m := range r.Transcript {
		column = max(column, len(whoOf(m)))
	}
	var length time.Duration
	for _, m := range r.Transcript {
		printMoment(w, m, column, width)
		length = max(length, m.At)
	}
	if r.Failure != "" {
		fmt.Fprintf(w, "FAILED %s\n", r.Failure)
		return
	}
	fmt.Fprintf(w, "ok, %s long\n", stamp(length))
}

func whoOf(m box.Moment) string {
	return strings.TrimSpace(m.Call + " " + m.Who)
}

// printMoment prints one line of a transcript, and the lines that go on with it.
func printMoment(w io.Writer, m box.Moment, column, width int) {
	head := fmt.Sprintf("%s  %-*s ", stamp(m.At), column, whoOf(m))
	lines := []string{m.Text}
	if width > 0 {
		lines = wrap(m.Text, max(width-len(head), 24))
	}
	for i, l := range lines {
		if i > 0 {
			head = strings.Repeat(" ", len(head))
		}
		fmt.Fprintln(w, strings.TrimRight(head+l, " "))
	}
}

// wrap breaks a text between words. A word that is longer than a line, such as
// a link, stays whole.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// stamp is minutes, seconds and tenths.
func stamp(d time.Duration) string {
	d = max(d, 0)
	return fmt.Sprintf("%02d:%04.1f", int(d/time.Minute), (d % time.Minute).Seconds())
}

// widthOf is how wide a terminal is; 0 for what is none.
func widthOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
