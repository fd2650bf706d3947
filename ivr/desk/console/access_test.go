package console_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ringback/ivr/desk/console"
)

// themes are the colours of the style sheet by name: the light ones, and the dark
// ones over them.
func themes(t *testing.T, css string) map[string]map[string]string {
	t.Helper()
	blocks := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(css, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of colours, want light and dark", len(blocks))
	}
	all := map[string]map[string]string{"light": {}, "dark": {}}
	for i, b := range blocks {
		for _, m := range regexp.MustCompile(`--([\w-]+):\s*(#[0-9a-f]{6})`).FindAllStringSubmatch(b[1], -1) {
			if i == 0 {
				all["light"][m[1]] = m[2]
			}
			all["dark"][m[1]] = m[2]
		}
	}
	return all
}

// luminance is the relative luminance of a colour (WCAG 2.2, definition).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatalf("%q is no colour", hex)
	}
	channel := func(shift int) float64 {
		c := float64(v>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Text has a contrast of 4.5 to what it stands on, and what a state or a control is
// known by one of 3, in both themes (WCAG 2.2, 1.4.3 and 1.4.11, level AA).
func TestContrast(t *testing.T) {
	if got := contrast(t, "#ffffff", "#000000"); math.Abs(got-21) > 0.01 {
		t.Fatalf("black on white has %.2f", got)
	}
	if got := contrast(t, "#777777", "#ffffff"); got >= 4.5 {
		t.Fatalf("a grey that is known to fall short has %.2f", got)
	}
	css, err := os.ReadFile("assets/desk.css")
	if err != nil {
		t.Fatal(err)
	}
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"ink", "panel", 4.5},
		{"ink", "ground", 4.5},
		{"soft", "panel", 4.5},
		{"soft", "ground", 4.5},
		{"accent", "panel", 4.5},
		{"accent", "ground", 4.5},
		{"accent", "accent-weak", 4.5},
		{"ink", "accent-weak", 4.5},
		{"on-accent", "accent", 4.5},
		{"good", "panel", 4.5},
		{"good", "good-weak", 4.5},
		{"warn", "warn-weak", 4.5},
		{"ink", "warn-weak", 4.5},
		{"soft", "warn-weak", 4.5},
		{"bad", "panel", 4.5},
		{"bad", "bad-weak", 4.5},
		{"ink", "bad-weak", 4.5},
		{"edge-strong", "panel", 3},
		{"edge-strong", "ground", 3},
		{"accent", "panel", 3},
		{"bad", "panel", 3},
		{"c-ready", "panel", 3},
		{"c-ringing", "panel", 3},
		{"c-talking", "panel", 3},
		{"c-wrap_up", "panel", 3},
		{"c-away", "panel", 3},
	}
	for theme, colours := range themes(t, string(css)) {
		for _, p := range pairs {
			front, back := colours[p.front], colours[p.back]
			if front == "" || back == "" {
				t.Errorf("%s: %s or %s is no colour of the sheet", theme, p.front, p.back)
				continue
			}
			if got := contrast(t, front, back); got < p.least {
				t.Errorf("%s: %s on %s has %.2f, want %.1f", theme, p.front, p.back, got, p.least)
			}
		}
	}
}

// No page, and no piece of one, has anything inline that the policy would have to
// allow: walked over every page there is, with a caller on the line.
func TestNothingInline(t *testing.T) {
	r := newRig(t, nil)
	talking(r, "jo")
	jo := r.as("jo")
	var pages []string
	for _, route := range console.Routes() {
		if path, ok := strings.CutPrefix(route, "GET "); ok && !strings.Contains(path, "/assets/") && path != "/desk/events" {
			pages = append(pages, path)
		}
	}
	if len(pages) < 7 {
		t.Fatalf("only %d pages: %q", len(pages), pages)
	}
	seen := 0
	for _, path := range pages {
		a := jo.get(path)
		if a.status != 200 {
			continue // leads elsewhere, or wants more in its address
		}
		seen++
		if got := a.header.Get("Content-Security-Policy"); !strings.Contains(got, "script-src 'self';") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy %q", path, got)
		}
		if found := inline(t, a.body); len(found) > 0 {
			t.Errorf("%s: %q", path, found)
		}
	}
	if seen < 7 {
		t.Errorf("only %d pages were looked at", seen)
	}
	for name, page := range map[string]string{
		"a script": "<script>1</script>", "a style": "<style>a{}</style>", "a style of an element": "<p style='x'>", "a handler": "<p onmouseover=x>", "an address": "<a href='javascript:x'>",
	} {
		if len(inline(t, page)) != 1 {
			t.Errorf("%s goes unnoticed", name)
		}
	}
}

// inline lists what a page has inline.
func inline(t *testing.T, page string) (found []string) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range doc.Find("*").Nodes {
		src := false
		for _, a := range n.Attr {
			src = src || a.Key == "src"
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				found = append(found, n.Data+" "+a.Key)
			}
		}
		if n.Data == "style" || n.Data == "script" && !src {
			found = append(found, n.Data)
		}
	}
	return found
}
