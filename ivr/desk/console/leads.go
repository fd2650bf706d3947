package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ringback/ivr/ledger"
	"ringback/ivr/numberchange"
)

// shown is how many rows of each kind a page shows.
const shown = 100

// leadsView is the leads' page.
type leadsView struct {
	Token     string
	Closure   closureView
	Callbacks callbacksView
	On        bool
	Threat    ledger.Threat
	Hours     []int // in minutes: how long the threat may be raised
	Freezes   []ledger.Freeze
	Locks     []ledger.Lock
	Dead      []ledger.Notice
}

// threatMinutes are for how long the threat may be raised at once.
func threatMinutes() []int { return []int{30, 60, 120, 240} }

// leadsPage shows what a lead looks after.
func (c *Console) leadsPage(x *exchange) error {
	v := leadsView{Token: x.who.Token, Hours: threatMinutes()}
	var errs [6]error
	v.Threat, errs[0] = c.Threats.Threat(x.ctx)
	v.Freezes, errs[1] = c.Freezes.Freezes(x.ctx, shown)
	v.Locks, errs[2] = c.Locks.Locks(x.ctx, shown)
	v.Dead, errs[3] = c.Trail.Notices(x.ctx, ledger.NoticeDead, shown)
	v.Closure, errs[4] = c.closureView(x)
	v.Callbacks, errs[5] = c.callbacksView(x)
	if err := errors.Join(errs[:]...); err != nil {
		return unavailable(fmt.Errorf("read ledger: %w", err))
	}
	v.On = c.Clock.Now().Before(v.Threat.Until)
	return c.render(x, http.StatusOK, "leads", page{Title: "Leads", Path: pathLeads, Data: v})
}

const maxReason = 200

// reason is why a lead does something. No action goes without.
func (x *exchange) reason() (string, error) {
	r := strings.TrimSpace(x.form.Get("reason"))
	odd := strings.ContainsFunc(r, func(c rune) bool { return unicode.IsControl(c) || c == utf8.RuneError })
	if n := utf8.RuneCountInString(r); n < 3 || n > maxReason || odd {
		return "", refuse(outcomeInvalid, "Say why, in 3 to 200 characters. It goes into the audit with your name.")
	}
	return r, nil
}

// done ends an action of a lead's: what the ledger says, in words.
func (c *Console) done(x *exchange, what, back string, err error) error {
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return refuse(outcomeConflict, "That was done already, perhaps by somebody else.")
	case errors.Is(err, ledger.ErrStale):
		return refuse(outcomeConflict, "Somebody else was at it at the same moment. Look again.")
	case errors.Is(err, ledger.ErrInvalid):
		return refuse(outcomeInvalid, "That cannot be right.")
	case err != nil:
		return unavailable(fmt.Errorf("%s: %w", what, err))
	}
	c.Logger.InfoContext(x.ctx, "desk lead action", "action", what, "actor", x.who.Actor)
	return x.Redirect(http.StatusSeeOther, back)
}

// setThreat raises the elevated threat, or takes it down.
func (c *Console) setThreat(x *exchange) error {
	why, err := x.reason()
	if err != nil {
		return err
	}
	t := ledger.Threat{By: x.who.Actor, Reason: why}
	switch x.form.Get("threat") {
	case "on":
		n, err := strconv.Atoi(x.form.Get("minutes"))
		if err != nil || !slices.Contains(threatMinutes(), n) {
			return refuse(outcomeInvalid, "Choose how long.")
		}
		t.Until = c.Clock.Now().Add(time.Duration(n) * time.Minute)
	case "off":
	default:
		return refuse(outcomeInvalid, "Choose on or off.")
	}
	return c.done(x, "set threat", pathLeads, c.Threats.SetThreat(x.ctx, t))
}

// person is the unique ID of whom a row is about, which a lead has from that person:
// whoever is to be told is known by it, and nobody's row is lifted by mistake.
func (c *Console) person(x *exchange) (id string, err error) {
	id = strings.TrimSpace(x.form.Get("id"))
	if !uniqueID().MatchString(id) || c.Subject(id) != x.form.Get("subject") {
		return "", refuse(outcomeInvalid, "That is not the unique ID of this person. Ask them for it: they are told of what you lift.")
	}
	return id, nil
}

