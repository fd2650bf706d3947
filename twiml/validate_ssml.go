package twiml

import (
	"slices"
	"strings"
	"time"
)

func (t Text) validate(sp *speech) { sp.words += len(t) }

func (b Break) validate(sp *speech) {
	checkEnum(sp.checker, "strength", b.Strength)
	if b.Time < 0 || b.Time > maxBreak {
		sp.addf("time must be at most 10s")
	}
	if b.Time%time.Millisecond != 0 {
		sp.addf("time must be in whole milliseconds")
	}
}

func (s SayAs) validate(sp *speech) {
	checkEnum(sp.checker, "interpret-as", s.InterpretAs)
	if s.InterpretAs == "" {
		sp.addf("interpret-as is missing")
	}
	if s.Format != "" && s.InterpretAs != AsDate {
		sp.addf("format is only for dates")
	}
	sp.word("the text", s.Text)
}

// word counts, and demands, the text of an element.
func (sp *speech) word(what, s string) {
	if s == "" {
		sp.addf("%s is missing", what)
	}
	sp.words += len(s)
}

func (s Sub) validate(sp *speech) {
	if s.Alias == "" {
		sp.addf("alias is missing")
	}
	sp.word("the text", s.Text)
}

func (p Phoneme) validate(sp *speech) {
	if p.Alphabet != "" && !slices.Contains([]string{"ipa", "x-sampa", "x-amazon-pinyin"}, p.Alphabet) {
		sp.addf("alphabet is not one of the values that are allowed")
	}
	if p.Ph == "" {
		sp.addf("ph is missing")
	}
	sp.word("the text", p.Text)
}

func (p Prosody) validate(sp *speech) {
	if p.Volume == "" && p.Rate == "" && p.Pitch == "" {
		sp.addf("needs a volume, a rate or a pitch")
	}
	sp.scale("volume", p.Volume, "default silent x-soft soft medium loud x-loud", "dB", true)
	sp.scale("rate", p.Rate, "default x-slow slow medium fast x-fast", "%", false)
	sp.scale("pitch", p.Pitch, "default x-low low medium high x-high", "%", true)
	sp.parts(p.Parts)
}

// scale checks a value that is one of some words, or a number with a unit and,
// where it is a difference, a sign.
func (sp *speech) scale(attribute, v, words, unit string, signed bool) {
	if v == "" || slices.Contains(strings.Fields(words), v) {
		return
	}
	num, ok := strings.CutSuffix(v, unit)
	if signed {
		rest := strings.TrimLeft(num, "+-")
		ok = ok && len(num)-len(rest) == 1
		num = rest
	}
	whole, fraction, dot := strings.Cut(num, ".")
	if !ok || !digitsOnly(whole) || dot && !digitsOnly(fraction) {
		sp.addf("%s is not one of the values that are allowed", attribute)
	}
}

func digitsOnly(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (e Emphasis) validate(sp *speech) {
	checkEnum(sp.checker, "level", e.Level)
	if sp.voice.neural() {
		sp.addf("neural voices do not know it")
	}
	sp.parts(e.Parts)
}

func (l Lang) validate(sp *speech) {
	if l.Language == "" {
		sp.addf("xml:lang is missing")
	}
	sp.language("xml:lang", l.Language)
	sp.parts(l.Parts)
}

func (w W) validate(sp *speech) {
	if w.Role == "" {
		sp.addf("role is missing")
	}
	sp.parts(w.Parts)
}

func (p P) validate(sp *speech) {
	if sp.inP || sp.inS {
		sp.addf("a paragraph must not be inside a sentence or a paragraph")
	}
	was := sp.inP
	sp.inP = true
	sp.parts(p.Parts)
	sp.inP = was
}

func (s S) validate(sp *speech) {
	if sp.inS {
		sp.addf("a sentence must not be inside a sentence")
	}
	was := sp.inS
	sp.inS = true
	sp.parts(s.Parts)
	sp.inS = was
}
