// Package words is the catalogue: it turns an [ivr.Message], an id with
// arguments, into what is said, per language and per line.
//
// The English texts are in en.yaml, which is also where their notation is
// explained. go-i18n chooses the language and the plural form; what is the same
// each time is rendered once, because a turn says ten sentences and has
// microseconds to do it.
package words

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"ringback/ivr"
	"ringback/twiml"
)

//go:embed *.yaml
var catalogues embed.FS

// Catalogue holds every text of one line. It is safe for concurrent use.
type Catalogue struct {
	bundle     *i18n.Bundle
	languages  map[string]*i18n.Localizer
	ids        []string
	recordings map[string]string

	mu    sync.RWMutex
	fixed map[spoken][]twiml.SayPart
}

// spoken names a sentence that is the same each time: a message without
// arguments, or an option of a menu, whose only argument is the key to press.
type spoken struct{ lang, id, key string }

// fixed tells whether a message is always the same sentence. What people said
// or keyed never is, so it is never kept.
func fixed(lang string, m ivr.Message) (spoken, bool) {
	key := m.Args["key"]
	return spoken{lang, m.ID, key}, len(m.Args) == 0 || len(m.Args) == 1 && len(key) == 1
}

// Options are a line's own words.
type Options struct {
	Words      map[string]string // message id -> text that replaces ours; an unknown id is an error
	Language   string            // BCP 47, of Words: the line's first; "": English. Other languages keep ours
	Recordings map[string]string // message id -> URL of recorded audio that is played instead
}

// New loads the catalogues. It fails on an override for an unknown id and on a
// text that cannot be parsed, naming the id.
func New(o Options) (*Catalogue, error) {
	c := &Catalogue{bundle: i18n.NewBundle(language.English), languages: map[string]*i18n.Localizer{}, fixed: map[spoken][]twiml.SayPart{}, recordings: o.Recordings}
	c.bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	for _, lang := range spokenLanguages() {
		f, err := c.bundle.LoadMessageFileFS(catalogues, lang.base+".yaml")
		if err != nil {
			return nil, fmt.Errorf("load the words of %s: %w", lang.base, err)
		}
		if lang.base == "en" {
			for _, m := range f.Messages {
				c.ids = append(c.ids, m.ID)
			}
		}
	}
	slices.Sort(c.ids)
	for _, id := range slices.Sorted(maps.Keys(o.Words)) {
		if _, ok := slices.BinarySearch(c.ids, id); !ok {
			return nil, fmt.Errorf("words: there is no message %q", id)
		}
		m := &i18n.Message{ID: id, Other: o.Words[id], One: o.Words[id]}
		if err := c.bundle.AddMessages(language.Make(languageOf(o.Language).base), m); err != nil {
			return nil, fmt.Errorf("words: message %q: %w", id, err)
		}
	}
	return c, nil
}

// IDs returns the ids of all messages, sorted.
func (c *Catalogue) IDs() []string { return slices.Clone(c.ids) }

// Recording is the URL of the audio that replaces a message, if there is one.
func (c *Catalogue) Recording(id string) (url string, ok bool) {
	url, ok = c.recordings[id]
	return url, ok
}

// Say is what a message sounds like in a language (BCP 47; English stands in for
// what is missing). An unknown id or a missing argument is a bug and an error.
func (c *Catalogue) Say(lang string, m ivr.Message) ([]twiml.SayPart, error) {
	key, same := fixed(lang, m)
	if !same {
		return c.render(lang, m)
	}
	c.mu.RLock()
	parts, ok := c.fixed[key]
	c.mu.RUnlock()
	if ok {
		return parts, nil
	}
	parts, err := c.render(lang, m)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fixed[key] = parts
	return parts, nil
}

func (c *Catalogue) render(lang string, m ivr.Message) ([]twiml.SayPart, error) {
	cfg := &i18n.LocalizeConfig{MessageID: m.ID}
	if len(m.Args) > 0 {
		data := make(map[string]string, len(m.Args))
		for k, v := range m.Args {
			data[k] = argument(lang, k, v)
		}
		cfg.TemplateData = data
		if n, ok := m.Args["minutes"]; ok {
			cfg.PluralCount = n
		}
	}
	text, err := c.localizer(lang).Localize(cfg)
	if err != nil {
		return nil, fmt.Errorf("words: message %q: %w", m.ID, err)
	}
	if strings.Contains(text, "<no value>") {
		return nil, fmt.Errorf("words: message %q lacks an argument", m.ID)
	}
	return parse(text)
}

// Text is a message as written, for texts.
func (c *Catalogue) Text(lang string, m ivr.Message) (string, error) {
	parts, err := c.render(lang, m)
	if err != nil {
		return "", err
	}
	return twiml.Say{Parts: parts}.Text(), nil
}

// argument spells out what the dialogue leaves as data.
func argument(lang, name, value string) string {
	if name != "next" && name != "until" {
		return clean(value)
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return clean(value)
	}
	if name == "until" {
		return languageOf(lang).clock(at)
	}
	return languageOf(lang).moment(at)
}

// clean takes our notation's brackets out of what people wrote.
func clean(s string) string {
	if !strings.ContainsAny(s, "[]") {
		return s
	}
	return strings.NewReplacer("[", "", "]", "").Replace(s)
}

func (c *Catalogue) localizer(lang string) *i18n.Localizer {
	c.mu.RLock()
	l, ok := c.languages[lang]
	c.mu.RUnlock()
	if ok {
		return l
	}
	l = i18n.NewLocalizer(c.bundle, lang)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.languages) < 64 { // languages come from the config; a bound all the same
		c.languages[lang] = l
	}
	return l
}

// parse reads the notation of en.yaml.
func parse(text string) ([]twiml.SayPart, error) {
	var parts []twiml.SayPart
	for text != "" {
		before, rest, found := strings.Cut(text, "[")
		if before != "" {
			parts = append(parts, twiml.Text(before))
		}
		if !found {
			break
		}
		mark, after, closed := strings.Cut(rest, "]")
		name, arg, _ := strings.Cut(mark, " ")
		switch {
		case !closed:
			return nil, fmt.Errorf("words: %s is not closed", strconv.Quote("["+rest))
		case name == "digits":
			parts = append(parts, twiml.SayAs{InterpretAs: twiml.AsDigits, Text: arg})
		case name == "pause":
			d, err := time.ParseDuration(arg)
			if err != nil {
				return nil, fmt.Errorf("words: pause: %w", err)
			}
			parts = append(parts, twiml.Break{Time: d})
		default:
			return nil, fmt.Errorf("words: unknown mark %q", name)
		}
		text = after
	}
	return parts, nil
}
