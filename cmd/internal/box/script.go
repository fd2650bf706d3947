package box

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	nc "ringback/ivr/numberchange"
)

// Script is a parsed call script.
type Script struct {
	Name  string
	Steps []Step
}

// Step is one instruction.
type Step struct {
	Line  int    // in the file, from 1
	Text  string // as written, for the transcript and for errors
	Call  string // label of the call that it is for; "" is the only or the last one
	Verb  string
	Words []string // arguments, in order
	Match *regexp.Regexp
	For   time.Duration
	At    time.Time

	Verstat string // of a call: how the carrier attests the number; "" says nothing

	Refused nc.Refusal // what is expected of a number change; none: it is done
}

// ScriptError says what is wrong with a script, and where.
type ScriptError struct {
	Name string
	Line int
	Err  error
}

// Error is file:line: what is wrong.
func (e *ScriptError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Name, e.Line, e.Err) }

// Unwrap is the cause.
func (e *ScriptError) Unwrap() error { return e.Err }

// form is what an instruction looks like.
type form struct {
	usage string
	parse func(s *Step, rest string) error
}

// onPage is what agents do on their page.
const onPage = "page accept|decline, hold, unhold, consult [NAME], three-way, handover, drop, end, tool NAME [refused WHY], note OUTCOME, card /RE/"

// forms are all instructions; the manual in docs/call-scripts.md lists them too.
func forms() map[string]form {
	phone := func(s *Step, rest string) error { return s.phone(rest, false) }
	phoneMatch := func(s *Step, rest string) error { return s.phone(rest, true) }
	match := func(s *Step, rest string) error { return s.match(rest) }
	known := map[string]form{
		"call":     {"call [LABEL:] LINE from +NUMBER [verstat TN-...]", (*Step).parseCall},
		"answer":   {"answer [LABEL:] +NUMBER", (*Step).parseAnswer},
		"callback": {"callback +NUMBER waiting|dialling|reached|failed|cancelled", (*Step).parseCallback},
		"phone":    {"phone +NUMBER rings|voicemail|busy", (*Step).parsePhone},
		"hear":     {"hear /RE/", match},
		"at":       {`at "2006-01-02 15:04 Zone/City"`, (*Step).parseAt},
		"press":    {"press KEYS ({code}, {wrong}, {push}, {ref}, pound and star are known)", (*Step).parsePress},
		"push":     {"push NAME approve|deny|fraud", (*Step).parsePush},
		"say":      {`say "WORDS"`, (*Step).parseSay},
		"wait":     {"wait DURATION", (*Step).parseWait},
		"text":     {"text +NUMBER /RE/", phoneMatch},
		"email":    {"email ADDRESS /RE/", (*Step).parseEmail},
		"activate": {"activate +NUMBER", phone},
		"no":       {"no text +NUMBER, no call +NUMBER, or: no email ADDRESS", (*Step).parseNo},
		"texts":    {"texts +NUMBER undelivered|landline|optedout|late DURATION", (*Step).parseTexts},
		"crowd":    {"crowd LINE NUMBER: so many others call, ask for a person and wait", (*Step).parseCrowd},
		"agent":    {"agent NAME ready|accept|decline|ignore|voicemail|away|hangup|hear /RE/, or on the page: " + onPage + ", " + onChange, (*Step).parseAgent},
		"lead":     {"lead NAME threat on|off, or: lead NAME close LINE|all DURATION \"WORDS\", or: lead NAME open LINE|all, or: lead NAME freeze|unfreeze|unlock|allow|case ID, or: lead NAME confirm check", (*Step).parseLead},
		"down":     {"down duo|redis|texts|ledger|mail|directory|lookups", (*Step).parseFault},
		"up":       {"up duo|redis|texts|ledger|mail|directory|lookups", (*Step).parseFault},
		"duo":      {"duo slow DURATION, or: duo old +NUMBER", (*Step).parseDuo},
		"hangup":   {"hangup", (*Step).parseNothing},
		"ended":    {"ended /RE/", match},
	}
	maps.Copy(known, changeForms())
	return known
}

