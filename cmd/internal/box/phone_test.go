package box_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/cmd/internal/box"
	"ringback/ivr/caller"
)

// world is one in real time with telephones on the web.
func world(t *testing.T, o box.Options) *box.World {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // closing comes after the test's own has ended
	o.WebPhone = true
	w, err := box.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return w
}

// ask sends a request as the page would, but for what edit changes.
func ask(t *testing.T, w *box.World, method, path, body string, edit func(*http.Request)) (status int, answer map[string]any, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if edit != nil {
		edit(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(b, &answer) // a page is no JSON
	if answer == nil {
		answer = map[string]any{"body": string(b)}
	}
	return res.StatusCode, answer, res.Header
}

func TestWebPhoneRefuses(t *testing.T) {
	t.Parallel()
	w := world(t, box.Options{})
	const dana = "/phone/people/1000001"
	for _, tt := range []struct {
		name, method, path, body string
		edit                     func(*http.Request)
		status                   int
	}{
		{"an unknown person", "GET", "/phone/people/7654321", "", nil, 404},
		{"an unknown call", "GET", dana + "?call=x", "", nil, 404},
		{"an unknown agent", "GET", "/phone/agents/dora", "", nil, 404},
		{"an unknown agent's page", "GET", "/phone?as=dora", "", nil, 404},
		{"an unknown file", "GET", "/phone/phone.html", "", nil, 404},
		{"an unknown path", "GET", "/phone/people/1000001/secrets", "", nil, 404},
		{"an unknown line", "POST", dana + "/call", `{"line":"nowhere"}`, nil, 400},
		{"somebody else's number", "POST", dana + "/call", `{"line":"university","from":"+19195550102"}`, nil, 400},
		{"an unknown key", "POST", dana + "/call", `{"line":"university","to":"x"}`, nil, 400},
		{"no JSON", "POST", dana + "/call", `line=university`, nil, 400},
		{"two values", "POST", dana + "/call", `{"line":"university"}{}`, nil, 400},
		{"a long body", "POST", dana + "/call", `{"line":"` + strings.Repeat("x", 5000) + `"}`, nil, 400},
		{"a form", "POST", dana + "/call", `{"line":"university"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 400},
		{"a call of an unknown person", "POST", "/phone/people/1/call", `{"line":"university"}`, nil, 404},
		{"keys in an unknown call", "POST", "/phone/calls/x/press", `{"keys":"1"}`, nil, 404},
		{"a link that did not come", "POST", dana + "/tap", `{"text":"SM1"}`, nil, 404},
		{"a link of an unknown person", "POST", "/phone/people/1/tap", `{"text":"SM1"}`, nil, 404},
		{"a phone that does not ring", "POST", "/phone/agents/alex/answer", `{}`, nil, 409},
		{"an unknown agent's presence", "POST", "/phone/agents/dora/ready", `{}`, nil, 404},
		{"a GET of what changes something", "GET", dana + "/call", "", nil, 405},
		{"another site", "POST", dana + "/call", `{"line":"university"}`, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"another port of this host", "POST", dana + "/call", `{"line":"university"}`, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		{"another origin, by an old browser", "POST", "/phone/agents/alex/away", `{}`, func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://elsewhere.example")
		}, 403},
		{"a name that was pointed here", "GET", dana, "", func(r *http.Request) { r.Host = "elsewhere.example" }, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, got, _ := ask(t, w, tt.method, tt.path, tt.body, tt.edit)
			if status != tt.status {
				t.Errorf("status %d, want %d: %v", status, tt.status, got)
			}
		})
	}
	if n := len(w.Carrier.Legs()); n != 0 {
		t.Errorf("%d calls were made all the same", n)
	}
}

// In a call, what is no key and no action is refused; so is presence in a call.
func TestWebPhoneInACall(t *testing.T) {
	t.Parallel()
	w := world(t, box.Options{})
	status, got, _ := ask(t, w, "POST", "/phone/people/1000001/call", `{"line":"university","from":"withheld"}`, nil)
	if status != 201 {
		t.Fatalf("status %d: %v", status, got)
	}
	call := "/phone/calls/" + got["call"].(string)
	for _, tt := range []struct {
		path, body string
		status     int
	}{
		{"/press", `{"keys":"a"}`, 400},
		{"/press", `{}`, 400},
		{"/press", `{"keys":1}`, 400},
		{"/dance", `{}`, 404},
		{"/press", `{"keys":"1#"}`, 200},
		{"/say", `{"words":"hello"}`, 200},
		{"/hangup", `{}`, 200},
	} {
		if status, got, _ := ask(t, w, "POST", call+tt.path, tt.body, nil); status != tt.status {
			t.Errorf("%s %s: status %d, want %d: %v", tt.path, tt.body, status, tt.status, got)
		}
	}
	_, got, _ = ask(t, w, "GET", "/phone/people/1000001?call="+strings.TrimPrefix(call, "/phone/calls/"), "", nil)
	if c, _ := got["call"].(map[string]any); c["status"] != "ended" || c["line"] != "Duke University OIT" {
		t.Errorf("the call: %v", got)
	}
	if l := w.Carrier.Legs()[0]; l.From() != "anonymous" {
		t.Errorf("a withheld number is shown as %s", l.From())
	}
}

func TestWebPhonePages(t *testing.T) {
	t.Parallel()
	w := world(t, box.Options{})
	for path, want := range map[string]string{
		"/phone": "Who is calling?", "/phone?as=alex": "Alex’s phone", "/phone/phone.js": "use strict", "/phone/phone.css": "--paper",
	} {
		status, got, header := ask(t, w, "GET", path, "", nil)
		if body, _ := got["body"].(string); status != 200 || !strings.Contains(body, want) || strings.Contains(body, " style=") {
			t.Errorf("%s: status %d, without %q or with inline style", path, status, want)
		}
		if !strings.HasPrefix(path, "/phone/") && !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self';") {
			t.Errorf("%s: policy %q", path, header.Get("Content-Security-Policy"))
		}
	}
	// What is not the phone's goes on to Ringback itself.
	if status, _, _ := ask(t, w, "GET", "/healthz", "", nil); status != 200 {
		t.Errorf("/healthz: status %d", status)
	}
}

// Without the option, as under serve, there is no such page.
func TestNoWebPhoneByDefault(t *testing.T) {
	t.Parallel()
	w, err := box.Open(t.Context(), box.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := ask(t, w, "GET", "/phone", "", nil); status != 404 {
		t.Errorf("status %d", status)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAgentPresence(t *testing.T) {
	t.Parallel()
	w := world(t, box.Options{})
	for _, to := range []string{"away", "ready"} {
		if status, got, _ := ask(t, w, "POST", "/phone/agents/alex/"+to, `{}`, nil); status != 200 {
			t.Fatalf("status %d: %v", status, got)
		}
		if _, got, _ := ask(t, w, "GET", "/phone/agents/alex", "", nil); got["presence"] != to {
			t.Errorf("presence %v, want %s", got["presence"], to)
		}
	}
}

// The people on the page are those of the directory.
func TestPeopleAreInTheDirectory(t *testing.T) {
	file, err := caller.NewFile("sample.yaml", caller.SamplePeople())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(file.People()), len(box.People()); got != want {
		t.Errorf("%d people, %d in the directory", want, got)
	}
	for _, p := range box.People() {
		found, ok, err := file.ByID(t.Context(), p.ID)
		if err != nil || !ok {
			t.Fatalf("%s: %v", p.Name, err)
		}
		var numbers []string
		for _, ph := range found.Phones {
			numbers = append(numbers, ph.Number)
		}
		if d := cmp.Diff(p.Numbers, numbers); d != "" {
			t.Errorf("%s: phones (-page +directory):\n%s", p.Name, d)
		}
		for _, other := range box.People() {
			if p.New == "" || slices.Contains(other.Numbers, p.New) || other.ID != p.ID && other.New == p.New {
				t.Errorf("%s: the new phone is on file, or somebody else's", p.Name)
			}
		}
	}
}
