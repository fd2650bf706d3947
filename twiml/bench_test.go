package twiml_test

import (
	"testing"

	"ringback/twiml"
)

var sentences = []string{
	"If your number is the same, and you have a new phone or deleted the app, press 1.",
	"If your number or SIM changed, press 2.",
	"To hear how to do it yourself on the web, press 3.",
	"If you have the texts but it failed, press 4.",
	"To hear this again, press 9.",
	"For a person, press 0.",
}

func menu() twiml.Response {
	g := twiml.Gather{Action: "/voice/turn?n=3#rc=1&rp=ct,rt,5xx&rt=5000", Method: twiml.POST, NumDigits: 1, Timeout: twiml.Some(5), ActionOnEmptyResult: true}
	for _, s := range sentences {
		g.Prompts = append(g.Prompts, twiml.Say{Voice: "Polly.Joanna", Language: "en-US", Parts: []twiml.SayPart{twiml.Text(s)}})
	}
	return twiml.Response{Verbs: []twiml.Verb{g, twiml.Redirect{Method: twiml.POST, URL: "/voice/turn?n=3&silent=1"}}}
}

// The menu is rendered into a new slice each time, as a handler does at worst.
func BenchmarkRenderMenu(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		r := menu()
		b.ReportAllocs()
		for b.Loop() {
			r.Append(nil)
		}
	})
	b.Run("ours/built", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			menu().Append(nil)
		}
	})
	b.Run("ours/reused", func(b *testing.B) {
		r, buf := menu(), []byte(nil)
		b.ReportAllocs()
		for b.Loop() {
			buf = r.Append(buf[:0])
		}
	})
}

func BenchmarkParseMenu(b *testing.B) {
	doc := menu().Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := twiml.Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}

// A menu costs one allocation, and none into a slice that is large enough.
func TestRenderAllocations(t *testing.T) {
	r := menu()
	if n := testing.AllocsPerRun(100, func() { r.Append(nil) }); n > 1 {
		t.Errorf("%v allocations into nil", n)
	}
	buf := r.Append(nil)
	if n := testing.AllocsPerRun(100, func() { buf = r.Append(buf[:0]) }); n > 0 {
		t.Errorf("%v allocations into a slice of its own", n)
	}
}