// Parse reads a script. Its errors are [ScriptError]s, all of them joined.
func Parse(name string, r io.Reader) (*Script, error) {
	s := &Script{Name: name}
	known := forms()
	var errs []error
	labels := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(uncomment(lines.Text()))
		if text == "" {
			continue
		}
		step := Step{Line: n, Text: text}
		verb, rest, _ := strings.Cut(text, " ")
		if labels[verb] && known[verb].parse == nil {
			step.Call = verb
			verb, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
		}
		step.Verb = verb
		f, ok := known[verb]
		if !ok {
			errs = append(errs, &ScriptError{name, n, fmt.Errorf("unknown instruction %q; known are %s", verb, strings.Join(sortedKeys(known), ", "))})
			continue
		}
		if err := f.parse(&step, strings.TrimSpace(rest)); err != nil {
			errs = append(errs, &ScriptError{name, n, fmt.Errorf("%w; it goes: %s", err, f.usage)})
			continue
		}
		if (verb == "call" || verb == "answer") && step.Call != "" {
			labels[step.Call] = true
		}
		s.Steps = append(s.Steps, step)
	}
	if err := lines.Err(); err != nil {
		errs = append(errs, fmt.Errorf("read %s: %w", name, err))
	}
	if len(errs) == 0 && !slices.ContainsFunc(s.Steps, func(s Step) bool { return s.Verb == "call" }) {
		errs = append(errs, &ScriptError{name, 1, errors.New("nobody calls: a script needs a line such as `call university from +19195550101`")})
	}
	return s, errors.Join(errs...)
}

func sortedKeys(m map[string]form) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// uncomment drops a comment: # at the start, or after a space and not within
// a pattern or quotes.
func uncomment(line string) string {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return ""
	}
	quote := rune(0)
	previous := rune(0)
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote && previous != '\\' {
				quote = 0
			}
		case r == '"', r == '/' && previous == ' ':
			quote = r
		case r == '#' && (previous == ' ' || previous == '\t'):
			return line[:i]
		}
		previous = r
	}
	return line
}

func (s *Step) match(rest string) error {
	if len(rest) < 2 || rest[0] != '/' || rest[len(rest)-1] != '/' {
		return fmt.Errorf("%q is no pattern between slashes", rest)
	}
	re, err := regexp.Compile("(?i)" + strings.ReplaceAll(rest[1:len(rest)-1], `\/`, "/"))
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	s.Match = re
	return nil
}

func (s *Step) phone(rest string, match bool) error {
	number, pattern, _ := strings.Cut(rest, " ")
	if err := checkNumber(number); err != nil {
		return err
	}
	s.Words = []string{number}
	if match {
		return s.match(strings.TrimSpace(pattern))
	}
	return extra(pattern)
}

func extra(rest string) error {
	if strings.TrimSpace(rest) != "" {
		return fmt.Errorf("%q is too much", strings.TrimSpace(rest))
	}
	return nil
}

func checkNumber(n string) error {
	digits, ok := strings.CutPrefix(n, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return fmt.Errorf("%q is no number such as +19195550101", n)
	}
	return nil
}

func (s *Step) parseCall(rest string) error {
	if label, after, ok := strings.Cut(rest, ":"); ok {
		s.Call, rest = strings.TrimSpace(label), strings.TrimSpace(after)
		if s.Call == "" || strings.Contains(s.Call, " ") {
			return fmt.Errorf("%q is no label", label)
		}
	}
	w := strings.Fields(rest)
	if len(w) == 5 && w[3] == "verstat" { // what the carrier thinks of the number
		s.Verstat, w = w[4], w[:3]
	}
	if len(w) != 3 || w[1] != "from" {
		return errors.New("a call needs a line and a number")
	}
	s.Words = []string{w[0], w[2]}
	if w[2] == "withheld" {
		return nil
	}
	return checkNumber(w[2])
}

func (s *Step) parseAt(rest string) error {
	when := strings.Trim(rest, `"`)
	w := strings.Fields(when)
	if len(w) != 3 {
		return fmt.Errorf("%q is no time", rest)
	}
	zone, err := time.LoadLocation(w[2])
	if err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	if s.At, err = time.ParseInLocation("2006-01-02 15:04", w[0]+" "+w[1], zone); err != nil {
		return fmt.Errorf("%q is no time", when)
	}
	return nil
}

