package twiml

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

func (p *parser) say(start xml.StartElement) (v Say, err error) {
	a := p.attrs(start)
	v = Say{
		Voice:    enum[Voice](a, "voice"),
		Language: a.str("language"),
		Loop:     a.optNumber("loop"),
	}
	v.Parts, err = a.parts(start)
	return v, err
}

// parts reads, once the attributes are bound, an element that holds text and
// SSML. Text on both sides of a comment is one part.
func (a *attrs) parts(start xml.StartElement) ([]SayPart, error) {
	if err := a.done(); err != nil {
		return nil, err
	}
	var parts []SayPart
	err := a.p.children(start, func(child xml.StartElement) error {
		part, err := a.p.part(child, a.elem)
		if err == nil {
			parts = append(parts, part)
		}
		return err
	}, func(s string) {
		if s == "" {
			return
		}
		if n := len(parts); n > 0 {
			if before, ok := parts[n-1].(Text); ok {
				parts[n-1] = before + Text(s)
				return
			}
		}
		parts = append(parts, Text(s))
	})
	return parts, err
}

// part reads one SSML element inside the element named parent.
func (p *parser) part(start xml.StartElement, parent string) (SayPart, error) {
	a := p.attrs(start)
	var err error
	switch name(start.Name) {
	case "break":
		return finish(p, start, a, a.pause())
	case "say-as":
		v := SayAs{InterpretAs: enum[InterpretAs](a, "interpret-as"), Format: a.str("format")}
		v.Text, err = a.verbatim(start)
		return v, err
	case "sub":
		v := Sub{Alias: a.str("alias")}
		v.Text, err = a.verbatim(start)
		return v, err
	case "phoneme":
		v := Phoneme{Alphabet: a.str("alphabet"), Ph: a.str("ph")}
		v.Text, err = a.verbatim(start)
		return v, err
	case "prosody":
		v := Prosody{Volume: a.str("volume"), Rate: a.str("rate"), Pitch: a.str("pitch")}
		v.Parts, err = a.parts(start)
		return v, err
	case "emphasis":
		v := Emphasis{Level: enum[EmphasisLevel](a, "level")}
		v.Parts, err = a.parts(start)
		return v, err
	case "lang":
		v := Lang{Language: a.str("xml:lang")}
		v.Parts, err = a.parts(start)
		return v, err
	case "w":
		v := W{Role: a.str("role")}
		v.Parts, err = a.parts(start)
		return v, err
	case "p":
		parts, err := a.parts(start)
		return P{Parts: parts}, err
	case "s":
		parts, err := a.parts(start)
		return S{Parts: parts}, err
	default:
		return nil, p.notAllowed(start, parent)
	}
}

// verbatim reads, once the attributes are bound, an element that holds text.
func (a *attrs) verbatim(start xml.StartElement) (string, error) {
	if err := a.done(); err != nil {
		return "", err
	}
	return a.p.text(start)
}

// pause binds the attributes of a break.
func (a *attrs) pause() Break {
	b := Break{Strength: enum[BreakStrength](a, "strength")}
	v, ok := a.take("time")
	if !ok {
		return b
	}
	d, ok := breakTime(v)
	switch {
	case !ok:
		a.fail("time", "must be a number of s or ms, in whole milliseconds")
	case d == 0:
		b.Strength = StrengthNone
	}
	b.Time = d
	return b
}

// breakTime reads the time of a break, such as "500ms", "2s" or "1.5s".
func breakTime(s string) (time.Duration, bool) {
	unit := float64(time.Millisecond)
	num, ok := strings.CutSuffix(s, "ms")
	if !ok {
		unit = float64(time.Second)
		if num, ok = strings.CutSuffix(s, "s"); !ok {
			return 0, false
		}
	}
	if num == "" || strings.Trim(num, "0123456789.") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(num, 64)
	if err != nil || f*unit > float64(time.Hour) {
		return 0, false
	}
	d := time.Duration(math.Round(f * unit))
	return d, d%time.Millisecond == 0
}
