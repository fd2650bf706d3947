package twiml_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml"
)

func render(verbs ...twiml.Verb) string {
	return string(twiml.Response{Verbs: verbs}.Append(nil))
}

const (
	head = `<?xml version="1.0" encoding="UTF-8"?><Response>`
	foot = `</Response>`
)

func TestEscaping(t *testing.T) {
	for _, tt := range []struct{ name, in, text, attr string }{
		{"plain", "Press 1.", "Press 1.", "Press 1."},
		{"markup", `<Hangup/> & "1" > '0'`, "&lt;Hangup/&gt; &amp; &quot;1&quot; &gt; '0'", "&lt;Hangup/&gt; &amp; &quot;1&quot; &gt; '0'"},
		{"end of CDATA", "]]>", "]]&gt;", "]]&gt;"},
		{"tab and line feed", "a\tb\nc", "a\tb\nc", "a&#x9;b&#xA;c"},
		{"carriage return", "a\r\nb", "a\nb", "a&#xA;b"},
		{"NUL, bell, escape, delete", "a\x00\x07\x1b\x7fb", "ab", "ab"},
		{"C1 controls", "a\u0085\u009fb", "ab", "ab"},
		{"what follows C1", "a\u00a0b", "a\u00a0b", "a\u00a0b"},
		{"not UTF-8", "a\xff\xc3b", "ab", "ab"},
		{"an encoded surrogate", "a\xed\xa0\x80b", "ab", "ab"},
		{"noncharacters", "a\ufffe\uffffb", "ab", "ab"},
		{"a replacement character that was there", "a\ufffdb", "a\ufffdb", "a\ufffdb"},
		{"other scripts", "Grüße, 日本 🙂", "Grüße, 日本 🙂", "Grüße, 日本 🙂"},
		{"only dropped", "\x00", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := head + "<Say>" + tt.text + "</Say>" + foot
			if diff := cmp.Diff(want, render(twiml.SayText(tt.in))); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			want = head + `<Say language="` + tt.attr + `"></Say>` + foot
			if diff := cmp.Diff(want, render(twiml.Say{Language: tt.in})); diff != "" {
				t.Errorf("attribute (-want +got):\n%s", diff)
			}
		})
	}
}

// Every byte is treated the same wherever it stands.
func TestEscapingAtEveryPlace(t *testing.T) {
	escapes := map[byte]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\n': "\n", '\t': "\t"}
	for c := range 256 {
		want := escapes[byte(c)]
		if want == "" && c >= ' ' && c < 0x7f {
			want = string(rune(c))
		}
		for before := range 17 {
			a, b := strings.Repeat("=?", before)[:before], strings.Repeat("~ ", 17-before)[:17-before]
			if got := render(twiml.SayText(a + string([]byte{byte(c)}) + b)); got != head+"<Say>"+a+want+b+"</Say>"+foot {
				t.Fatalf("byte %#x after %d: %s", c, before, got)
			}
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "<&>\"'", "a\r\n\tb", "\xff\ufffe", "日本\u0085", "]]>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		doc := render(twiml.SayText(s), twiml.Gather{Action: "x" + s})
		if !utf8.ValidString(doc) {
			t.Fatal("document is not UTF-8")
		}
		r, err := twiml.Parse([]byte(doc))
		if len(doc) > twiml.MaxBytes {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		want := strings.Map(kept, strings.ToValidUTF8(s, ""))
		got := ""
		if parts := r.Verbs[0].(twiml.Say).Parts; len(parts) > 0 {
			got = string(parts[0].(twiml.Text))
		}
		if got != want {
			t.Errorf("text %q, want %q", got, want)
		}
		if got := r.Verbs[1].(twiml.Gather).Action; got != "x"+want {
			t.Errorf("attribute %q, want %q", got, "x"+want)
		}
	})
}

// kept drops the characters that must not reach a document.
func kept(r rune) rune {
	if r < 0x20 && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff {
		return -1
	}
	return r
}