func (s *Step) parsePress(rest string) error {
	keys := strings.NewReplacer("pound", "#", "star", "*", " ", "").Replace(rest)
	bare := strings.NewReplacer("{code}", "", "{wrong}", "", "{push}", "", "{ref}", "").Replace(keys)
	if keys == "" || strings.Trim(bare, "0123456789*#") != "" {
		return fmt.Errorf("%q are no keys", rest)
	}
	s.Words = []string{keys}
	return nil
}

func (s *Step) parsePush(rest string) error {
	w := strings.Fields(rest)
	if len(w) != 2 || w[1] != "approve" && w[1] != "deny" && w[1] != "fraud" {
		return fmt.Errorf("%q is no name and answer", rest)
	}
	s.Words = w
	return nil
}

func (s *Step) parseSay(rest string) error {
	if len(rest) < 3 || rest[0] != '"' || rest[len(rest)-1] != '"' {
		return fmt.Errorf("%q is not in quotes", rest)
	}
	s.Words = []string{rest[1 : len(rest)-1]}
	return nil
}

func (s *Step) parseWait(rest string) error {
	d, err := time.ParseDuration(rest)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no duration such as 20s", rest)
	}
	s.For = d
	return nil
}

func (s *Step) parseEmail(rest string) error {
	address, pattern, _ := strings.Cut(rest, " ")
	if !strings.Contains(address, "@") {
		return fmt.Errorf("%q is no address", address)
	}
	s.Words = []string{address}
	return s.match(strings.TrimSpace(pattern))
}

func (s *Step) parseNo(rest string) error {
	if address, ok := strings.CutPrefix(rest, "email "); ok {
		if !strings.Contains(address, "@") || strings.Contains(address, " ") {
			return fmt.Errorf("%q is no address", address)
		}
		s.Words = []string{address}
		return nil
	}
	what, number, _ := strings.Cut(rest, " ")
	if what == "call" {
		s.Verb = "no call"
	} else if what != "text" {
		return errors.New("only texts, calls and e-mails can be absent")
	}
	return s.phone(strings.TrimSpace(number), false)
}

func (s *Step) parseTexts(rest string) error {
	w := strings.Fields(rest)
	if len(w) < 2 {
		return errors.New("a number and what becomes of its texts are needed")
	}
	if err := checkNumber(w[0]); err != nil {
		return err
	}
	s.Words = w[:2]
	switch w[1] {
	case "undelivered", "landline", "optedout":
		return extra(strings.Join(w[2:], " "))
	case "late":
		return s.parseWait(strings.Join(w[2:], " "))
	}
	return fmt.Errorf("%q is not known", w[1])
}

// maxCrowd is how many numbers there are for a crowd.
const maxCrowd = 100

func (s *Step) parseCrowd(rest string) error {
	w := strings.Fields(rest)
	if len(w) != 2 {
		return errors.New("a crowd needs a line and how many")
	}
	if n, err := strconv.Atoi(w[1]); err != nil || n < 1 || n > maxCrowd {
		return fmt.Errorf("%q is no number from 1 to %d", w[1], maxCrowd)
	}
	s.Words = w
	return nil
}

func (s *Step) parseName(rest string) error {
	if rest == "" || strings.Contains(rest, " ") {
		return fmt.Errorf("%q is no name", rest)
	}
	s.Words = []string{rest}
	return nil
}

func (s *Step) parseFault(rest string) error {
	switch rest {
	case "duo", "redis", "texts", "ledger", "mail", "directory", "lookups":
		s.Words = []string{rest}
		return nil
	}
	return fmt.Errorf("%q cannot go down", rest)
}

func (s *Step) parseDuo(rest string) error {
	if number, ok := strings.CutPrefix(rest, "old "); ok {
		return s.phone(strings.TrimSpace(number), false)
	}
	d, ok := strings.CutPrefix(rest, "slow ")
	if !ok {
		return fmt.Errorf("duo cannot %q", rest)
	}
	return s.parseWait(strings.TrimSpace(d))
}

func (s *Step) parseNothing(rest string) error { return extra(rest) }