func uniqueID() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{4,12}$`) }

// unfreeze lifts a freeze.
func (c *Console) unfreeze(x *exchange) error {
	why, err := x.reason()
	if err != nil {
		return err
	}
	id, err := c.person(x)
	if err != nil {
		return err
	}
	return c.done(x, "unfreeze", pathLeads, c.Freezes.Unfreeze(x.ctx, id, x.who.Actor, why))
}

// unlock enables a factor again.
func (c *Console) unlock(x *exchange) error {
	why, err := x.reason()
	if err != nil {
		return err
	}
	id, err := c.person(x)
	if err != nil {
		return err
	}
	return c.done(x, "unlock", pathLeads, c.Locks.Unlock(x.ctx, id, x.form.Get("factor"), x.who.Actor, why))
}

// sessionView is somebody who is signed in.
type sessionView struct {
	ID, Name, Actor string
	Role            Role
	Local, Mine     bool
	Started, Seen   time.Time
}

type sessionsView struct {
	Token string
	All   []sessionView
}

// sessionsPage lists who is signed in.
func (c *Console) sessionsPage(x *exchange) error {
	all, err := c.Roster.List(x.ctx)
	if err != nil {
		return unavailable(fmt.Errorf("list sessions: %w", err))
	}
	v := sessionsView{Token: x.who.Token}
	for _, s := range all {
		p, err := decodePerson(s.Body)
		if err != nil {
			return internal(err)
		}
		v.All = append(v.All, sessionView{
			ID: s.ID, Name: p.Name, Actor: s.Actor, Role: p.Role, Local: p.Local, Mine: s.ID == x.who.id, Started: s.Started, Seen: s.Seen,
		})
	}
	return c.render(x, http.StatusOK, "sessions", page{Title: "Signed in", Path: pathSessions, Data: v})
}

// endSession ends somebody's session; the audit knows first.
func (c *Console) endSession(x *exchange) error {
	why, err := x.reason()
	if err != nil {
		return err
	}
	id := x.form.Get("session")
	actor, err := c.actorOf(x.ctx, id)
	if err != nil {
		return err
	}
	if _, err := c.Trail.Append(x.ctx, ledger.Entry{
		Phase: ledger.Outcome, Action: "end_session", Actor: x.who.Actor, Reason: why, Detail: map[string]string{"of": actor},
	}); err != nil {
		return unavailable(fmt.Errorf("end session: %w", err))
	}
	_, err = c.Sessions.End(x.ctx, id)
	return c.done(x, "end session", pathSessions, err)
}

func (c *Console) actorOf(ctx context.Context, id string) (string, error) {
	all, err := c.Roster.List(ctx)
	if err != nil {
		return "", unavailable(fmt.Errorf("list sessions: %w", err))
	}
	for _, s := range all {
		if s.ID == id {
			return s.Actor, nil
		}
	}
	return "", refuse(outcomeConflict, "That session has ended already.")
}

// auditView is the search and what it found.
type auditView struct {
	Token                       string
	Call, Subject, Action, Days string
	Searched                    bool
	Rows                        []ledger.Row
	Full                        bool
	Names                       []string // of actions, for completion
}

// auditNames are all actions that rows have, as suggestions.
func auditNames() []string {
	names := ledger.AuditActions()
	for _, n := range numberchange.AuditNames() {
		names = append(names, "number_change_"+n)
	}
	slices.Sort(names)
	return names
}

// auditPage shows the rows that fit the query. A unique ID never stands in it: see
// auditSearch.
func (c *Console) auditPage(x *exchange) error {
	v := auditView{
		Token: x.who.Token, Call: x.QueryParam("call"), Subject: x.QueryParam("subject"), Action: x.QueryParam("action"), Days: x.QueryParam("days"),
		Names: auditNames(),
	}
	days := 30
	if n, err := strconv.Atoi(v.Days); err == nil && n >= 1 && n <= 3660 {
		days = n
	}
	v.Days = strconv.Itoa(days)
	for _, f := range []struct{ value, pattern string }{
		{v.Call, `^[0-9A-Za-z_-]{0,64}$`}, {v.Subject, `^[0-9a-f]{0,64}$`}, {v.Action, `^[a-z_]{0,64}$`},
	} {
		if !regexp.MustCompile(f.pattern).MatchString(f.value) {
			return refuse(outcomeInvalid, "A call's reference, a pseudonym and an action are plain words. Search for a unique ID in the form.")
		}
	}
	if v.Searched = v.Call+v.Subject+v.Action != "" || x.QueryParam("days") != ""; v.Searched {
		rows, err := c.Trail.Audit(x.ctx, ledger.AuditFilter{
			Subject: v.Subject, Action: v.Action, CallRef: v.Call, Since: c.Clock.Now().AddDate(0, 0, -days), Limit: 2 * shown,
		})
		if err != nil {
			return unavailable(fmt.Errorf("search audit: %w", err))
		}
		v.Rows, v.Full = rows, len(rows) == 2*shown
		c.Logger.InfoContext(x.ctx, "desk audit read", "actor", x.who.Actor, "rows", len(rows))
	}
	return c.render(x, http.StatusOK, "audit", page{Title: "Audit", Path: pathAudit, Data: v})
}

// auditSearch turns a search into an address that can be kept: the unique ID is
// gone by then, and its pseudonym stands there.
func (c *Console) auditSearch(x *exchange) error {
	q := url.Values{}
	for _, name := range []string{"call", "action", "days"} {
		if v := strings.TrimSpace(x.form.Get(name)); v != "" {
			q.Set(name, v)
		}
	}
	if id := strings.TrimSpace(x.form.Get("id")); id != "" {
		if !uniqueID().MatchString(id) {
			return refuse(outcomeInvalid, "A unique ID has 4 to 12 digits.")
		}
		q.Set("subject", c.Subject(id))
	} else if s := x.form.Get("subject"); s != "" {
		q.Set("subject", s)
	}
	if q.Get("days") == "" {
		q.Set("days", "30")
	}
	return x.Redirect(http.StatusSeeOther, pathAudit+"?"+q.Encode())
}
