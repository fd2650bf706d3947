package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
)

// What a line says instead of our words is refused before anybody is to hear it.
func TestCheckWords(t *testing.T) {
	all := "{{.reference}} {{.line}} {{.number}} {{.date}} {{.time}} {{.zone}} {{.factor}}"
	for name, tt := range map[string]struct {
		words  map[string]string
		notice string
		path   string // of the problem; "" is none
	}{
		"ours":                         {},
		"other words":                  {words: map[string]string{"goodbye": "Bye from {{.line}}.", "notice_frozen": all, "notice_subject_frozen": "Stopped", "text_code": "{{.line}}: {{.code}}"}},
		"a plural":                     {words: map[string]string{"expected_wait": "{{.minutes}} to go."}},
		"an argument of another":       {words: map[string]string{"goodbye": "Bye, {{.reference}}."}, path: "lines[0].words.goodbye"},
		"no such argument":             {words: map[string]string{"greeting": "Hello {{.person}}."}, path: "lines[0].words.greeting"},
		"a mark that is not closed":    {words: map[string]string{"goodbye": "Bye [pause 1s"}, path: "lines[0].words.goodbye"},
		"an unknown mark":              {words: map[string]string{"one_moment": "[sing]"}, path: "lines[0].words.one_moment"},
		"a notice without reference":   {words: map[string]string{"notice_links_sent": "Links were sent. Call {{.number}}."}, path: "lines[0].words.notice_links_sent"},
		"a notice that is too long":    {words: map[string]string{"notice_unfrozen": "{{.reference}}" + strings.Repeat(" more", 400)}, path: "lines[0].words.notice_unfrozen"},
		"a subject of silence":         {words: map[string]string{"notice_subject_frozen": "[pause 1s]"}, path: "lines[0].words.notice_subject_frozen"},
		"the notice of the day":        {notice: "E-mail is slow [today].", path: "lines[0].notice"},
		"the notice of the day, plain": {notice: "E-mail is slow today."},
	} {
		c := load(t, site(t))
		c.Lines[0].Words, c.Lines[0].Notice = tt.words, tt.notice
		err := app.CheckWords(c)
		problems, _ := errors.AsType[config.Problems](err)
		at := slices.IndexFunc(problems, func(p config.Problem) bool { return p.Path == tt.path })
		if (err != nil) != (tt.path != "") || tt.path != "" && at < 0 || len(problems) > 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
