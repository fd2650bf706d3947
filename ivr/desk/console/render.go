package console

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// page is what every page shows around its own part.
type page struct {
	Title string
	Path  string  // of the navigation
	Who   *person // nil: nobody
	Live  bool    // listens to events
	Show  string  // the piece about number changes that it listens to
	Asks  int     // how many of them wait for the person
	Watch string  // without the script, reloads this path
	Data  any
}

// Lead reports whether the leads' pages are shown.
func (p page) Lead() bool { return p.Who != nil && p.Who.Role >= RoleLead }

// parsePages reads every page together with the layout and the pieces.
func parsePages() (map[string]*template.Template, error) {
	base, err := template.New("layout").Funcs(words()).ParseFS(templates, "templates/layout.html", "templates/pieces/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	files, err := fs.Glob(templates, "templates/pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	pages := map[string]*template.Template{"": base}
	for _, f := range files {
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templates, f)
		}
		if err != nil {
			return nil, fmt.Errorf("parse templates: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(f), ".html")] = t
	}
	return pages, nil
}

// render answers with a page, whole or not at all.
func (c *Console) render(x *exchange, status int, name string, p page) error {
	p.Who = x.who
	p.Asks = c.asks(x.ctx, x.who)
	var b bytes.Buffer
	if err := c.pages[name].ExecuteTemplate(&b, "layout.html", p); err != nil {
		return internal(fmt.Errorf("render %s: %w", name, err))
	}
	if err := x.HTMLBlob(status, b.Bytes()); err != nil {
		return internal(fmt.Errorf("write page: %w", err))
	}
	return nil
}

// fragment renders a piece of a page, for its events.
func (c *Console) fragment(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := c.pages[""].ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// words are the functions of the templates: constants of the dialogue in words.
func words() template.FuncMap {
	return template.FuncMap{
		"word": word, "span": span, "secs": func(d time.Duration) string { return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds())) }, "short": shortSubject, "iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock":      func(t time.Time) string { return t.UTC().Format("15:04 UTC") },
		"stamp":      func(t time.Time) string { return t.UTC().Format("2 Jan 15:04 UTC") },
		"checkWords": checkWords, "seenWords": seenWords,
		"ms": func(t time.Time) int64 { return t.UnixMilli() },
	}
}

// shortSubject is the beginning of a pseudonym: enough to tell two apart.
func shortSubject(s string) string { return s[:min(len(s), 8)] }

// span is a duration as people say it.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Minute:
		return "a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 2*time.Hour:
		return fmt.Sprintf("an hour and %d min", int(d.Minutes())-60)
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}

// home leads to where somebody works.
func (c *Console) home(x *exchange) error {
	to := pathCalls
	if x.who.Agent == "" {
		to = pathWall
	}
	return x.Redirect(http.StatusSeeOther, to)
}

// keysPage tells the keyboard shortcuts.
func (c *Console) keysPage(x *exchange) error {
	return c.render(x, http.StatusOK, "keys", page{Title: "Keyboard", Path: pathKeys})
}
