package twiml

import (
	"errors"
	"fmt"
	"strconv"
)

// Problem is one thing in a document that Twilio would fail, warn about or
// misread. Its text names the place and the rule, never the value.
type Problem struct {
	// Path leads to the element, such as "Response/Gather[0]/Say[1]": the
	// number is the index in the slice that holds it, from 0, whatever the
	// names of its neighbours.
	Path string
	// Code is Twilio's for it; [CodeSchema] where it has none of its own.
	Code int
	// Reason in words.
	Reason string
}

// Error is the path and the reason.
func (p *Problem) Error() string { return "twiml: " + p.Path + ": " + p.Reason }

// Validate reports everything in the document that Twilio would fail, warn
// about or quietly misread, joined by [errors.Join]; each error is a
// [*Problem]. Verbs that can never be reached, after one with an action, are
// allowed. What needs the world (whether a URL answers, whether the account
// owns a number) is not checked.
func (r Response) Validate() error { return r.check(nil, 0, "") }

// ValidateWait is Validate for what an [Enqueue]'s WaitURL answers: Play, Say,
// Pause, Hangup, Redirect, Leave and Gather only.
func (r Response) ValidateWait() error {
	return r.check(func(v Verb) bool {
		switch v.(type) {
		case Play, Say, Pause, Hangup, Redirect, Leave, Gather:
			return true
		}
		return false
	}, CodeSchema, "not allowed while waiting in a queue")
}

// ValidateHold is Validate for what a [Conference]'s WaitURL, a participant's
// hold or announce URL, or a [Queue]'s URL answers: Play, Say, Pause and
// Redirect only.
func (r Response) ValidateHold() error {
	return r.check(func(v Verb) bool {
		switch v.(type) {
		case Play, Say, Pause, Redirect:
			return true
		}
		return false
	}, CodeHoldVerb, "not allowed in hold music or an announcement")
}

// check validates all verbs; those that allowed, unless nil, turns away are a
// problem with the code and reason.
func (r Response) check(allowed func(Verb) bool, code int, reason string) error {
	c := &checker{path: []byte("Response")}
	total := len(header) + len("<Response></Response>")
	var buf []byte
	for i, v := range r.Verbs {
		c.in(v.Element(), i, func() {
			if allowed != nil && !allowed(v) {
				c.add(code, reason)
			}
			if i > 0 {
				c.notFirst(v)
			}
			v.validate(c)
		})
		buf = v.append(buf[:0])
		total += len(buf)
	}
	if total > MaxBytes {
		c.add(CodeTooLarge, "document is longer than 64 KB")
	}
	return errors.Join(c.problems...)
}

// notFirst finds verbs that work only at the start of a document.
func (c *checker) notFirst(v Verb) {
	switch v := v.(type) {
	case Reject:
		c.add(CodeSchema, "turns a call away only as the first verb")
	case Dial:
		if v.AnswerOnBridge {
			c.add(CodeSchema, "answerOnBridge works only in the first verb")
		}
	}
}

// checker collects problems under the path of the element being checked.
type checker struct {
	path     []byte
	depth    int
	problems []error
}

// in runs f with the path of a child element.
func (c *checker) in(element string, i int, f func()) {
	n := len(c.path)
	c.path = append(c.path, '/')
	c.path = append(c.path, element...)
	c.path = append(c.path, '[')
	c.path = strconv.AppendInt(c.path, int64(i), 10)
	c.path = append(c.path, ']')
	c.depth++
	f()
	c.depth--
	c.path = c.path[:n]
}

func (c *checker) add(code int, reason string) {
	c.problems = append(c.problems, &Problem{Path: string(c.path), Code: code, Reason: reason})
}

func (c *checker) addf(format string, args ...any) { c.add(CodeSchema, fmt.Sprintf(format, args...)) }
