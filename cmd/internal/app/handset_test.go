package app_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"ringback/twiml"
	"ringback/twiml/signature"
)

// handset is a caller, as the carrier tells of one: it posts signed webhooks and
// follows the documents, without their pauses.
type handset struct {
	o         *outside
	sid, from string
	addr      string // of an instance; "" is the load balancer
	next      string // where keys go
	heard     string // the last document's words
	lastURL   string // of the last webhook
	lastForm  url.Values
	broken    bool // that one was not answered
}

// calls begins a call to the university's line.
func (o *outside) calls(n int, from string) *handset {
	return &handset{o: o, sid: fmt.Sprintf("CA%032x", n), from: from}
}

func (h *handset) dial() error { return h.post(h.o.places.Public+"/voice", nil) }

// press keys something, all with a pound at its end or nothing at all.
func (h *handset) press(keys string) error {
	extra := url.Values{}
	if digits, pound := strings.CutSuffix(keys, "#"); pound {
		extra.Set("Digits", digits)
		extra.Set("FinishedOnKey", "#")
	} else if keys != "" {
		extra.Set("Digits", keys)
	}
	return h.post(h.next, extra)
}

// goOn is what the carrier does when an instance has died and another serves: it
// asks once more, or the caller has keyed nothing meanwhile.
func (h *handset) goOn() error {
	if h.broken || h.next == "" {
		return h.again()
	}
	return h.press("")
}

// again is the carrier's retry of a webhook that was not answered.
func (h *handset) again() error { return h.follow(h.lastURL, h.lastForm) }

func (h *handset) post(to string, extra url.Values) error {
	form := url.Values{
		"AccountSid": {accountSID}, "CallSid": {h.sid}, "From": {h.from}, "To": {university},
		"CallStatus": {"in-progress"}, "Direction": {"inbound"}, "ApiVersion": {"2010-04-01"},
	}
	maps.Copy(form, extra)
	return h.follow(to, form)
}

var words = regexp.MustCompile(`<[^>]*>`)

// follow posts a webhook and those that its document leads to, until keys are
// awaited or the call is over.
func (h *handset) follow(to string, form url.Values) error {
	h.heard = ""
	for range 12 {
		h.lastURL, h.lastForm, h.broken = to, form, true
		body, err := h.ask(to, form)
		if err != nil {
			return err
		}
		doc, err := twiml.Parse(body)
		if err != nil {
			return err
		}
		h.broken = false
		h.heard += words.ReplaceAllString(string(body), " ")
		h.next, to = "", ""
		for _, v := range doc.Verbs {
			switch v := v.(type) {
			case twiml.Gather:
				h.next = h.resolve(v.Action)
			case twiml.Redirect:
				to = h.resolve(v.URL)
			}
		}
		if h.next != "" || to == "" {
			return nil
		}
		form = without(form, "Digits", "FinishedOnKey")
	}
	return fmt.Errorf("the call goes round in circles: %.300s", h.heard)
}

func without(form url.Values, names ...string) url.Values {
	out := maps.Clone(form)
	for _, n := range names {
		out.Del(n)
	}
	return out
}

func (h *handset) resolve(ref string) string {
	base, err := url.Parse(h.lastURL)
	if err != nil {
		return ref
	}
	u, err := base.Parse(ref)
	if err != nil {
		return ref
	}
	u.Fragment = ""
	return u.String()
}

// ask posts one webhook. An answer that the carrier would take for a failure is
// an error.
func (h *handset) ask(to string, form url.Values) ([]byte, error) {
	where := to
	if h.addr != "" {
		where = strings.Replace(to, h.o.places.Public, "http://"+h.addr, 1)
	}
	req, err := http.NewRequestWithContext(h.o.t.Context(), http.MethodPost, where, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set(signature.Header, signature.Sign(authToken, to, form))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return body, nil
}

// must keys one after the other, each when the words before were heard.
func (h *handset) must(pairs ...string) {
	h.o.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		h.hear(pairs[i])
		if err := h.press(pairs[i+1]); err != nil {
			h.o.t.Fatalf("press after %q: %v", pairs[i], err)
		}
	}
}

// hear checks the last words.
func (h *handset) hear(pattern string) {
	h.o.t.Helper()
	if !h.hears(pattern) {
		h.o.t.Fatalf("heard no %q: %.600s", pattern, strings.Join(strings.Fields(h.heard), " "))
	}
}

func (h *handset) hears(pattern string) bool {
	return regexp.MustCompile(pattern).MatchString(strings.Join(strings.Fields(h.heard), " "))
}

// identify dials and goes as far as the code: Sam has keyed the PIN.
func (h *handset) identify(id, pin string) {
	h.o.t.Helper()
	if err := h.dial(); err != nil {
		h.o.t.Fatal(err)
	}
	h.must("same as before", "1", "unique", id+"#", "If that is right", "1", "phone PIN", pin+"#")
	h.hear("six digit code|recovery codes|did not match")
}
