package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk/console"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
)

const subject = "1f2e3d4c5b6a79880011223344556677"

func TestMyCalls(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	a := b.get("/desk/calls").want(t, 200)
	if got := a.text("#now"); got != "Away" || a.doc.Find("#go-ready").Length() != 1 || a.doc.Find("#go-away").Length() != 0 {
		t.Errorf("state %q", got)
	}
	if a := b.post("/desk/calls", "/desk/calls/presence", url.Values{"state": {"ready"}}).want(t, 303); a.location() != "/desk/calls#now" {
		t.Errorf("sent to %s", a.location())
	}
	a = b.get("/desk/calls")
	if got := a.text("#now"); got != "Ready" || a.doc.Find("#go-away.primary").Length() != 1 {
		t.Errorf("state %q", got)
	}
	b.post("/desk/calls", "/desk/calls/presence", url.Values{"state": {"away"}, "reason": {"lunch"}}).want(t, 303)
	if got := b.get("/desk/calls").text("#now"); got != "Away · Lunch" {
		t.Errorf("state %q", got)
	}
	for _, f := range []url.Values{{"state": {"away"}}, {"state": {"away"}, "reason": {"fishing"}}, {"state": {"talking"}}, {}} {
		b.post("/desk/calls", "/desk/calls/presence", f).want(t, 400)
	}
	r.cards["T1"] = sampleCard()
	r.floor.give("alex", transfer.PresenceRinging, "T1")
	a = b.get("/desk/calls")
	if got := a.text(".hint"); a.text("#now") != "Ringing" || !strings.Contains(got, "press 1") || !strings.Contains(got, "2 to decline") {
		t.Errorf("ringing: %q", got)
	}
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	b.post("/desk/wall", "/desk/calls/presence", url.Values{"state": {"ready"}}).want(t, http.StatusConflict)
	if got := r.as("robin").get("/desk/calls").doc.Find(".caller").Length(); got != 0 {
		t.Error("another agent sees the caller")
	}
}

func TestCard(t *testing.T) {
	r := newRig(t, nil)
	r.cards["T1"] = sampleCard()
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	a := r.as("alex").get("/desk/calls")
	var rights, phones []string
	a.doc.Find(".caller section:first-child li").Each(func(_ int, s *goquery.Selection) {
		rights = append(rights, s.AttrOr("data-ok", "")+" "+strings.Join(strings.Fields(s.Find("b, .no").Text()), " "))
	})
	a.doc.Find(".phones li").Each(func(_ int, s *goquery.Selection) {
		phones = append(phones, strings.Join(strings.Fields(s.Text()), " "))
	})
	if diff := cmp.Diff([]string{
		"true Give general information", "true Send the two links",
		"false Change the numberNot now: it takes two of e-mailed code, recovery code and Duo push, or an identity check",
		"true Send a Duo push (proves nothing)", "true Send the same links again",
	}, rights); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"ending in 01 links may go here", "ending in 12 no links now · SIM changed lately", "ending in 55 does not count as on file",
	}, phones); diff != "" {
		t.Errorf("phones (-want +got):\n%s", diff)
	}
	if got := a.text(".level"); got != "Level links until 15:07 UTC." {
		t.Errorf("level: %s", got)
	}
	if strings.Contains(a.body, subject) || !strings.Contains(a.text(".who"), subject[:8]) {
		t.Error("the pseudonym is not shown short")
	}
}

func TestWall(t *testing.T) {
	r := newRig(t, nil)
	a := r.as("alex").get("/desk/wall").want(t, 200)
	got := []string{a.text("[data-line=university] .big"), a.text("[data-line=university] .now dd"), a.text("[data-line=health] .big"), a.text(".agents h2")}
	if diff := cmp.Diff([]string{
		"2 people are waiting", "a minuteabout 3 minutes", "0 nobody is waiting", "Agents 1 of 3 ready",
	}, got); diff != "" {
		t.Errorf("wallboard (-want +got):\n%s", diff)
	}
	if n := a.doc.Find("[data-line=university] svg circle").Length(); n != 2 {
		t.Errorf("%d dots", n)
	}
	if got := a.doc.Find("noscript").Text(); !strings.Contains(got, "15;url=/desk/wall?auto=1") {
		t.Errorf("without the script: %q", got)
	}
}

