package twiml

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// attrs binds the attributes of one element to fields: each method takes the
// attribute of a name, and done refuses those that nobody took. The first
// mistake is kept and makes later ones silent.
type attrs struct {
	p    *parser
	elem string
	list []xml.Attr
	err  *ParseError
}

func (p *parser) attrs(start xml.StartElement) *attrs {
	a := &attrs{p: p, elem: name(start.Name), list: start.Attr}
	for i, x := range a.list {
		if slices.ContainsFunc(a.list[:i], func(y xml.Attr) bool { return y.Name == x.Name }) {
			a.err = p.fail(CodeMalformed, a.elem, "is there twice")
			a.err.Attribute = name(x.Name)
			break
		}
	}
	return a
}

func (a *attrs) fail(attribute, reason string) {
	if a.err == nil {
		a.err = a.p.fail(CodeSchema, a.elem, reason)
		a.err.Attribute = attribute
	}
}

// done reports the first mistake, an attribute that nobody took included.
func (a *attrs) done() error {
	if a.err == nil && len(a.list) > 0 {
		a.fail(name(a.list[0].Name), "unknown")
	}
	if a.err != nil {
		return a.err
	}
	return nil
}

// take removes and returns the attribute.
func (a *attrs) take(attribute string) (value string, ok bool) {
	for i, x := range a.list {
		if name(x.Name) == attribute {
			// A copy, because the decoder's tokens share their slice.
			a.list = append(slices.Clone(a.list[:i]), a.list[i+1:]...)
			return clean(x.Value), true
		}
	}
	return "", false
}

func (a *attrs) str(attribute string) string {
	v, ok := a.take(attribute)
	if ok && v == "" {
		a.fail(attribute, "must not be empty")
	}
	return v
}

// input takes what a Gather listens for, in either order of the two words.
func (a *attrs) input(attribute string) Input {
	v, ok := a.take(attribute)
	if v == "speech dtmf" {
		return InputDTMFSpeech
	}
	if ok && !Input(v).valid() {
		a.fail(attribute, notAllowedValue)
	}
	return Input(v)
}

func (a *attrs) optStr(attribute string) Optional[string] {
	v, ok := a.take(attribute)
	return Optional[string]{Value: v, Set: ok}
}

const notAllowedValue = "not one of the values that are allowed"

// number is at least 1, because a zero field is an unset one.
func (a *attrs) number(attribute string) int {
	v, ok := a.take(attribute)
	if !ok {
		return 0
	}
	return a.atoi(attribute, v, 1, "must be a whole number from 1")
}

func (a *attrs) optNumber(attribute string) Optional[int] {
	v, ok := a.take(attribute)
	if !ok {
		return Optional[int]{}
	}
	return Some(a.atoi(attribute, v, 0, "must be a whole number from 0"))
}

func (a *attrs) atoi(attribute, v string, least int, reason string) int {
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil || int(n) < least {
		a.fail(attribute, reason)
	}
	return int(n)
}

func (a *attrs) optFlag(attribute string) Optional[bool] {
	v, ok := a.take(attribute)
	if !ok {
		return Optional[bool]{}
	}
	if v != "true" && v != "false" {
		a.fail(attribute, "must be true or false")
	}
	return Some(v == "true")
}

func (a *attrs) flag(attribute string) bool { return a.optFlag(attribute).Value }

// seconds takes a number of seconds or "auto".
func (a *attrs) seconds(attribute string) SpeechTimeout {
	v, ok := a.take(attribute)
	switch {
	case !ok:
		return 0
	case v == "auto":
		return SpeechTimeoutAuto
	default:
		return SpeechTimeout(a.atoi(attribute, v, 1, "must be auto or a whole number from 1"))
	}
}

// hints takes a list of phrases with commas between them.
func (a *attrs) hints(attribute string) []string {
	v := a.str(attribute)
	if v == "" {
		return nil
	}
	words := strings.Split(v, ",")
	for i, w := range words {
		if words[i] = strings.TrimSpace(w); words[i] == "" {
			a.fail(attribute, "must be phrases with a comma between two")
		}
	}
	return words
}

// word is a named string type of which only some values are allowed.
type word interface {
	~string
	valid() bool
}

func enum[T word](a *attrs, attribute string) T {
	v, ok := a.take(attribute)
	if ok && !T(v).valid() {
		a.fail(attribute, notAllowedValue)
	}
	return T(v)
}

// enums takes a list of words with spaces between them.
func enums[T word](a *attrs, attribute string) []T {
	v, ok := a.take(attribute)
	if !ok {
		return nil
	}
	var list []T
	for s := range strings.FieldsSeq(v) {
		if !T(s).valid() {
			a.fail(attribute, notAllowedValue)
		}
		list = append(list, T(s))
	}
	if list == nil {
		a.fail(attribute, "must not be empty")
	}
	return list
}
