package words_test

import (
	"strings"
	"testing"

	"ringback/ivr"
	"ringback/ivr/words"
	"ringback/twiml"
)

func catalogue(t *testing.T, o words.Options) *words.Catalogue {
	t.Helper()
	c, err := words.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// args are enough for any message.
func args() map[string]string {
	return map[string]string{
		"line": "Duke University OIT", "key": "1", "digits": "7", "id": "1000001", "last": "01", "reason": "Thanksgiving", "number": "+19196842200",
		"next": "2026-11-25T08:00:00-05:00", "until": "2026-11-25T18:00:00-05:00", "position": "3", "minutes": "2", "link": "https://m.example/x", "code": "123456", "request": "it", "name": "Alex", "agent": "Alex", "proof": "4817",
		"date": "2026-11-24", "time": "10:00", "zone": "EST", "reference": "12345678", "call": "00000000000000aa", "attempts": "3", "why": "no_answer",
	}
}

// Every message can be said, is no longer than one breath of a carrier's limit,
// and offers an option before its key.
func TestEveryMessageSpeaks(t *testing.T) {
	c := catalogue(t, words.Options{})
	if len(c.IDs()) < 80 {
		t.Fatalf("only %d messages", len(c.IDs()))
	}
	for _, id := range c.IDs() {
		parts, err := c.Say("en-US", ivr.Message{ID: id, Args: args()})
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		say := twiml.Say{Parts: parts}
		text := say.Text()
		if len(strings.Fields(text)) > 70 {
			t.Errorf("%s is %d words: too long to listen to", id, len(strings.Fields(text)))
		}
		if err := (twiml.Response{Verbs: []twiml.Verb{twiml.Say{Voice: "Polly.Joanna", Parts: parts}}}).Validate(); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if i := strings.Index(text, "press 1"); i == 0 {
			t.Errorf("%s names the key before the option", id)
		}
	}
}

// Every text and every e-mail with a code or a link warns: whoever is talked into
// reading it out is told that nobody asks for it, and whom to call.
func TestTextsWarn(t *testing.T) {
	c := catalogue(t, words.Options{})
	for lang, nobody := range map[string]string{"en-US": "obody will ask you ", "es-US": "adie debe pedirle "} {
		for _, id := range []string{"text_install", "text_activate", "text_code", "text_web", "mail_code"} {
			text, err := c.Text(lang, ivr.Message{ID: id, Args: args()})
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			for _, want := range []string{"Duke University OIT", nobody, "+19196842200"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s in %s lacks %q: %s", id, lang, want, text)
				}
			}
			if strings.Contains(text, "https:") && !strings.Contains(text, "https://m.example/x ") {
				t.Errorf("%s in %s: the link does not end where it ends: %s", id, lang, text)
			}
		}
	}
}

func TestSay(t *testing.T) {
	c := catalogue(t, words.Options{})
	for _, tt := range []struct {
		lang string
		m    ivr.Message
		want string
	}{
		{"en-US", ivr.Message{ID: "confirm_id", Args: map[string]string{"id": "1000001"}}, "You keyed 1 0 0 0 0 0 1."},
		{"en-US", ivr.Message{ID: "opens", Args: map[string]string{"next": "2026-11-25T08:00:00-05:00"}}, "It opens Wednesday at 8 AM."},
		{"en-US", ivr.Message{ID: "opens", Args: map[string]string{"next": "2026-11-25T08:30:00-05:00"}}, "It opens Wednesday at 8:30 AM."},
		{"en-US", ivr.Message{ID: "open_until", Args: map[string]string{"until": "2026-11-25T18:00:00-05:00"}}, "The service desk is open until 6 PM."},
		{"en-US", ivr.Message{ID: "open_until", Args: map[string]string{"until": "2026-11-25T17:30:00-05:00"}}, "The service desk is open until 5:30 PM."},
		{"es-US", ivr.Message{ID: "open_until", Args: map[string]string{"until": "2026-11-25T18:00:00-05:00"}}, "La mesa de servicio está abierta hasta las 6 de la tarde."},
		{"en-US", ivr.Message{ID: "expected_wait", Args: map[string]string{"minutes": "1"}}, "The wait is about 1 minute."},
		{"en-US", ivr.Message{ID: "expected_wait", Args: map[string]string{"minutes": "4"}}, "The wait is about 4 minutes."},
		{"fr-FR", ivr.Message{ID: "one_moment"}, "One moment please."},
		{"en-US", ivr.Message{ID: "greeting", Args: map[string]string{"line": "[pause 5s] <b>"}}, "Thank you for calling pause 5s <b>."},
	} {
		parts, err := c.Say(tt.lang, tt.m)
		if err != nil {
			t.Errorf("%s: %v", tt.m.ID, err)
			continue
		}
		if got := (twiml.Say{Parts: parts}).Text(); got != tt.want {
			t.Errorf("%s = %q, want %q", tt.m.ID, got, tt.want)
		}
	}
}

func TestOverrides(t *testing.T) {
	c := catalogue(t, words.Options{Words: map[string]string{"one_moment": "Hang on."}})
	parts, err := c.Say("en-US", ivr.Message{ID: "one_moment"})
	if err != nil || (twiml.Say{Parts: parts}).Text() != "Hang on." {
		t.Errorf("%v, %v", parts, err)
	}
	if _, err := words.New(words.Options{Words: map[string]string{"one_monent": "x"}}); err == nil || !strings.Contains(err.Error(), "one_monent") {
		t.Errorf("err = %v", err)
	}
}

func TestRefusals(t *testing.T) {
	c := catalogue(t, words.Options{})
	for name, m := range map[string]ivr.Message{
		"unknown id":       {ID: "no_such_message"},
		"missing argument": {ID: "greeting"},
		"wrong argument":   {ID: "greeting", Args: map[string]string{"name": "x"}},
	} {
		if _, err := c.Say("en-US", m); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, bad := range []string{"[digits 1", "[sing a song]", "[pause for ever]"} {
		c := catalogue(t, words.Options{Words: map[string]string{"one_moment": bad}})
		if _, err := c.Say("en-US", ivr.Message{ID: "one_moment"}); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

// What is kept of an option is kept by its key, and a second argument is heard
// each time.
func TestOptionsAreKeptByKey(t *testing.T) {
	c := catalogue(t, words.Options{})
	for _, tt := range []struct {
		m    ivr.Message
		want string
	}{
		{ivr.Message{ID: "menu_person", Args: map[string]string{"key": "0"}}, "For a person, press 0."},
		{ivr.Message{ID: "menu_person", Args: map[string]string{"key": "5"}}, "For a person, press 5."},
		{ivr.Message{ID: "menu_person", Args: map[string]string{"key": "0"}}, "For a person, press 0."},
		{ivr.Message{ID: "choose_phone", Args: map[string]string{"key": "1", "last": "01"}}, "For the one ending in 0 1, press 1."},
		{ivr.Message{ID: "choose_phone", Args: map[string]string{"key": "1", "last": "42"}}, "For the one ending in 4 2, press 1."},
	} {
		parts, err := c.Say("en-US", tt.m)
		if err != nil {
			t.Fatal(err)
		}
		if got := (twiml.Say{Parts: parts}).Text(); got != tt.want {
			t.Errorf("%v = %q, want %q", tt.m, got, tt.want)
		}
	}
	for range 2 { // a message that lacks its argument does not become a sentence
		if _, err := c.Say("en-US", ivr.Message{ID: "menu_person"}); err == nil {
			t.Error("an option without its key is said")
		}
	}
}