func seed(t *testing.T, r *rig) {
	t.Helper()
	if _, err := r.ledger.Freeze(t.Context(), ledger.Freeze{Subject: subject, By: "line", Reason: "report", CallRef: "00112233aabbccdd"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := r.ledger.Reserve(t.Context(), subject, "pin", r.now.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLeads(t *testing.T) {
	r := newRig(t, nil)
	seed(t, r)
	b, agent := r.as("jo"), r.as("alex")
	why := url.Values{"reason": {"talked to them in person"}, "subject": {subject}, "id": {"1000001"}, "factor": {"pin"}, "threat": {"on"}, "minutes": {"60"}}
	paths := []string{"/desk/leads/threat", "/desk/leads/freezes/lift", "/desk/leads/locks/lift"}
	for _, path := range paths {
		form := maps.Clone(why)
		form.Set("token", agent.get("/desk/calls").token())
		agent.do(http.MethodPost, path, form).want(t, 403)
		form.Set("token", b.get("/desk/leads").token())
		for _, bad := range []string{"", "  ", "no", strings.Repeat("x", 201), "a\x00b\nc"} {
			form.Set("reason", bad)
			b.do(http.MethodPost, path, form).want(t, 400)
		}
	}
	for _, path := range paths[1:] { // whom nobody knows, nobody could tell
		form := maps.Clone(why)
		for _, bad := range []string{"", "1000002", "Sam", subject} {
			form.Set("id", bad)
			b.post("/desk/leads", path, form).want(t, 400)
		}
	}
	rows, err := r.ledger.Audit(t.Context(), ledger.AuditFilter{})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows before anything was done, %v", len(rows), err)
	}
	for _, path := range paths {
		form := maps.Clone(why)
		b.post("/desk/leads", path, form).want(t, 303)
		if path != "/desk/leads/threat" {
			form.Del("token")
			b.post("/desk/leads", path, form) // once more changes nothing
		}
	}
	a := b.get("/desk/leads")
	if got := a.text("#threat-title"); got != "Elevated threat is on" || a.text("#freezes .empty") == "" || a.text("#locks .empty") == "" {
		t.Errorf("%s; %s", got, a.text("main"))
	}
	b.post("/desk/leads", "/desk/leads/threat", url.Values{"threat": {"off"}, "reason": {"it was a drill"}}).want(t, 303)
	b.post("/desk/leads", "/desk/leads/threat", url.Values{"threat": {"on"}, "minutes": {"9999"}, "reason": {"for ever"}}).want(t, 400)
	var got []string
	rows, err = r.ledger.Audit(t.Context(), ledger.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		got = append(got, row.Actor+" "+row.Action)
	}
	want := []string{"jo threat_off", "jo unlock", "jo unfreeze", "jo threat_on", "line freeze"}
	if n := len(got) - len(want); n == 1 && got[1] == "jo unlock" { // unlocking what is not locked is allowed, and told
		got = append(got[:1], got[2:]...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestAudit(t *testing.T) {
	r := newRig(t, nil)
	seed(t, r)
	b := r.as("jo")
	form := b.get("/desk/leads/audit")
	if form.doc.Find("table").Length() != 0 {
		t.Error("it searches before it is asked")
	}
	for _, action := range append(ledger.AuditActions(), "number_change_identity_check", "number_change_end") {
		if form.doc.Find("#actions option[value="+action+"]").Length() != 1 {
			t.Errorf("%s is not offered once", action)
		}
	}
	to := b.post("/desk/leads/audit", "/desk/leads/audit", url.Values{"id": {"1000001"}, "action": {"freeze"}}).want(t, 303).location()
	if to != "/desk/leads/audit?action=freeze&days=30&subject="+subject || strings.Contains(r.log.String(), "1000001") {
		t.Errorf("sent to %s", to)
	}
	a := b.get(to).want(t, 200)
	if got := a.text("tbody tr td:nth-child(5)"); got != subject[:8] {
		t.Errorf("row: %s", a.text("tbody"))
	}
	for path, want := range map[string]int{
		"/desk/leads/audit?call=00112233aabbccdd": 1, "/desk/leads/audit?call=ffff": 0, "/desk/leads/audit?action=unlock": 0, "/desk/leads/audit?days=1": 1,
	} {
		if got := b.get(path).doc.Find("tbody td:first-child:not([colspan])").Length(); got != want {
			t.Errorf("%s: %d rows, want %d", path, got, want)
		}
	}
	b.get("/desk/leads/audit?subject=dana@example.edu").want(t, 400)
	b.post("/desk/leads/audit", "/desk/leads/audit", url.Values{"id": {"1000001 or so"}}).want(t, 400)
}

// A lead ends a session: it is refused at its next request, and the audit knows.
func TestEndSession(t *testing.T) {
	r := newRig(t, nil)
	alex, jo := r.as("alex"), r.as("jo")
	page := jo.get("/desk/leads/sessions").want(t, 200)
	id, _ := page.doc.Find("input[name=session]").Attr("value")
	if page.doc.Find("input[name=session]").Length() != 1 || id == "" {
		t.Fatalf("sessions: %s", page.text("main"))
	}
	jo.post("/desk/leads/sessions", "/desk/leads/sessions/end", url.Values{"session": {id}}).want(t, 400)
	jo.post("/desk/leads/sessions", "/desk/leads/sessions/end", url.Values{"session": {"abc"}, "reason": {"left the desk"}}).want(t, 409)
	alex.get("/desk/calls").want(t, 200)
	jo.post("/desk/leads/sessions", "/desk/leads/sessions/end", url.Values{"session": {id}, "reason": {"left the desk"}}).want(t, 303)
	alex.get("/desk/calls").want(t, 303)
	rows, err := r.ledger.Audit(t.Context(), ledger.AuditFilter{Action: "end_session"})
	if err != nil || len(rows) != 1 || rows[0].Actor != "jo" || rows[0].Detail["of"] != "alex" {
		t.Errorf("audit %+v, %v", rows, err)
	}
}

// Whatever a field holds, it is text on the page.
func TestNoMarkupFromData(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{.}}`
	r := newRig(t, nil)
	card := sampleCard()
	for _, s := range []*string{&card.Ref, &card.Line, &card.Language, &card.Request, &card.Subject, &card.SubjectHint, &card.NumberHint, &card.Proof, &card.Why} {
		*s = evil
	}
	card.Level = "none"
	card.Steps = []console.CardStep{{What: evil}}
	card.Factors = []console.CardFactor{{Name: evil}}
	card.Phones = []console.CardPhone{{Last2: evil, SIM: evil}}
	card.Rights = []console.CardRight{{What: evil, Why: evil}}
	r.cards["T1"] = card
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	r.floor.change(func(f *floor) {
		f.s.Lines[0].Name, f.s.Lines[0].ID = evil, evil
		for i := range f.s.Agents {
			f.s.Agents[i].Name, f.s.Agents[i].Reason = evil, evil
		}
	})
	ctx := t.Context()
	if _, err := r.ledger.Freeze(ctx, ledger.Freeze{Subject: subject, By: evil, Reason: evil, CallRef: evil}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ledger.Append(ctx, ledger.Entry{
		Phase: ledger.Outcome, Action: evil, Subject: evil, Actor: evil, Reason: evil, Factors: []string{evil}, CallRef: evil, Detail: map[string]string{evil: evil},
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.ledger.SetThreat(ctx, ledger.Threat{Until: start.Add(time.Hour), By: evil, Reason: evil}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ledger.Reserve(ctx, evil, evil, r.now.Now()); err != nil {
		t.Fatal(err)
	}
	alex, jo := r.as("alex"), r.as("jo")
	for path, b := range map[string]*browser{
		"/desk/calls": alex, "/desk/wall": alex, "/desk/leads": jo, "/desk/leads/audit?days=30": jo, "/desk/leads/sessions": jo,
	} {
		a := b.get(path).want(t, 200)
		if n := a.doc.Find("script:not([src]), img, [onerror]").Length(); n > 0 {
			t.Errorf("%s: %d elements came from data", path, n)
		}
		a.doc.Find("a[href]").Each(func(_ int, s *goquery.Selection) {
			if href := s.AttrOr("href", ""); !strings.HasPrefix(href, "/desk") && !strings.HasPrefix(href, "#") {
				t.Errorf("%s: a link leads to %q", path, href)
			}
		})
		if path != "/desk/leads/sessions" && !strings.Contains(a.body, "&lt;script&gt;") {
			t.Errorf("%s: the data is not there", path)
		}
	}
	a := r.browser().get("/desk/sign-in?return_to=" + url.QueryEscape(evil))
	if strings.Contains(a.body, "alert") {
		t.Error("the sign-in page repeats what it was asked")
	}
}

// Every control has a name, and every page one heading.
func TestLabels(t *testing.T) {
	r := newRig(t, nil)
	seed(t, r)
	r.cards["T1"] = sampleCard()
	r.floor.give("jo", transfer.PresenceReady, "T1")
	jo := r.as("jo")
	for _, path := range []string{"/desk/calls", "/desk/wall", "/desk/leads", "/desk/leads/audit?days=3", "/desk/leads/sessions", "/desk/keys", "/desk/step-up", "/desk/sign-in"} {
		a := jo.get(path).want(t, 200)
		if n := a.doc.Find("h1").Length(); n != 1 {
			t.Errorf("%s: %d headings", path, n)
		}
		if a.doc.Find("a.skip[href='#main']").Length() != 1 || a.doc.Find("main#main").Length() != 1 || a.doc.Find("html[lang]").Length() != 1 {
			t.Errorf("%s: no skip link, main or language", path)
		}
		ids := map[string]bool{}
		a.doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if ids[id] {
				t.Errorf("%s: the id %s is there twice", path, id)
			}
			ids[id] = true
		})
		a.doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if id == "" || a.doc.Find("label[for='"+id+"']").Length() != 1 {
				t.Errorf("%s: a field without a label: %s", path, s.AttrOr("name", ""))
			}
		})
		a.doc.Find("form[method=post]").Each(func(_ int, s *goquery.Selection) {
			if s.Find("input[name=token]").AttrOr("value", "") == "" {
				t.Errorf("%s: a form without a token: %s", path, s.AttrOr("action", ""))
			}
		})
	}
}

func TestAccountsFile(t *testing.T) {
	hash := func(name string) string {
		for line := range strings.Lines(string(console.SampleAccounts())) {
			if v, ok := strings.CutPrefix(strings.TrimSpace(line), "password: "); ok {
				return v
			}
		}
		t.Fatal(name)
		return ""
	}("the sample")
	entry := func(id, name, role, password string) string {
		return "  - {id: " + id + ", name: " + name + ", role: " + role + ", password: '" + password + "'}\n"
	}
	for name, text := range map[string]string{
		"nothing": "", "none": "accounts: []\n", "an unknown key": "accounts:\n  - {id: a, nick: A}\n",
		"odd id": "accounts:\n" + entry("A B", "A", "lead", hash), "no name": "accounts:\n" + entry("a", "''", "lead", hash),
		"odd role": "accounts:\n" + entry("a", "A", "boss", hash), "a password in the clear": "accounts:\n" + entry("a", "A", "lead", "hunter2-s3cret"),
		"a weak hash": "accounts:\n" + entry("a", "A", "lead", strings.Replace(hash, "m=19456", "m=64", 1)),
		"twice":       "accounts:\n" + entry("a", "A", "lead", hash) + entry("a", "B", "agent", hash),
	} {
		_, err := console.ParseAccounts("accounts.yaml", []byte(text))
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "argon2id$v=19$m=64") {
			t.Errorf("%s: the error repeats a value", name)
		}
	}
	list, err := console.ParseAccounts("accounts.yaml", console.SampleAccounts())
	if err != nil || len(list) != 3 || list[2].ID != "jo" || list[2].Role != console.RoleLead {
		t.Errorf("%d accounts, %v", len(list), err)
	}
	r := newRig(t, func(o *console.Options) { o.Accounts = list })
	for _, a := range list {
		r.as(a.ID)
	}
}

func FuzzParseAccounts(f *testing.F) {
	f.Add(console.SampleAccounts())
	f.Add([]byte("accounts:\n  - {id: a, name: A, role: lead, password: $argon2id$v=19$m=65536,t=1,p=1$YQ$YQ}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := console.ParseAccounts("f", data)
		if err == nil && len(list) == 0 {
			t.Error("neither accounts nor an error")
		}
	})
}
