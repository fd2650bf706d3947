package words_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
	"ringback/ivr/words"
	"ringback/twiml"
)

// book is a catalogue as it is written: the arguments of each id.
func book(t *testing.T, file string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	mark := regexp.MustCompile(`\{\{\.\w+\}\}|\[digits`)
	args := map[string][]string{}
	for id, text := range all {
		if forms, ok := text.(map[string]any); ok {
			text = forms["other"]
			if forms["one"] == nil {
				t.Errorf("%s: %s has no form for one", file, id)
			}
		}
		args[id] = mark.FindAllString(text.(string), -1)
		slices.Sort(args[id])
	}
	return args
}

// Both catalogues are whole and say the same: every id, with the same arguments.
func TestCataloguesMatch(t *testing.T) {
	if diff := cmp.Diff(book(t, "en.yaml"), book(t, "es.yaml")); diff != "" {
		t.Errorf("en.yaml and es.yaml differ (-en +es):\n%s", diff)
	}
}

// Every message can be said in Spanish, in one breath, the option before its key.
func TestSpanishSpeaks(t *testing.T) {
	c := catalogue(t, words.Options{})
	for _, id := range c.IDs() {
		parts, err := c.Say("es-US", ivr.Message{ID: id, Args: args()})
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		text := (twiml.Say{Parts: parts}).Text()
		if n := len(strings.Fields(text)); n > 70 {
			t.Errorf("%s is %d words: too long to listen to", id, n)
		}
		if strings.HasPrefix(text, "Oprima 1 para") && id != "agent_keys" && id != "agent_consult_keys" {
			t.Errorf("%s names the key before the option", id)
		}
		if strings.HasPrefix(id, "text_") && strings.Contains(text, "http") && strings.ContainsAny(text, "áíóú") {
			t.Errorf("%s has a letter that doubles what it costs: %s", id, text)
		}
	}
}

func TestSpanish(t *testing.T) {
	c := catalogue(t, words.Options{})
	opens := func(at string) ivr.Message { return ivr.Message{ID: "opens", Args: map[string]string{"next": at}} }
	for _, tt := range []struct {
		lang string
		m    ivr.Message
		want string
	}{
		{"es-US", ivr.Message{ID: "menu_language", Args: map[string]string{"key": "8"}}, "Para español, oprima 8."},
		{"en-US", ivr.Message{ID: "menu_language", Args: map[string]string{"key": "8"}}, "For English, press 8."},
		{"es", ivr.Message{ID: "thank_you"}, "Gracias."},
		{"es-US", opens("2026-11-25T08:00:00-05:00"), "Abre el miércoles a las 8 de la mañana."},
		{"es-US", opens("2026-11-25T13:30:00-05:00"), "Abre el miércoles a la 1 y 30 de la tarde."},
		{"es-US", opens("2026-11-28T00:00:00-05:00"), "Abre el sábado a las 12 de la mañana."},
		{"es-US", opens("2026-11-29T21:00:00-05:00"), "Abre el domingo a las 9 de la noche."},
		{"es-US", ivr.Message{ID: "expected_wait", Args: map[string]string{"minutes": "1"}}, "La espera es de aproximadamente 1 minuto."},
		{"es-US", ivr.Message{ID: "expected_wait", Args: map[string]string{"minutes": "4"}}, "La espera es de aproximadamente 4 minutos."},
	} {
		parts, err := c.Say(tt.lang, tt.m)
		if err != nil {
			t.Errorf("%s: %v", tt.m.ID, err)
			continue
		}
		if got := (twiml.Say{Parts: parts}).Text(); got != tt.want {
			t.Errorf("%s in %s = %q, want %q", tt.m.ID, tt.lang, got, tt.want)
		}
	}
}

// A line's own words are in its first language, and replace ours in no other.
func TestOverridesHaveALanguage(t *testing.T) {
	c := catalogue(t, words.Options{Words: map[string]string{"one_moment": "Espere."}, Language: "es-US"})
	for lang, want := range map[string]string{"es-US": "Espere.", "en-US": "One moment please."} {
		parts, err := c.Say(lang, ivr.Message{ID: "one_moment"})
		if got := (twiml.Say{Parts: parts}).Text(); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", lang, got, err, want)
		}
	}
}

func TestVoices(t *testing.T) {
	for tag, want := range map[string]string{"en-US": "Polly.Joanna", "es-US": "Polly.Lupe", "es": "Polly.Lupe", "fr-FR": "Polly.Joanna"} {
		if got := words.Voice(tag); got != want {
			t.Errorf("voice of %s is %s, want %s", tag, got, want)
		}
	}
	if !words.Speaks("es-MX") || !words.Speaks("EN") || words.Speaks("fr-FR") || words.Speaks("") {
		t.Error("languages without a catalogue, or a catalogue without its language")
	}
}
