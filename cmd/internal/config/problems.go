package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with the file, or, as a warning, loose.
// Message never repeats a value.
type Problem struct {
	File    string
	Line    int    // from 1; of a missing key, the line of what should hold it
	Column  int    // from 1
	Path    string // twilio.auth_token, lines[1].hours.mon[0]; "" is the whole file
	Message string
}

// String is file:line:column: path: message, as far as it is known.
func (p Problem) String() string {
	where := ""
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	}
	if p.Path == "" {
		return where + p.Message
	}
	return where + p.Path + ": " + p.Message
}

// Problems are all that is wrong with a file, by line; never empty as an error.
type Problems []Problem

// Error is a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	return p
}

// position is a place in the file, from 1.
type position struct{ line, column int }

// nearest is the known name that a misspelt one most likely means, or "".
func nearest(name string, known []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, k := range known {
		if len(k) > 2 && strings.HasPrefix(name, k) {
			return k // monday, warning
		}
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
