package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ringback/ivr/ledger"
)

// A lead closes a desk on the spot and opens it again; nobody else does, and callers
// hear nothing that is no sentence.
func TestClosures(t *testing.T) {
	r := newRig(t, nil)
	b, agent := r.as("jo"), r.as("alex")
	good := url.Values{"line": {"university"}, "minutes": {"120"}, "words": {"The building has no power."}}
	form := maps.Clone(good)
	form.Set("token", agent.get("/desk/calls").token())
	agent.do(http.MethodPost, "/desk/leads/closures", form).want(t, 403)
	agent.do(http.MethodPost, "/desk/leads/closures/lift", form).want(t, 403)
	for name, bad := range map[string]url.Values{
		"a line that there is not": {"line": {"nowhere"}}, "no line": {"line": {""}}, "for ever": {"minutes": {"99999"}}, "no time": {"minutes": {""}},
		"no words": {"words": {" "}}, "too long": {"words": {strings.Repeat("x", 201)}}, "a mark": {"words": {"Closed [digits 5]."}}, "a line break": {"words": {"a\nb"}},
	} {
		form := maps.Clone(good)
		maps.Copy(form, bad)
		if a := b.post("/desk/leads", "/desk/leads/closures", form); a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if all, err := r.ledger.Closures(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("closed by a refusal: %+v, %v", all, err)
	}
	b.post("/desk/leads", "/desk/leads/closures", good).want(t, 303)
	every := maps.Clone(good)
	every.Set("line", "all")
	b.post("/desk/leads", "/desk/leads/closures", every).want(t, 303)
	a := b.get("/desk/leads")
	if got := a.text("#closures [data-line=university]"); !strings.Contains(got, "Duke University OIT") || !strings.Contains(got, "no power") || !strings.Contains(got, "by jo") {
		t.Errorf("shown %q", got)
	}
	if a.text("#closures [data-line=all]") == "" {
		t.Errorf("every line is not shown: %s", a.text("#closures"))
	}
	lift := url.Values{"line": {"university"}}
	b.post("/desk/leads", "/desk/leads/closures/lift", lift).want(t, 400) // without a reason
	lift.Set("reason", "power is back")
	b.post("/desk/leads", "/desk/leads/closures/lift", lift).want(t, 303)
	b.post("/desk/leads", "/desk/leads/closures/lift", lift).want(t, 409)
	rows, err := r.ledger.Audit(t.Context(), ledger.AuditFilter{Action: "open_desk"})
	if err != nil || len(rows) != 1 || rows[0].Actor != "jo" || rows[0].Reason != "power is back" {
		t.Errorf("audit %+v, %v", rows, err)
	}
	r.now.pass(3 * time.Hour)
	if got := r.as("jo").get("/desk/leads").text("#closures .empty"); got == "" {
		t.Error("a closure does not end by itself")
	}
}
